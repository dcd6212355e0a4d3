"""One way to call the payment provider: time limits, pace, and errors in the product's words."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import stripe
import structlog
from stripe import StripeClient

from app.billing.ports import KEY_REUSED, OutcomeUnknown, ProviderRefused
from app.finance.event_shape import KNOWN_VERSION

log = structlog.get_logger()
T = TypeVar("T")

OURS = "boxwright"
# The version whose published description every request here was checked against; what the SDK
# would ask for by itself changes with each of its releases.
VERSION = KNOWN_VERSION
SECONDS = 10.0
RETRIES = 2
CALLS_A_SECOND = 20.0
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Pace:
    """Lets at most so many calls a second through, counted for each kind of call."""

    def __init__(self, a_second: float = CALLS_A_SECOND) -> None:
        self._gap = 1.0 / a_second
        self._free_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, kind: str) -> None:
        """Wait for this call's turn."""
        with self._lock:
            turn = max(monotonic(), self._free_at.get(kind, 0.0))
            self._free_at[kind] = turn + self._gap
        sleep(max(0.0, turn - monotonic()))


class Waits(Protocol):
    """Lets a call through when it is its turn."""

    def wait(self, kind: str) -> None: ...


@dataclass(frozen=True)
class StripeCalls:
    """The provider's client with its pace; a stand-in on this machine needs none."""

    client: StripeClient
    pace: Waits | None = None

    def ask(self, kind: str, call: Callable[[], T]) -> T:
        """Make one call. A refused card passes through; every other error is put in our words."""
        if self.pace:
            self.pace.wait(kind)
        try:
            return call()
        except stripe.CardError:
            raise
        except stripe.IdempotencyError as error:
            raise ProviderRefused(KEY_REUSED, str(error)) from error
        except stripe.InvalidRequestError as error:
            raise ProviderRefused(error.code or "invalid_request", str(error)) from error
        except stripe.StripeError as error:
            # Also a wrong key: nothing was decided, so nothing may be concluded.
            log.warning("provider_did_not_answer", call=kind, error=type(error).__name__)
            raise OutcomeUnknown(f"{kind}: {type(error).__name__}") from error


def stripe_client(
    api_key: str, api_base: str | None, pace: Waits | None = None, retries: int = RETRIES
) -> StripeCalls:
    """Connect to the provider, or to whatever answers at `api_base` in its stead.

    Without a `pace` that is shared with others the client keeps one of its own.
    """
    addresses: Any = {"api": api_base.rstrip("/")} if api_base else {}
    client = StripeClient(
        api_key,
        stripe_version=VERSION,
        http_client=stripe.RequestsClient(timeout=SECONDS),
        max_network_retries=retries,
        base_addresses=addresses,
    )
    local = api_base is not None and urlsplit(api_base).hostname in LOOPBACK
    return StripeCalls(client, None if local else pace or Pace())
