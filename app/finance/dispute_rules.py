"""The life of a dispute and of a payout, and what each writes. Pure: facts in, answers out."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.refusals import Refusal
from app.finance.rules import Ledger, Postings


class DisputeStatus(StrEnum):
    """The provider's words for how a dispute stands."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WARNING_CLOSED = "warning_closed"
    PREVENTED = "prevented"
    LOST = "lost"
    WON = "won"


class PayoutStatus(StrEnum):
    """The provider's words for how a payout stands."""

    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


class DisputeRefusal(Refusal):
    """Why nothing can be done about a dispute."""

    UNKNOWN = "We could not find this dispute."
    CLOSED = "This dispute is decided; its evidence is kept as it was."
    TOO_LONG = "The evidence must be at most 20,000 characters long."


class EventRefusal(Refusal):
    """Why nothing can be said of an event."""

    UNKNOWN = "We could not find this event."


# A dispute only ever moves to a higher step; older news changes nothing. A lost one may be won
# after all, when the bank thinks again.
RANK = {
    DisputeStatus.WARNING_NEEDS_RESPONSE: 0,
    DisputeStatus.WARNING_UNDER_REVIEW: 1,
    DisputeStatus.NEEDS_RESPONSE: 2,
    DisputeStatus.UNDER_REVIEW: 3,
    DisputeStatus.WARNING_CLOSED: 4,
    DisputeStatus.PREVENTED: 4,
    DisputeStatus.LOST: 5,
    DisputeStatus.WON: 6,
}
# After these nothing is held back any more. A lost one keeps its hold until somebody lets go.
IN_OUR_FAVOUR = frozenset(
    {DisputeStatus.WON, DisputeStatus.WARNING_CLOSED, DisputeStatus.PREVENTED}
)
DECIDED = IN_OUR_FAVOUR | {DisputeStatus.LOST}
PAYOUT_RANK = {
    PayoutStatus.PENDING: 0,
    PayoutStatus.IN_TRANSIT: 1,
    PayoutStatus.PAID: 2,
    PayoutStatus.CANCELED: 3,
    PayoutStatus.FAILED: 3,
}
RETURNED = frozenset({PayoutStatus.CANCELED, PayoutStatus.FAILED})
LONGEST_EVIDENCE = 20_000


@dataclass(frozen=True)
class Held:
    """What the disputed funds of one dispute hold, in cents, and whether they were written off."""

    cents: int
    lost: bool


def moved(gross: int, fee: int, held: Held) -> Postings:
    """Return what a movement of the balance for a dispute writes.

    `gross` is below zero when the provider takes funds, above it when they come back; `fee` is
    below zero when a fee is given back. Funds of a dispute that was written off come back as less
    of a loss.
    """
    account = Ledger.DISPUTES if held.lost else Ledger.DISPUTED
    written: Postings = {Ledger.STRIPE: gross - fee, account: -gross}
    written[Ledger.DISPUTES] = written.get(Ledger.DISPUTES, 0) + fee
    return written


def lost(held: Held) -> Postings:
    """Return what losing a dispute writes: what it still held is gone."""
    return {Ledger.DISPUTES: held.cents, Ledger.DISPUTED: -held.cents}


def payout(cents: int) -> Postings:
    """Return what sending the balance to the bank writes."""
    return {Ledger.BANK: cents, Ledger.STRIPE: -cents}


def payout_back(cents: int) -> Postings:
    """Return what a payout that the bank did not take writes."""
    return {Ledger.STRIPE: cents, Ledger.BANK: -cents}
