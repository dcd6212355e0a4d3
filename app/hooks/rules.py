"""What is told to other programs, to whom, and when it is tried again. Pure: facts in, answers out.

Follows Standard Webhooks 1.0.0: a body of type, timestamp and data, the same at every try.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zlib import crc32

from app.core.refusals import Refusal

Fact = str | int | bool | None


class EventType(StrEnum):
    """Everything that happens here and is told. A new kind needs one line here, and one `tell`."""

    INVOICE_ISSUED = "invoice.issued"
    INVOICE_PAID = "invoice.paid"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_RECOVERED = "payment.recovered"
    REFUND_SETTLED = "refund.settled"
    CREDIT_NOTE_ISSUED = "credit_note.issued"
    CREDIT_NOTE_REVERSED = "credit_note.reversed"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_CLOSED = "dispute.closed"
    PAYOUT_PAID = "payout.paid"
    PAYOUT_RECONCILED = "payout.reconciled"
    BOX_RELEASED = "box.released"
    BOX_SHIPPED = "box.shipped"
    SUBSCRIPTION_ACTIVATED = "subscription.activated"
    SUBSCRIPTION_PAUSED = "subscription.paused"
    SUBSCRIPTION_RESUMED = "subscription.resumed"
    SUBSCRIPTION_CANCELLED = "subscription.cancelled"
    MONTH_CLOSED = "month.closed"
    TEST = "webhook.test"


class DeliveryStatus(StrEnum):
    """WAITING is tried again; FAILED was tried for the last time."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class Verdict(StrEnum):
    """What an answer means. SLOW_DOWN and RETRY are tried again; GONE switches the address off."""

    DELIVERED = "delivered"
    GONE = "gone"
    SLOW_DOWN = "slow_down"
    RETRY = "retry"


class HookRefusal(Refusal):
    """Why an address cannot be told anything."""

    UNKNOWN = "There is no such webhook address."
    BAD_URL = "This address cannot be used. It must be a public https:// address."
    NO_TYPES = "Please choose at least one kind of event."
    BAD_TYPE = "There is no such kind of event:"
    TOO_MANY = "There are twenty addresses already. Please change one that is not needed any more."
    OFF = "This address is switched off. Switch it on first."
    UNKNOWN_DELIVERY = "There is no such delivery."


MOST_ENDPOINTS = 20
MOST_FACTS = 30
LONGEST_FACT = 100
LARGEST_BODY = 20_000
LONGEST_ANSWER = 500
# Seconds before each try, counted from the one before: some three days in all.
SCHEDULE = (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.1
LEAST_REST, LONGEST_REST = timedelta(seconds=30), timedelta(hours=24)
OLD_SECRET_LASTS = timedelta(hours=24)
KEEP = timedelta(days=30)
SLOW = frozenset({429, 502, 503, 504})
PATTERN = re.compile(r"\*|[a-z_]+\.(\*|[a-z_]+)")
CARD = re.compile(r"card|cvc|pan$|exp_|last4")


@dataclass(frozen=True)
class Answer:
    """What an address answered: no status if nothing came back, and then `error` says why."""

    status: int | None
    text: str = ""
    error: str = ""
    retry_after: int | None = None
    milliseconds: int = 0


def wants(patterns: Iterable[str], type_: str) -> bool:
    """Say whether patterns like `invoice.*` or `*` cover a type; a test goes to everybody."""
    kind = type_.partition(".")[0]
    return type_ == EventType.TEST or bool({"*", f"{kind}.*", type_} & set(patterns))


def unknown_pattern(patterns: Iterable[str]) -> str | None:
    """Return the first pattern that covers no type at all."""
    for pattern in patterns:
        if not PATTERN.fullmatch(pattern) or not any(wants([pattern], each) for each in TOLD):
            return pattern
    return None


TOLD = tuple(each for each in EventType if each is not EventType.TEST)


def body_of(type_: EventType, happened_at: datetime, facts: Mapping[str, Fact]) -> str:
    """Return what is sent, below 20,000 bytes: flat facts, long texts cut, never of a card."""
    if len(facts) > MOST_FACTS or any(CARD.search(name) for name in facts):
        raise ValueError(f"{type_.value} tells too much")
    told = {
        name: each[:LONGEST_FACT] if isinstance(each, str) else each for name, each in facts.items()
    }
    body = {"type": type_.value, "timestamp": happened_at.isoformat(), "data": told}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def judge(answer: Answer) -> Verdict:
    """Say what an answer means; only 2xx is a success, and a redirect is none."""
    if answer.status is None:
        return Verdict.RETRY
    if 200 <= answer.status < 300:
        return Verdict.DELIVERED
    if answer.status == 410:
        return Verdict.GONE
    if answer.status in SLOW or answer.retry_after is not None:
        return Verdict.SLOW_DOWN
    return Verdict.RETRY


def rest_of(answer: Answer) -> timedelta:
    """Return how long an address that asked for it is left alone."""
    asked = timedelta(seconds=min(answer.retry_after or 0, 7 * 86_400))
    return min(max(asked, LEAST_REST), LONGEST_REST)


def next_try(delivery_id: int, tries: int, tried_at: datetime) -> datetime | None:
    """Return when a delivery is tried again after `tries` tries; None after the last.

    Up to a tenth is added, by the delivery's number, so that many do not come back at once.
    """
    if tries >= len(SCHEDULE):
        return None
    share = crc32(f"{delivery_id}:{tries}".encode()) / 2**32
    return tried_at + timedelta(seconds=SCHEDULE[tries] * (1 + JITTER * share))
