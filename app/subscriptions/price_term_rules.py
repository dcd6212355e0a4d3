"""Prices that depend on what is in a box or on its number. Pure: terms in, refusals out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.refusals import Refusal
from app.subscriptions.rules import Pricing

Steps = tuple[tuple[int, int], ...]
MOST_STEPS, MOST_OFF = 12, 10_000
LARGEST_CENTS = 10_000_000
MOST_PEOPLE = 50


class PriceTermRefusal(Refusal):
    """Why a plan cannot have these prices."""

    BAD_STEP = "Each step needs a number above zero, once, and a discount from 0 to 100 %."
    TOO_MANY = "A plan can have up to 12 steps of each kind."
    BAD_LEAST = "The least price must be an amount from zero on."
    NEEDS_CONTENTS = "Only a plan whose contents set the price has a least price and such steps."
    BAD_GROUP = "A group needs 2 to 50 people and a discount above 0 and below 100 %."
    BAD_PLEDGE = "The least pledge is 1 to 100 % of the price, the highest 100 to 1,000 %."
    PLEDGE_FIXED = "Only a plan with one price for each box takes pledges."
    PLEDGE_AHEAD = "Boxes of a plan that takes pledges cannot be paid ahead."
    DEARER = "People have this plan, and their boxes would cost more. Please announce a new price."


@dataclass(frozen=True)
class GroupTerms:
    """From how many people in a group on the boxes of each are so many basis points cheaper."""

    people: int
    off_bp: int


@dataclass(frozen=True)
class PledgeTerms:
    """What people may pledge for a box, in basis points of its price, which is what we suggest.

    `target_cents` is what the boxes of one shipping day must bring together; None: their prices.
    """

    floor_bp: int
    ceiling_bp: int
    target_cents: int | None = None


@dataclass(frozen=True)
class PriceTerms:
    """What a plan's prices depend on besides its sizes.

    `progression` is (from which box on, basis points off). For boxes priced by their contents
    `spend_tiers` is (from how many cents on, basis points off), and `least_cents` what they cost
    at the least.
    """

    progression: Steps = ()
    spend_tiers: Steps = ()
    least_cents: int = 0
    group: GroupTerms | None = None
    pledge: PledgeTerms | None = None


def refuse_price_terms(pricing: Pricing, terms: PriceTerms) -> tuple[PriceTermRefusal, str] | None:
    """Return what is wrong with terms, and the field that it is about."""
    for field, steps in (("progression", terms.progression), ("spend_tiers", terms.spend_tiers)):
        if len(steps) > MOST_STEPS:
            return PriceTermRefusal.TOO_MANY, field
        if not _sound(steps):
            return PriceTermRefusal.BAD_STEP, field
        if steps and field != "progression" and pricing is not Pricing.CONTENTS:
            return PriceTermRefusal.NEEDS_CONTENTS, field
    if not 0 <= terms.least_cents <= LARGEST_CENTS:
        return PriceTermRefusal.BAD_LEAST, "least"
    if terms.least_cents and pricing is not Pricing.CONTENTS:
        return PriceTermRefusal.NEEDS_CONTENTS, "least"
    return _refuse_group(terms.group) or _refuse_pledge(pricing, terms.pledge)


def _refuse_group(group: GroupTerms | None) -> tuple[PriceTermRefusal, str] | None:
    if group is None or (2 <= group.people <= MOST_PEOPLE and 0 < group.off_bp < MOST_OFF):
        return None
    return PriceTermRefusal.BAD_GROUP, "group"


def _refuse_pledge(
    pricing: Pricing, pledge: PledgeTerms | None
) -> tuple[PriceTermRefusal, str] | None:
    if pledge is None:
        return None
    if pricing is not Pricing.FIXED:
        return PriceTermRefusal.PLEDGE_FIXED, "pledge"
    target = pledge.target_cents or 0
    if 100 <= pledge.floor_bp <= 10_000 <= pledge.ceiling_bp <= 100_000 and target >= 0:
        return None
    return PriceTermRefusal.BAD_PLEDGE, "pledge"


def dearer(old: PriceTerms, new: PriceTerms) -> str | None:
    """Return the first field by which some box would cost more than under the old terms."""
    if new.least_cents > old.least_cents:
        return "least"
    fields = (
        ("progression", old.progression, new.progression, last_reached),
        ("spend_tiers", old.spend_tiers, new.spend_tiers, best_reached),
    )
    for field, before, after, off in fields:
        if any(off(after, n) < off(before, n) for n, _ in (*before, *after)):
            return field
    return "group" if _group_dearer(old.group, new.group) else None


def _group_dearer(old: GroupTerms | None, new: GroupTerms | None) -> bool:
    """Say whether some group would pay more; pledges that were made stay, so they never do."""
    if old is None:
        return False
    return new is None or new.people > old.people or new.off_bp < old.off_bp


def last_reached(steps: Sequence[Sequence[int]], number: int) -> int:
    """Return the discount of the last step reached, in basis points."""
    reached = [(least, off) for least, off in steps if number >= least]
    return max(reached)[1] if reached else 0


def best_reached(steps: Sequence[Sequence[int]], number: int) -> int:
    """Return the best discount of all steps reached, in basis points."""
    return max((off for least, off in steps if number >= least), default=0)


def stored(terms: PriceTerms) -> dict[str, Any]:
    """Return what a plan keeps of the terms; nothing where nothing is set."""
    found: dict[str, Any] = {}
    for name in ("progression", "spend_tiers"):
        if steps := getattr(terms, name):
            found[name] = [list(each) for each in sorted(steps)]
    if terms.group:
        found["group"] = [terms.group.people, terms.group.off_bp]
    if pledge := terms.pledge:
        found["pledge"] = [pledge.floor_bp, pledge.ceiling_bp, pledge.target_cents]
    return found | ({"least_cents": terms.least_cents} if terms.least_cents else {})


def read_back(kept: Mapping[str, Any]) -> PriceTerms:
    """Return terms as a plan keeps them."""
    return PriceTerms(
        progression=_steps(kept.get("progression", ())),
        spend_tiers=_steps(kept.get("spend_tiers", ())),
        least_cents=int(kept.get("least_cents", 0)),
        group=GroupTerms(*kept["group"]) if kept.get("group") else None,
        pledge=PledgeTerms(*kept["pledge"]) if kept.get("pledge") else None,
    )


def _steps(rows: Sequence[Sequence[int]]) -> Steps:
    return tuple((int(least), int(off)) for least, off in rows)


def _sound(steps: Steps) -> bool:
    plain = all(1 <= least <= LARGEST_CENTS and 0 <= off <= MOST_OFF for least, off in steps)
    return plain and len({least for least, _ in steps}) == len(steps)
