"""The stand-in's own time: real until somebody stops it, then whatever they say it is."""

import time


class MovableClock:
    """Seconds since the epoch, either real or frozen."""

    def __init__(self) -> None:
        self.frozen_at: int | None = None

    def now(self) -> int:
        """Return the current second."""
        return int(time.time()) if self.frozen_at is None else self.frozen_at

    def set(self, now: int | None) -> None:
        """Freeze at `now`, or run with the real time again when it is None."""
        self.frozen_at = now


def wall_seconds() -> int:
    """Return real seconds: receivers compare a signature's time with their own watch."""
    return int(time.time())


def steady() -> float:
    """Return seconds that never jump, for measuring waits."""
    return time.monotonic()
