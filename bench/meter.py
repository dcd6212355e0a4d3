"""Measures one piece of work in a process of its own: CPU seconds, and memory at its highest."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STATUS = Path("/proc/self/status")
GIB = 2**20  # the kernel counts in KiB


class Meter:
    """CPU seconds by phase, and how far memory rose above where it stood when this began."""

    def __init__(self) -> None:
        """Remember where memory stands now."""
        self.seconds: dict[str, float] = {}
        self._level = _status("VmRSS") or highest_memory()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the CPU seconds of all threads in one phase."""
        begun = time.process_time()
        yield
        self.seconds[name] = round(time.process_time() - begun, 3)

    def risen_gib(self) -> float:
        """Return the peak of memory above the level, in GiB."""
        return round(max(0, highest_memory() - self._level) / GIB, 3)


def highest_memory() -> int:
    """Return the most memory this process ever had, in KiB.

    On Linux the figure of the process itself is read, since ru_maxrss is inherited from whoever
    started it.
    """
    return _status("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _status(name: str) -> int:
    if not STATUS.exists():
        return 0
    for line in STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0
