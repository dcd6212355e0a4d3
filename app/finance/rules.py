"""Accounts and what each moment of money writes. Pure: facts in, postings out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.billing.pricing_rules import LineKind
from app.core.money import spread


class Ledger(StrEnum):
    """The accounts, by number."""

    BANK = "1000"
    STRIPE = "1100"
    DISPUTED = "1150"
    RECEIVABLE = "1200"
    DEFERRED = "2000"
    PREPAID = "2050"
    TAX = "2100"
    CREDIT = "2200"
    BOXES = "4000"
    ADD_ONS = "4050"
    SHIPPING = "4060"
    REFUNDS = "4900"
    BREAKAGE = "4990"
    FEES = "5000"
    DISPUTES = "5100"
    BAD_DEBT = "5900"


class Source(StrEnum):
    """What causes an entry; with the source's id it is unique."""

    PAYMENT = "payment"
    FEE = "fee"
    SHIPMENT = "shipment"
    INSTALMENT = "instalment"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    DISPUTE = "dispute"
    DISPUTE_LOST = "dispute_lost"
    PAYOUT = "payout"
    PAYOUT_BACK = "payout_back"
    PROVIDER_FEE = "provider_fee"
    CREDIT = "credit"
    VOUCHER = "voucher"
    VOUCHER_EXPIRED = "voucher_expired"
    CORRECTION = "correction"
    CARRIED = "carried"
    WRITE_OFF = "write_off"
    ON_ACCOUNT = "on_account"
    ON_ACCOUNT_BACK = "on_account_back"


class EventStatus(StrEnum):
    """What became of a provider's event; ASIDE is one in a version that we do not know."""

    WAITING = "waiting"
    DONE = "done"
    IGNORED = "ignored"
    ASIDE = "aside"
    DEAD = "dead"


class EventKind(StrEnum):
    """What an event hints at, and so what the provider is asked about."""

    PAYMENT = "payment"
    CHARGE = "charge"
    CHARGE_REFUNDS = "charge_refunds"
    REFUND = "refund"
    SETUP = "setup"
    SETUP_FAILED = "setup_failed"
    VISIT = "visit"
    CARD = "card"
    CARD_GONE = "card_gone"
    DISPUTE = "dispute"
    PAYOUT = "payout"
    PAYOUT_LINES = "payout_lines"


# Every other type is kept and ignored.
KINDS = {
    "payment_intent.succeeded": EventKind.PAYMENT,
    "payment_intent.processing": EventKind.PAYMENT,
    "payment_intent.requires_action": EventKind.PAYMENT,
    "payment_intent.payment_failed": EventKind.PAYMENT,
    "payment_intent.canceled": EventKind.PAYMENT,
    "charge.updated": EventKind.CHARGE,
    "charge.refunded": EventKind.CHARGE_REFUNDS,
    "refund.created": EventKind.REFUND,
    "refund.updated": EventKind.REFUND,
    "refund.failed": EventKind.REFUND,
    "charge.refund.updated": EventKind.REFUND,
    "charge.dispute.created": EventKind.DISPUTE,
    "charge.dispute.updated": EventKind.DISPUTE,
    "charge.dispute.closed": EventKind.DISPUTE,
    "charge.dispute.funds_withdrawn": EventKind.DISPUTE,
    "charge.dispute.funds_reinstated": EventKind.DISPUTE,
    "payout.created": EventKind.PAYOUT,
    "payout.updated": EventKind.PAYOUT,
    "payout.paid": EventKind.PAYOUT,
    "payout.failed": EventKind.PAYOUT,
    "payout.canceled": EventKind.PAYOUT,
    "payout.reconciliation_completed": EventKind.PAYOUT_LINES,
    "setup_intent.succeeded": EventKind.SETUP,
    "setup_intent.setup_failed": EventKind.SETUP_FAILED,
    "checkout.session.completed": EventKind.VISIT,
    "checkout.session.async_payment_succeeded": EventKind.VISIT,
    "checkout.session.async_payment_failed": EventKind.VISIT,
    "checkout.session.expired": EventKind.VISIT,
    "customer.updated": EventKind.CARD,
    "payment_method.attached": EventKind.CARD,
    "payment_method.updated": EventKind.CARD,
    "payment_method.automatically_updated": EventKind.CARD,
    "payment_method.detached": EventKind.CARD_GONE,
    "customer.deleted": EventKind.CARD_GONE,
}
EARNED = {
    LineKind.BOX: Ledger.BOXES,
    LineKind.ADD_ON: Ledger.ADD_ONS,
    LineKind.SHIPPING: Ledger.SHIPPING,
}
MOST_TRIES = 10
# What an event speaks of may be written down here later than the event comes, but not for ever.
UNKNOWN_FOR = timedelta(hours=24)
Postings = dict[Ledger, int]


@dataclass(frozen=True)
class Split:
    """A gross amount in cents, as net and tax."""

    net: int
    tax: int

    @property
    def gross(self) -> int:
        return self.net + self.tax


def sale(split: Split) -> Postings:
    """Return what a successful charge writes: owed as boxes until they ship, and as tax."""
    return {Ledger.STRIPE: split.gross, Ledger.DEFERRED: -split.net, Ledger.TAX: -split.tax}


def on_account(sold: Postings, cents: int) -> Postings:
    """Return a sale of which `cents` are not paid yet: they are a receivable."""
    return {
        **sold,
        Ledger.STRIPE: sold.get(Ledger.STRIPE, 0) - cents,
        Ledger.RECEIVABLE: sold.get(Ledger.RECEIVABLE, 0) + cents,
    }


def account_paid(cents: int) -> Postings:
    """Return what a payment for receivables writes."""
    return {Ledger.STRIPE: cents, Ledger.RECEIVABLE: -cents}


def write_off(cents: int) -> Postings:
    """Return what giving up a receivable writes."""
    return {Ledger.BAD_DEBT: cents, Ledger.RECEIVABLE: -cents}


def fee(cents: int) -> Postings:
    """Return what the provider's fee writes."""
    return {Ledger.FEES: cents, Ledger.STRIPE: -cents}


def shipment(deferred_cents: int, parts: Mapping[LineKind, int] | None = None) -> Postings:
    """Return what shipping a box writes: what was deferred for it is earned.

    `parts` are the net sums of the invoice's lines by kind, in whose proportion it is earned as
    boxes, as what was added and as shipping.
    """
    accounts = list(EARNED.values())
    weights = [(parts or {}).get(kind, 0) for kind in EARNED]
    earned = spread(deferred_cents, weights if any(weights) else [1, 0, 0])
    written = {account: -cents for account, cents in zip(accounts, earned, strict=True) if cents}
    return {Ledger.DEFERRED: deferred_cents, **written}


def refund(split: Split, shipped: bool) -> Postings:
    """Return what a refund writes: before shipping it was not earned yet."""
    side = Ledger.REFUNDS if shipped else Ledger.DEFERRED
    return {side: split.net, Ledger.TAX: split.tax, Ledger.STRIPE: -split.gross}


def with_more_back(given: Postings, cents: int) -> Postings:
    """Return a refund that went beyond its invoice by so many cents, which the shop bears."""
    return {
        **given,
        Ledger.REFUNDS: given.get(Ledger.REFUNDS, 0) + cents,
        Ledger.STRIPE: given.get(Ledger.STRIPE, 0) - cents,
    }


def bounced(written: Postings, shipped: bool) -> Postings:
    """Return what takes a refund's entry back; what shipped meanwhile is earned at once."""
    taken = {account: -cents for account, cents in written.items()}
    if shipped and Ledger.DEFERRED in taken:
        taken[Ledger.BOXES] = taken.get(Ledger.BOXES, 0) + taken.pop(Ledger.DEFERRED)
    return taken


def pause_before(attempt: int, chance: float = 0.5) -> timedelta:
    """Return how long an event waits before it is tried again: 2 s, doubling, up to an hour.

    `chance`, from 0 to 1, spreads those that failed together over a fifth more or less.
    """
    return timedelta(seconds=min(3600, 2**attempt) * (0.8 + 0.4 * chance))


@dataclass(frozen=True)
class Violation:
    """A rule of the books that does not hold, for what, and in which way."""

    invariant: str
    subject: str
    sentence: str


@dataclass(frozen=True)
class Question:
    """One thing that must never be found: SQL that returns (subject, sentence) for each finding."""

    invariant: str
    sql: str
