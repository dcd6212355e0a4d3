"""Keeps a set of child processes alive: starts them again when they end, ends them all together."""

import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.adapters.processes import Program, start, stop_all

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# A child that lived this long has started well: its next pause is a short one again.
SETTLED_SECONDS = 60.0


@dataclass
class Child:
    """One program, its process, and when it may be started again after it ended."""

    program: Program
    process: subprocess.Popen[bytes]
    started: float
    pause: float = FIRST_PAUSE
    start_at: float | None = None


@dataclass
class Supervisor:
    """A crew of children. All of them die with this process, even when it is killed."""

    programs: Mapping[str, Program]
    say: Callable[[str], None]
    children: dict[str, Child] = field(default_factory=dict)

    def start(self) -> None:
        """Start every program."""
        for name, program in self.programs.items():
            self.children[name] = Child(program, start(program), time.monotonic())

    def look_after(self) -> None:
        """Start again what ended; to be called every second or so."""
        for name, child in self.children.items():
            if child.process.poll() is not None:
                self._revive(name, child, time.monotonic())

    def _revive(self, name: str, child: Child, now: float) -> None:
        if child.start_at is None:
            if now - child.started > SETTLED_SECONDS:
                child.pause = FIRST_PAUSE
            child.start_at = now + child.pause
            self.say(
                f"{name} ended ({_why(child.process.returncode)}) and is started again in"
                f" {child.pause:g} s; see {child.program.log}"
            )
        elif now >= child.start_at:
            child.pause = min(child.pause * 2, LONGEST_PAUSE)
            child.process, child.started = start(child.program), now
            child.start_at = None

    def stop(self) -> None:
        """End all children and wait until they are gone."""
        stop_all([child.process for child in self.children.values()])


def _why(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
