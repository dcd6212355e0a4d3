"""All the processes of one shop: what runs, where it listens, and what each is told.

The supervisor holds the embedded servers; its children are told their addresses, so that they
are users of the shop only as long as it runs.
"""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.adapters.local_servers import leave
from app.adapters.migrate import upgrade
from app.adapters.processes import FileLock, Program, python
from app.adapters.supervisor import Supervisor
from app.wiring.settings import Settings
from app.wiring.tools import database_url, provider_url, redis_url

__all__ = [
    "AlreadyRunning",
    "Household",
    "Supervisor",
    "bring_up_to_date",
    "crew",
    "open_household",
]
LARGEST_LOG = 10_000_000
NEIGHBOURS = 50
WEBHOOKS = "/webhooks/stripe"


class AlreadyRunning(RuntimeError):
    """The shop's folder is in use by another supervisor."""


@dataclass(frozen=True)
class Household:
    """A shop that is ready to run: settings with every address filled in, and the lock on it."""

    settings: Settings
    lock: FileLock

    @property
    def webhook_url(self) -> str:
        """Return where this shop receives the events of its payment provider."""
        return f"http://{_reachable(self.settings.host)}:{self.settings.port}{WEBHOOKS}"

    def environment(self) -> dict[str, str]:
        """Return what every child is told."""
        given = self.settings
        told = {
            "BOXWRIGHT_HOME": str(given.home),
            "BOXWRIGHT_HOST": given.host,
            "BOXWRIGHT_PORT": str(given.port),
            "BOXWRIGHT_BASE_URL": given.base_url,
            "DATABASE_URL": given.database_url or "",
            "REDIS_URL": given.redis_url or "",
            "PYTHONUNBUFFERED": "1",
        }
        if given.stripe_api_base:
            told["STRIPE_API_BASE"] = given.stripe_api_base
        return told

    def programs(self, workers: int, parts: tuple[str, ...]) -> Mapping[str, Program]:
        """Name the processes of the shop: so many workers, and the other `parts`."""
        modules = {f"worker-{number + 1}": "app.jobs.worker" for number in range(workers)}
        modules |= {part: PARTS[part] for part in parts}
        return {name: self._program(name, module) for name, module in modules.items()}

    def _program(self, name: str, module: str) -> Program:
        log = self.settings.home / "logs" / f"{name}.log"
        _turn_over(log)
        return Program(python(module), self.environment(), log)

    def close(self) -> None:
        """Let go of the embedded servers and wait until they have ended."""
        leave(self.settings.home)
        self.lock.close()


PARTS = {"web": "app.web.serving", "tick": "app.jobs.tick"}


def open_household(settings: Settings, say: Callable[[str], None]) -> Household:
    """Start what the settings do not name, bring the database up to date, choose a port."""
    home = settings.home.resolve()
    lock = FileLock(home / "run" / "up.lock")
    if not lock.take():
        raise AlreadyRunning(f"This shop is running already; its folder is {home}.")
    settings = settings.model_copy(update={"home": home})
    settings = settings.model_copy(
        update={
            "database_url": database_url(settings),
            "redis_url": redis_url(settings),
            "stripe_api_base": provider_url(settings),
            **_address(settings, say),
        }
    )
    upgrade(settings.database_url or "")
    return Household(settings, lock)


def bring_up_to_date(settings: Settings) -> str:
    """Run all missing migrations and return the version of the database."""
    return upgrade(database_url(settings))


def crew(
    household: Household, workers: int, parts: tuple[str, ...], say: Callable[[str], None]
) -> Supervisor:
    """Return the supervisor of a household's processes, not yet started."""
    return Supervisor(household.programs(workers, parts), say)


def _address(settings: Settings, say: Callable[[str], None]) -> dict[str, object]:
    """Choose the wished port or the next free one, and the public address that follows from it."""
    port = _free_from(settings.host, settings.port)
    if port != settings.port:
        say(f"Port {settings.port} is taken: the pages are on port {port}.")
    if "base_url" in settings.model_fields_set:
        return {"port": port}
    return {"port": port, "base_url": f"http://{_reachable(settings.host)}:{port}"}


def _free_from(host: str, wish: int) -> int:
    for port in range(wish, wish + NEIGHBOURS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"ports {wish} to {wish + NEIGHBOURS - 1} are all taken")


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in {"", "0.0.0.0", "::"} else host


def _turn_over(log: Path) -> None:
    """Put a large log aside, so that a shop's folder never fills the disk with them."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".old.log"))
