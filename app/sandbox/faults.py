"""Faults on request: the next matching requests fail in the ways networks and servers fail."""

import threading
from dataclasses import dataclass

from app.sandbox.errors import ApiError, Json

KINDS = ("status_500", "status_429", "timeout_before", "timeout_after", "cut", "slow")


@dataclass
class Fault:
    """One promise to misbehave, `times` times."""

    kind: str
    path_prefix: str = "/v1/"
    method: str | None = None
    times: int = 1
    seconds: float = 0.0

    def matches(self, method: str, path: str) -> bool:
        """Tell whether a request is one of those to spoil."""
        return path.startswith(self.path_prefix) and self.method in (None, method)

    @property
    def performs(self) -> bool:
        """Tell whether the operation happens although nobody hears of it."""
        return self.kind in ("timeout_after", "cut", "slow")


class Faults:
    """The faults still to come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Promise a fault."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault for this request, if any, and use it up once."""
        if not self._waiting:
            return None
        with self._lock:
            for fault in self._waiting:
                if fault.matches(method, path):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return fault
        return None

    def listed(self) -> list[Json]:
        """Return what is still to come."""
        with self._lock:
            return [dict(vars(fault)) for fault in self._waiting]


def refusal(fault: Fault) -> ApiError:
    """Build the error answer of a fault that answers at once."""
    if fault.kind == "status_429":
        message = "Too many requests hit the API too quickly."
        return ApiError(429, "invalid_request_error", message, code="rate_limit", saved=False)
    return ApiError(500, "api_error", "An unknown error occurred.", saved=False)
