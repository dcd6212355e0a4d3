"""Accounts and what each moment of money writes. Pure: facts in, postings out."""

from enum import StrEnum


class Ledger(StrEnum):
    """The accounts, by number."""

    BANK = "1000"
    STRIPE = "1100"
    RECEIVABLE = "1200"
    DEFERRED = "2000"
    TAX = "2100"
    BOXES = "4000"
    REFUNDS = "4900"
    FEES = "5000"


class EventStatus(StrEnum):
    """What became of a provider's event."""

    WAITING = "waiting"
    DONE = "done"
    IGNORED = "ignored"
    DEAD = "dead"
