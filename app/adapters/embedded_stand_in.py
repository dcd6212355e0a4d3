"""Prepares and starts the sandbox's payment provider, which keeps its memory in the shop's folder.

It is a foreign server: it is started as a program and never imported.
"""

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import requests

from app.adapters.embedded_valkey import free_port, is_free
from app.adapters.processes import ROOT, bound, python


@dataclass(frozen=True)
class Place:
    """Where the stand-in answers, and the file that it remembers by."""

    port: int
    journal: Path
    note: str = ""

    @property
    def url(self) -> str:
        """Return the address of its API."""
        return f"http://127.0.0.1:{self.port}"


def prepare(home: Path, wish: int) -> Place:
    """Choose the wished port, or another when that is taken."""
    port = wish if wish and is_free(wish) else free_port()
    note = f"Port {wish} is taken: the payment stand-in answers on {port}." if port != wish else ""
    return Place(port, home / "stand-in" / "journal.jsonl", note if wish else "")


def launch(place: Place, log: Path) -> subprocess.Popen[bytes]:
    """Start it; it ends when this process ends, however that happens."""
    place.journal.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            python("app.sandbox", "--port", str(place.port), "--journal", str(place.journal)),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=bound(signal.SIGTERM),
        )


def is_up(url: str) -> bool:
    """Say whether a stand-in answers at an address."""
    try:
        with requests.Session() as session:
            session.trust_env = False  # a proxy does not know this machine's own servers
            answer = session.get(f"{url}/_sandbox/health", timeout=2)
        return answer.ok and answer.json() == {"ok": True}
    except (requests.RequestException, ValueError):
        return False
