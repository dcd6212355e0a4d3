"""What finance needs from outside: events that are proved to be the provider's."""

from dataclasses import dataclass
from typing import Protocol

from app.billing.ports import Outcome, RefundOutcome
from app.finance.event_shape import VerifiedEvent


class VerifyEvent(Protocol):
    """Checks the signature and the shape of what came, or raises `BadEvent`."""

    def __call__(self, payload: bytes, signature: str | None) -> VerifiedEvent: ...


@dataclass(frozen=True)
class ProviderFacts:
    """The provider's own lists, fetched before the books are compared with them."""

    payments: tuple[Outcome, ...]
    refunds: tuple[RefundOutcome, ...]
    event_ids: tuple[str, ...] = ()
