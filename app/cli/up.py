"""`boxwright up`: all processes of a shop, until Ctrl-C."""

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from app.cli.console import answer, examples, json_option, say
from app.wiring.household import Household, Supervisor, crew, open_household
from app.wiring.settings import Settings
from app.wiring.tools import backstage

PARTS = ("web", "tick")
START_SECONDS = 60


@click.command(
    epilog=examples(
        "boxwright up",
        "BOXWRIGHT_PORT=8080 boxwright up --workers 4",
        "DATABASE_URL=postgresql:///shop REDIS_URL=redis://localhost boxwright up",
    )
)
@click.option("--workers", type=click.IntRange(1, 64), help="Worker processes; BOXWRIGHT_WORKERS.")
@json_option
def up(workers: int | None, as_json: bool) -> None:
    """Run the shop: web server, workers, clock, and whatever servers the settings leave out.

    Ctrl-C ends all of it. The shop's rows stay in its folder (BOXWRIGHT_HOME).
    """
    settings = Settings()
    with running(settings, workers or settings.workers) as house:
        announce(house.household, as_json)
        house.tend_until_the_end()


@dataclass(frozen=True)
class Running:
    """A shop whose processes run; `stop` is set when somebody wants it to end."""

    household: Household
    processes: Supervisor
    stop: threading.Event

    def tend(self, seconds: float = 1.0) -> bool:
        """Look after the processes, then wait a little; say whether to go on.

        To be called by the main thread: the kernel ends children with the thread that made them.
        """
        self.processes.look_after()
        return not self.stop.wait(seconds)

    def tend_until_the_end(self) -> None:
        """Look after the processes until somebody wants the shop to end."""
        while self.tend():
            pass


@contextmanager
def running(
    settings: Settings, workers: int, prepare: Callable[[Household], object] | None = None
) -> Iterator[Running]:
    """Run a shop's processes during the block; `prepare` comes before they start."""
    household = open_household(settings, say)
    house = Running(household, crew(household, workers, PARTS, say), listen_for_the_end())
    try:
        if prepare:
            prepare(household)
        house.processes.start()
        _wait_for_web(house)
        _point_events_at(household, household.webhook_url)
        yield house
    finally:
        say("Ending ...")
        house.processes.stop()
        _point_events_at(household, None)
        household.close()


def announce(household: Household, as_json: bool, *more: str) -> None:
    """Say where the shop is, and what `more` there is to say."""
    given = household.settings
    record = {
        "web": given.base_url,
        "payments": given.stripe_api_base,
        "home": str(given.home),
        "mode": given.mode,
    }
    answer(
        as_json,
        record,
        f"Shop      {given.base_url}",
        f"Staff     {given.base_url}/staff/",
        f"Letters   {(given.smtp_url and 'sent by e-mail') or given.home / 'mail'}",
        f"Logs      {given.home / 'logs'}",
        *more,
        "Ctrl-C ends it; everything stays for the next start.",
    )


def listen_for_the_end() -> threading.Event:
    """Return an event that Ctrl-C and the like set from now on."""
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sign, lambda *_: stop.set())
    return stop


def _wait_for_web(house: Running) -> None:
    """Wait until the pages answer, so that what is announced is there."""
    given = house.household.settings
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        try:
            socket.create_connection((given.host, given.port), timeout=1).close()
        except OSError:
            if house.tend(0.1):
                continue
        return
    say(f"The pages do not answer yet; see {given.home / 'logs' / 'web.log'}.")


def _point_events_at(household: Household, url: str | None) -> None:
    """Tell the stand-in where the pages receive its events; None while there are no pages."""
    given = household.settings
    levers = backstage(given, given.stripe_api_base)
    if levers:
        secret = given.stripe_webhook_secrets[0].get_secret_value()
        try:
            levers.send_events_to(url, secret)
        except OSError:
            say("The payment stand-in does not answer: its events are fetched later.")
