"""Keeps one embedded server of a shop's folder running while anybody uses it.

`python -m app.adapters.keeper postgres FOLDER PORT` starts the server, starts it again when it
dies, and stops it when its last user is gone. Users hold a shared lock, which the kernel drops
when they die: so no kill, of whomever, leaves a server behind or stops one that is in use.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.adapters import embedded_postgres, embedded_stand_in, embedded_valkey
from app.adapters.processes import FileLock

LINGER = 1.5
GLANCE = 0.2


class Place(Protocol):
    """Where a server lives."""

    @property
    def url(self) -> str: ...
    @property
    def note(self) -> str: ...


@dataclass(frozen=True)
class Kind:
    """How one kind of server is prepared, started and asked to end."""

    prepare: Callable[[Path, int], Place]
    launch: Callable[..., subprocess.Popen[bytes]]
    stop_sign: signal.Signals


KINDS = {
    "postgres": Kind(embedded_postgres.prepare, embedded_postgres.launch, signal.SIGINT),
    "valkey": Kind(embedded_valkey.prepare, embedded_valkey.launch, signal.SIGTERM),
    "stand-in": Kind(embedded_stand_in.prepare, embedded_stand_in.launch, signal.SIGTERM),
}


@dataclass(frozen=True)
class Papers:
    """The files through which keeper and users meet."""

    home: Path
    kind: str

    def _file(self, ending: str) -> Path:
        return self.home / "run" / f"{self.kind}.{ending}"

    @property
    def users(self) -> Path:
        """The lock that every user shares."""
        return self._file("users")

    @property
    def keeper(self) -> Path:
        """The lock that the one keeper holds."""
        return self._file("keeper")

    @property
    def address(self) -> Path:
        """Where the server answers, while it runs."""
        return self._file("address")

    @property
    def log(self) -> Path:
        """What keeper and server have to say."""
        return self._file("log")


def keep(papers: Papers, wish: int) -> None:
    """Keep the server until nobody uses it; return at once if there is a keeper already.

    `wish` is the port that it should listen on if that is free, 0 for any.
    """
    mine = FileLock(papers.keeper)
    if not mine.take():
        return
    kind = KINDS[papers.kind]
    papers.address.unlink(missing_ok=True)
    place = kind.prepare(papers.home, wish)
    server = kind.launch(place, papers.log)
    _announce(papers.address, place)
    users = FileLock(papers.users)
    while not _unused(users):
        if server.poll() is not None:
            time.sleep(1)
            server = kind.launch(place, papers.log)
    papers.address.unlink(missing_ok=True)
    _stop(server, kind.stop_sign)


def _announce(address: Path, place: Place) -> None:
    draft = address.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({"url": place.url, "note": place.note}))
    draft.rename(address)


def _unused(users: FileLock) -> bool:
    """Glance whether anybody uses the server; True, with the lock held, after a lonely while."""
    lonely_since = time.monotonic()
    while time.monotonic() - lonely_since < LINGER:
        time.sleep(GLANCE)
        if not users.take():
            return False
        users.drop()
    return users.take()


def _stop(server: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    server.send_signal(sign)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def main() -> None:
    """Keep the server that the command line names."""
    kind, home, wish = sys.argv[1:]
    # Only the users decide; whoever ends the keeper ends the server with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep(Papers(Path(home), kind), int(wish))


if __name__ == "__main__":
    main()
