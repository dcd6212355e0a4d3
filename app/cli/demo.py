"""`boxwright demo`: a small shop to look at, or one batch of it played from cut-off to export."""

import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import click

from app.cli.console import REFUSED, answer, examples, json_option, progress, say
from app.cli.demo_shop import GUESTS, PASSWORD, STAFF
from app.cli.opening import operator
from app.cli.seed import seed_shop
from app.cli.up import Running, announce, running
from app.cli.year import play_year
from app.core.job_names import Job
from app.core.refusals import Refused
from app.fulfilment.money_queries import batch_money, people_with_boxes
from app.fulfilment.queries import BatchRow, batch_row, batches
from app.fulfilment.rules import BatchRefusal
from app.jobs.advance import advance_to, clock_now, put
from app.jobs.exporting import export
from app.wiring.household import Household
from app.wiring.prove_books import prove_books
from app.wiring.settings import Settings
from app.wiring.tools import Tools, build_tools

PHASES = ("start", "advance", "run", "export", "check")
PATIENCE_SECONDS = 300.0
QUIET_SECONDS = 1.0


@click.command(
    epilog=examples(
        "boxwright demo",
        "boxwright demo --once --json",
        "boxwright demo --once --months 12 --json",
        "BOXWRIGHT_PORT=8080 boxwright demo",
    )
)
@click.option("--once", is_flag=True, help="Play the next batch, check the books, and end.")
@click.option(
    "--months",
    type=click.IntRange(1, 36),
    help="With --once: play so many months instead, and close the books of each.",
)
@json_option
def demo(once: bool, months: int | None, as_json: bool) -> None:
    """Run a small shop with subscribers, test cards and a clock that you can move.

    With --once the next batch is played from its cut-off to its export, and the exit code says
    whether the books hold. Each call plays the following batch. With --months whole months are
    played, with boxes paid ahead, gifts, coupons, refunds, disputes and payouts.
    """
    settings = Settings()
    if months and not once:
        raise click.UsageError("--months goes with --once.")
    if months:
        with running(settings, settings.workers, _seed) as house:
            tools = build_tools(house.household.settings)
            sys.exit(play_year(tools, house, months, as_json))
    if once:
        sys.exit(_play(settings, as_json))
    with running(settings, settings.workers, _seed) as house:
        announce(house.household, as_json, *_sign_ins())
        house.tend_until_the_end()


def _seed(household: Household) -> None:
    added = seed_shop(build_tools(household.settings))
    if added:
        say(f"A small shop with {added} subscribers is ready.")


def _sign_ins() -> tuple[str, ...]:
    staff = ", ".join(STAFF)
    return (
        f"Staff     {staff}",
        f"Guests    {GUESTS[0].email}, {GUESTS[1].email}, {GUESTS[2].email} (Chinese) ...",
        f"Password  {PASSWORD}",
        "Time      boxwright clock advance --to 2027-03-01T00:00-05:00",
    )


@dataclass
class Play:
    """One batch being played, with how long each phase took."""

    tools: Tools
    house: Running
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a phase."""
        begun = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - begun, 3)


def _play(settings: Settings, as_json: bool) -> int:
    """Play the next batch with real workers; return the exit code."""
    begun = time.monotonic()
    with progress("demo") as report, running(settings, settings.workers, _seed) as house:
        play = Play(build_tools(house.household.settings), house)
        play.seconds["start"] = round(time.monotonic() - begun, 3)
        report(1, len(PHASES), "demo: clock")
        with play.phase("advance"):
            batch = _next_batch(play.tools)
            advance_to(play.tools, max(batch.cutoff_at, clock_now(play.tools)))
        report(2, len(PHASES), "demo: batch")
        with play.phase("run"):
            _run(play, batch)
        outcome = _after_the_run(play, batch.id)
    play.seconds["total"] = round(time.monotonic() - begun, 3)
    outcome["seconds"] = play.seconds
    answer(as_json, outcome, *(f"{name:10} {value}" for name, value in outcome.items()))
    return REFUSED if outcome["violations"] else 0


def _next_batch(tools: Tools) -> BatchRow:
    """Return the next batch with boxes that is not composed yet."""
    with tools.units(operator()) as work:
        waiting = [row for row in batches(work.session) if row.boxes and row.status != "composed"]
    if not waiting:
        raise Refused(BatchRefusal.UNKNOWN)
    return min(waiting, key=lambda row: (row.locks_at, row.ships_on, row.run))


def _run(play: Play, batch: BatchRow) -> None:
    """Let the batch lock and leave the rest to the workers, until nobody has anything to do."""
    put(play.tools, max(batch.locks_at, clock_now(play.tools)))
    play.tools.queue.ring(Job.FALL_DUE, ())
    give_up = time.monotonic() + PATIENCE_SECONDS
    quiet_since = time.monotonic()
    while time.monotonic() < give_up and play.house.tend(0.1):
        if not _is_over(play.tools, batch.id):
            quiet_since = time.monotonic()
        elif time.monotonic() - quiet_since > QUIET_SECONDS:
            break
    if play.tools.backstage:
        play.tools.backstage.deliver()


def _is_over(tools: Tools, batch_id: uuid.UUID) -> bool:
    if tools.others_at_work() or tools.bells():
        return False
    with tools.units(operator()) as work:
        composed = batch_row(work.session, batch_id).status == "composed"
        return composed and not batch_money(work.session, batch_id).undecided


def _after_the_run(play: Play, batch_id: uuid.UUID) -> dict[str, Any]:
    """Export the batch, prove the books, and count what came of it."""
    with play.phase("export"):
        receipt = export(play.tools, operator(), batch_id)
    with play.phase("check"):
        violations = prove_books(play.tools, operator(), timedelta(0))
    for each in violations:
        say(f"{each.invariant} {each.subject}: {each.sentence}")
    with play.tools.units(operator()) as work:
        row, money = batch_row(work.session, batch_id), batch_money(work.session, batch_id)
        people = people_with_boxes(work.session)
    return {
        "batch": row.ships_on,
        "people": people,
        "boxes": row.boxes,
        "charged": money.charged,
        "declined": money.declined,
        "released": row.counts.get("released", 0) + row.counts.get("shipped", 0),
        "exported": receipt.orders,
        "violations": len(violations),
    }
