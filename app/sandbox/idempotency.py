"""Idempotency keys: the first answer is given again, word for word, for a day of the clock."""

import hashlib
import threading
from dataclasses import dataclass
from typing import Any

from app.sandbox.clock import MovableClock
from app.sandbox.errors import ApiError

DAY = 24 * 3600


@dataclass(frozen=True)
class Saved:
    """An answer that a key gives again."""

    fingerprint: str
    status: int
    body: str
    request_id: str
    at: int


def fingerprint(method: str, path: str, fields: list[tuple[str, str]]) -> str:
    """Return the same text for the same request, whatever the order of its fields."""
    return hashlib.sha256(repr((method, path, sorted(fields))).encode()).hexdigest()


class Keys:
    """The keys of the last 24 hours and those whose request is still running."""

    def __init__(self, clock: MovableClock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._saved: dict[str, Saved] = {}
        self._running: set[str] = set()

    def claim(self, key: str, print_: str) -> Saved | None:
        """Return the answer to repeat, or None after reserving the key for this request."""
        if len(key) > 255:
            message = "Idempotency keys must be at most 255 characters long."
            raise ApiError(400, "idempotency_error", message, saved=False)
        with self._lock:
            self._forget()
            if key in self._running:
                raise _in_use(key)
            saved = self._saved.get(key)
            if saved is None:
                self._running.add(key)
                return None
        if saved.fingerprint != print_:
            raise _other_parameters(key)
        return saved

    def save(self, key: str, saved: Saved) -> dict[str, Any]:
        """Remember an answer; return what the journal needs to restore it."""
        with self._lock:
            self._saved.pop(key, None)
            self._saved[key] = saved
        return {"key": key, **vars(saved)}

    def restore(self, entry: dict[str, Any]) -> None:
        """Take back what `save` gave to the journal."""
        fields = dict(entry)
        key = fields.pop("key")
        self._saved.pop(key, None)
        self._saved[key] = Saved(**fields)

    def release(self, key: str) -> None:
        """Say that the request with this key has ended."""
        with self._lock:
            self._running.discard(key)

    def _forget(self) -> None:
        # The oldest stand first, so this usually looks at one key only.
        limit = self._clock.now() - DAY
        while self._saved:
            oldest = next(iter(self._saved))
            if self._saved[oldest].at > limit:
                return
            del self._saved[oldest]


def _in_use(key: str) -> ApiError:
    message = (
        "There is currently another in-progress request using this Idempotent Key (that probably"
        " means you submitted twice, and the other request is still going through): "
        f"{key}. Please try again later."
    )
    details = {"code": "idempotency_key_in_use", "saved": False}
    return ApiError(409, "idempotency_error", message, **details)


def _other_parameters(key: str) -> ApiError:
    message = (
        "Keys for idempotent requests can only be used with the same parameters they were first"
        f" used with. Try using a key other than '{key}' if you meant to execute a different"
        " request."
    )
    return ApiError(400, "idempotency_error", message, saved=False)
