"""The payment provider's stand-in in a process of its own, which outlives what is killed."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from app.adapters.local_servers import free_port

PROGRAM = (sys.executable, "-W", "ignore", "-m", "app.sandbox")


@contextmanager
def stand_in(journal: Path, remembers: Path | None = None) -> Iterator[str]:
    """Give the address of a stand-in that answers, and end it afterwards.

    It writes to `journal`, and begins with what another one wrote to `remembers`.
    """
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.unlink(missing_ok=True)
    if remembers:
        shutil.copy(remembers, journal)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "app.sandbox",
            "--port",
            str(port),
            "--journal",
            journal,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(url)
        yield url
    finally:
        process.kill()
        process.wait()


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            if requests.get(f"{url}/_sandbox/health", timeout=1).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise TimeoutError("the stand-in did not start")
