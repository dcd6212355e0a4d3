"""What finance needs from outside: proved events, and what the provider says of its money."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from app.billing.ports import Outcome, RefundOutcome
from app.finance.dispute_rules import DisputeStatus, PayoutStatus
from app.finance.event_shape import VerifiedEvent


class PaperPrinter(Protocol):
    """Prints the content of a paper as PDF; the same content gives the same bytes."""

    def print_paper(self, content: Mapping[str, Any], issued_at: datetime) -> bytes: ...


class VerifyEvent(Protocol):
    """Checks the signature and the shape of what came, or raises `BadEvent`."""

    def __call__(self, payload: bytes, signature: str | None) -> VerifiedEvent: ...


@dataclass(frozen=True)
class Movement:
    """One movement of the provider's balance, in cents; `net_cents` is gross less fee.

    `source_id` is the provider's object behind it, `payment_id` its payment where it has one.
    """

    id: str
    category: str
    gross_cents: int
    fee_cents: int
    net_cents: int
    currency: str
    source_id: str
    payment_id: str | None
    moved_at: datetime


@dataclass(frozen=True)
class DisputeFacts:
    """What the provider says of a dispute; `movements` is all that it moved so far."""

    provider_id: str
    provider_payment_id: str | None
    amount_cents: int
    currency: str
    reason: str
    status: DisputeStatus
    opened_at: datetime
    due_by: datetime | None
    movements: tuple[Movement, ...]
    ours: bool = True

    @property
    def held_cents(self) -> int:
        """Return how much of the disputed money the provider holds, or has given away."""
        return -sum(each.gross_cents for each in self.movements)


@dataclass(frozen=True)
class PayoutFacts:
    """What the provider says of a payout."""

    provider_id: str
    amount_cents: int
    currency: str
    status: PayoutStatus
    made_at: datetime
    arrives_on: date
    failure: str | None = None


@dataclass(frozen=True)
class PurchaseFacts:
    """What became of a visit to the provider's page that was to pay for something.

    `paid` says that the money is taken, `over` that nothing will come of this visit any more;
    neither means that it is still under way. `labels` is what we wrote on the visit.
    """

    session_id: str
    paid: bool
    over: bool
    provider_payment_id: str | None
    amount_cents: int
    currency: str
    customer_id: str | None
    reference: str | None
    labels: Mapping[str, str]


class ProviderMoney(Protocol):
    """What the provider holds for us, took back, and sent to the bank."""

    def dispute(self, provider_id: str) -> DisputeFacts: ...
    def disputes(self, since: datetime | None = None) -> list[DisputeFacts]: ...
    def payout(self, provider_id: str) -> PayoutFacts: ...
    def payout_lines(self, provider_id: str) -> list[Movement]: ...
    def balance(self) -> dict[str, int]: ...


class ProviderEvents(Protocol):
    """Events that never reached us, and the objects that events speak of.

    `thing` takes the address of an object as a thin event names it; `purchase` a visit's id, and
    returns None for visits that are not ours.
    """

    def undelivered(self, since: datetime) -> list[bytes]: ...
    def thing(self, address: str) -> dict[str, Any]: ...
    def purchase(self, session_id: str) -> PurchaseFacts | None: ...


@dataclass(frozen=True)
class ProviderFacts:
    """The provider's own lists, fetched before the books are compared with them.

    `balances` is what it holds in each currency, available or on its way; None if not asked for.
    """

    payments: tuple[Outcome, ...]
    refunds: tuple[RefundOutcome, ...]
    event_ids: tuple[str, ...] = ()
    disputes: tuple[DisputeFacts, ...] = ()
    balances: Mapping[str, int] | None = None
