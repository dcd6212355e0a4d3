"""Boxes paid ahead, other rhythms, and what a change of plan costs. Pure: facts in, answers out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from app.core.money import BASIS_POINTS, share_of, split_evenly
from app.core.refusals import Refusal


class TermStatus(StrEnum):
    """DUE is not paid yet; PAID has boxes to come; DONE has shipped them all."""

    DUE = "due"
    PAID = "paid"
    DONE = "done"
    CANCELLED = "cancelled"


class PrepaidEnd(StrEnum):
    """What leaving does with boxes that are paid and not shipped; CHOOSE leaves it to people."""

    CHOOSE = "choose"
    REFUND = "refund"
    SHIP = "ship"


class Rescheduling(StrEnum):
    """Whether another day for one box moves that box alone, or all after it."""

    ONE_OFF = "one_off"
    SHIFT = "shift"


class Arrears(StrEnum):
    """What a late payment does: the schedule stays, or counts from the payment."""

    KEEP = "keep"
    COUNT = "count"


class Proration(StrEnum):
    """What a change of plan costs for the days until the next box."""

    BY_DAYS = "by_days"
    NONE = "none"


class TermRefusal(Refusal):
    """Why boxes cannot be paid ahead, moved or counted otherwise."""

    NOT_OFFERED = "This plan cannot be paid ahead for so many boxes."
    ALREADY_AHEAD = "Boxes of this subscription are paid ahead already. Order more after the last."
    PAID_AHEAD = "Boxes of this plan are paid ahead. It can change once the last of them is packed."
    NOT_AHEAD = "No boxes of this subscription are paid ahead."
    CONTENTS_VARY = "Only a plan with one price for each box can be paid ahead."
    BAD_OFFER = "Please give a number of boxes from 2 to 60 and a discount below 100 %."
    BAD_RHYTHM = "Each rhythm must be a whole number from 1 to 52."
    BAD_END = "The number of boxes must be above zero, or left out."
    END_PAST = "The last day must lie ahead."
    DAY_TOO_SOON = "The cut-off for that day has passed already. Please choose a later day."
    DAY_CLOSED = "We do not ship on that day. Please choose another one."
    DAY_OF_ANOTHER = "Please choose a day between the box before this one and the one after it."
    NO_SUCH_RHYTHM = "This plan does not come in that rhythm."
    CHOICE_FIXED = "This plan settles what happens to boxes that are paid ahead."


@dataclass(frozen=True)
class Period:
    """A price in cents and the days that it is for."""

    cents: int
    days: int

    @property
    def per_day(self) -> Fraction:
        """Return the price of one day, exactly."""
        return Fraction(self.cents, self.days)


def term_price(box_cents: int, boxes: int, off_bp: int) -> int:
    """Return what so many boxes cost when they are paid at once."""
    whole = box_cents * boxes
    return whole - share_of(whole, off_bp, BASIS_POINTS)


def offer_of(offers: Sequence[Sequence[int]], boxes: int) -> int | None:
    """Return the basis points off for paying so many boxes ahead; None if it is not offered."""
    return next((off for count, off in offers if count == boxes), None)


def instalment_cents(net_cents: int, boxes: int, instalment: int) -> int:
    """Return what one instalment is worth; the first is 1, the last carries the remainder."""
    return split_evenly(net_cents, boxes)[instalment - 1]


def unused_cents(net_cents: int, boxes: int, used: Collection[int]) -> int:
    """Return what the instalments that no box has taken are worth together."""
    parts = split_evenly(net_cents, boxes)
    return sum(cents for number, cents in enumerate(parts, start=1) if number not in used)


def gross_share(net_cents: int, whole_net: int, whole_tax: int) -> int:
    """Return a part of a sale with its share of the tax."""
    return net_cents + (share_of(net_cents, whole_tax, whole_net) if whole_net else 0)


def spread_over_orders(parts: Sequence[tuple[int, Sequence[date]]]) -> Mapping[date, int]:
    """Return what each order is worth where several things are paid at once.

    Each part is an amount in cents and the days of its own orders; it is split over them evenly,
    the remainder falls on its last one. The sum is exact.
    """
    found: dict[date, int] = {}
    for cents, days in parts:
        ordered = sorted(days)
        for day, share in zip(ordered, split_evenly(cents, len(ordered)), strict=True):
            found[day] = found.get(day, 0) + share
    return dict(sorted(found.items()))


def proration_cents(old: Period, new: Period, days_left: int) -> int:
    """Return what a change costs for the days left (negative: what comes back), rounded once."""
    exact = days_left * (new.per_day - old.per_day)
    sign = -1 if exact < 0 else 1
    return sign * int((2 * abs(exact) + 1) // 2)
