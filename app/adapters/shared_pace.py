"""One pace for all workers of a shop: so many calls a second of each kind, counted in Valkey."""

import random
import threading
from time import sleep, time

import structlog
from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from app.adapters.stripe_calls import CALLS_A_SECOND, Pace

NAMESPACE = "provider"
SHORTEST = 0.005
log = structlog.get_logger()


class SharedPace:
    """Lets at most so many calls of a kind through in any second, whoever makes them.

    While the counters are away each process keeps a careful pace of its own: the provider's limit
    must hold, and money must move all the same.
    """

    def __init__(self, address: str, a_second: float = CALLS_A_SECOND, alone: int = 4) -> None:
        storage = storage_from_string(address, wrap_exceptions=True, socket_timeout=2)
        self._counted = MovingWindowRateLimiter(storage)
        self._most = RateLimitItemPerSecond(max(1, int(a_second)), 1, NAMESPACE)
        self._alone = Pace(max(1.0, a_second / alone))
        self._told = threading.Event()

    def wait(self, kind: str) -> None:
        """Wait for this call's turn."""
        try:
            while not self._counted.hit(self._most, kind):
                sleep(self._gap(kind))
            self._told.clear()
        except StorageError:
            if not self._told.is_set():
                self._told.set()
                log.warning("pace_without_counters", exc_info=True)
            self._alone.wait(kind)

    def _gap(self, kind: str) -> float:
        """Return how long to wait before asking again; not all workers ask at one moment."""
        free_at = self._counted.get_window_stats(self._most, kind).reset_time
        return max(SHORTEST, min(1.0, free_at - time())) + random.uniform(0, SHORTEST)
