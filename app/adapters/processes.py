"""Child processes that never outlive their parent, and locks that die with their holder.

Both promises are the kernel's, not ours: they also hold when a process is killed with SIGKILL.
On systems other than Linux children are only ended by an orderly stop of their parent.
"""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1
# Loaded before any fork: a child between fork and exec must not load libraries.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent: int, sign: int = signal.SIGKILL) -> None:
    """Ask the kernel to send `sign` to this process when process `parent` is gone."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(sign), 0, 0, 0)
    if os.getppid() != parent:  # it died between the fork and the line above
        os._exit(1)


def bound(sign: int = signal.SIGKILL) -> Callable[[], None]:
    """Return what a new child runs first, so that it ends with this process."""
    parent = os.getpid()
    return lambda: die_with_parent(parent, sign)


@dataclass(frozen=True)
class Program:
    """What to run: arguments, extra environment, and the file its output is added to."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path


def python(*arguments: str) -> tuple[str, ...]:
    """Return the command that runs a module of ours with this interpreter."""
    return (sys.executable, "-m", *arguments)


def start(program: Program) -> subprocess.Popen[bytes]:
    """Start a child in its own group; it dies with this process."""
    program.log.parent.mkdir(parents=True, exist_ok=True)
    with program.log.open("ab") as log:
        return subprocess.Popen(
            program.arguments,
            env={**os.environ, **program.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=bound(),
        )


def stop_all(children: Sequence[subprocess.Popen[bytes]], patience: float = 10.0) -> None:
    """Ask all children to end, wait for them, and kill those that do not."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


class FileLock:
    """A lock on a file; the kernel lets go of it when its holder dies, however that happens."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file: IO[bytes] = path.open("ab")

    def share(self) -> None:
        """Hold it together with others; wait while somebody holds it alone."""
        fcntl.flock(self.file, fcntl.LOCK_SH)

    def take(self) -> bool:
        """Hold it alone if nobody else holds it; say whether that succeeded."""
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def drop(self) -> None:
        """Let go of it and keep the file open for later."""
        fcntl.flock(self.file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of it for good."""
        self.file.close()
