"""Runs the command `boxwright` in a folder of its own: here, or as a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from click.testing import CliRunner, Result

from app.cli.main import main

BOXWRIGHT = Path(sys.executable).with_name("boxwright")
OURS = ("BOXWRIGHT_", "DATABASE_URL", "REDIS_URL", "STRIPE_")


@dataclass(frozen=True)
class Shell:
    """A terminal in a shop's folder; `given` are the settings of its environment."""

    home: Path
    given: dict[str, str]

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment that commands see."""
        outer = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return {**outer, "BOXWRIGHT_HOME": str(self.home), **self.given, **more}

    def run(self, *words: str, feed: str = "", **more: str) -> Result:
        """Run one command in this process: reading all its libraries anew takes seconds."""
        try:
            return CliRunner().invoke(main, words, input=feed, env={**self.outer(), **more})
        finally:
            structlog.reset_defaults()

    def outer(self) -> dict[str, str | None]:
        """Return what differs from this process's environment; None takes a name away."""
        gone = {name: None for name in os.environ if name.startswith(OURS)}
        return {**gone, "BOXWRIGHT_HOME": str(self.home), **self.given}

    def spawn(self, *words: str, feed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """Run one command as a process of its own."""
        return subprocess.run(
            [BOXWRIGHT, *words],
            env=self.environment(**more),
            input=feed,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def record(self, *words: str, code: int = 0, **more: str) -> dict[str, Any]:
        """Run a command with --json and return the object on its last line."""
        told = self.run(*words, "--json", **more)
        assert told.exit_code == code, told.output
        record: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
        return record

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command that goes on."""
        return subprocess.Popen(
            [BOXWRIGHT, *words],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def processes_of(home: Path) -> dict[int, str]:
    """Return the running processes that belong to a shop's folder."""
    found = {int(each.name): _words(each, home) for each in Path("/proc").glob("[0-9]*")}
    return {pid: words for pid, words in found.items() if words}


def _words(process: Path, home: Path) -> str:
    """Return the command line of a process of this shop, nothing for any other."""
    mark = f"BOXWRIGHT_HOME={home}".encode()
    try:
        told = (process / "environ").read_bytes().split(b"\0")
        here = (process / "cwd").readlink()
        words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
    # Valkey writes its title over its environment, but works in the shop's folder.
    return words if mark in told or here.is_relative_to(home) else ""


def wait_until(is_so: Callable[[], object], seconds: float = 180) -> None:
    """Wait until something is so; fail when it never comes."""
    give_up = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up, "it never came"
        time.sleep(0.1)
