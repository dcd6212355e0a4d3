"""Reads what the boxes of a plan cost under given terms, so that they can be looked at before."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.billing.box_price_rules import (
    BoxTerms,
    PricedLine,
    PriceStep,
    group_off,
    price_box,
    price_steps,
)
from app.billing.pricing_rules import Order, quote
from app.catalog.queries import middle_price
from app.subscriptions.models import Plan, PlanSize
from app.subscriptions.pledge_rules import PledgeRange, range_of
from app.subscriptions.price_term_rules import PriceTerms, Steps
from app.subscriptions.rules import SizeKind
from app.subscriptions.term_rules import term_price


@dataclass(frozen=True)
class AheadCost:
    """So many boxes paid at once: together, one of them rounded, and what that saves, in cents."""

    boxes: int
    cents: int
    each_cents: int
    saved_cents: int


@dataclass(frozen=True)
class SizeCosts:
    """What boxes of one size cost net, by their number and ahead, before delivery.

    `group` is (from how many people on, what the first box then costs); `pledge` what may be
    pledged for it.
    """

    size: int
    steps: tuple[PriceStep, ...]
    ahead: tuple[AheadCost, ...]
    group: tuple[int, int] | None = None
    pledge: PledgeRange | None = None

    @property
    def most_cents(self) -> int:
        """Return the dearest box, at least 1."""
        return max(1, *(each.cents for each in self.steps))


@dataclass(frozen=True)
class PlanCosts:
    """What boxes of each size cost; contents are reckoned with bags at `middle_cents`."""

    middle_cents: int
    sizes: tuple[SizeCosts, ...]


def plan_costs(session: Session, plan: Plan, prices: PriceTerms, prepaid: Steps) -> PlanCosts:
    """Return what a plan's boxes would cost under these terms."""
    middle = middle_price(session, plan.portion_grams)
    return PlanCosts(
        middle,
        tuple(
            SizeCosts(
                each.size,
                price_steps(*_box(plan, each, prices, middle)),
                ahead_costs(each.price_cents, prepaid),
                _in_group(plan, each, prices, middle),
                range_of(each.price_cents, prices.pledge) if prices.pledge else None,
            )
            for each in plan.sizes
        ),
    )


def _in_group(
    plan: Plan, size: PlanSize, prices: PriceTerms, middle: int
) -> tuple[int, int] | None:
    if prices.group is None:
        return None
    box = price_box(*_box(plan, size, prices, middle), 0)
    priced = quote(Order(items=box.items, offs=(*box.offs, group_off(prices.group.off_bp))))
    return prices.group.people, priced.net


def ahead_costs(box_cents: int, prepaid: Sequence[Sequence[int]]) -> tuple[AheadCost, ...]:
    """Return what each number of boxes costs that can be paid at once."""
    return tuple(
        AheadCost(boxes, cents, round(cents / boxes), box_cents * boxes - cents)
        for boxes, off in prepaid
        for cents in [term_price(box_cents, boxes, off)]
    )


def _box(
    plan: Plan, size: PlanSize, prices: PriceTerms, middle: int
) -> tuple[BoxTerms, list[PricedLine]]:
    slots = size.size // plan.portion_grams if plan.size_kind is SizeKind.GRAMS else size.size
    terms = BoxTerms(
        pricing=plan.pricing,
        box_name="",
        price_cents=size.price_cents,
        slots=slots,
        tiers=tuple((units, off) for units, off in plan.tiers),
        spend_tiers=prices.spend_tiers,
        least_cents=prices.least_cents,
        progression=prices.progression,
    )
    return terms, [PricedLine("", "", slots, middle)]
