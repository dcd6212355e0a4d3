"""What finance needs from outside: events that are proved to be the provider's."""

from dataclasses import dataclass
from typing import Protocol

from app.billing.ports import Outcome, RefundOutcome


class BadEvent(Exception):
    """What came is no event of the provider for this shop: refuse it and store nothing."""


@dataclass(frozen=True)
class VerifiedEvent:
    """An event whose signature was checked; `created` is 0 where the provider gave no time."""

    id: str
    type: str
    created: int
    object_id: str
    payload: bytes


class VerifyEvent(Protocol):
    """Checks the signature and the shape of what came, or raises `BadEvent`."""

    def __call__(self, payload: bytes, signature: str | None) -> VerifiedEvent: ...


@dataclass(frozen=True)
class ProviderFacts:
    """The provider's own lists, fetched before the books are compared with them."""

    payments: tuple[Outcome, ...]
    refunds: tuple[RefundOutcome, ...]
    event_ids: tuple[str, ...] = ()
