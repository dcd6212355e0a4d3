"""Prices and terms of plans: by the number of the box, ahead, in which rhythms, until when."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.billing.plan_cost_queries import SizeCosts, plan_costs
from app.core.unit_of_work import UnitOfWork
from app.people.rules import Scope
from app.subscriptions.price_term_rules import (
    MOST_PEOPLE,
    GroupTerms,
    PledgeTerms,
    PriceTerms,
    read_back,
)
from app.subscriptions.queries import plan_by_code
from app.subscriptions.services.offer_plan import offer_plan
from app.subscriptions.services.price_plan import price_plan
from app.subscriptions.services.save_plan import Selling, selling_of
from app.subscriptions.term_rules import Arrears, PrepaidEnd, Proration, Rescheduling
from app.web.api.chapter import Chapter
from app.web.api.plans import PlanPath
from app.web.api.shapes import GivenDay, Money, Price, Strict, Whole, shown

PLAN_TERMS = Chapter("Prices and terms", "What a plan's prices depend on, and how it is sold.")
Off = Annotated[int, Whole(0, 10_000)]


class Step(Strict):
    """From so many on, so much off, in basis points (1/100 %)."""

    start: Annotated[int, Whole(1, 10_000_000)]
    off_bp: Off


class SharedPrice(Strict):
    """From how many people in a group on the boxes of each are cheaper, in basis points."""

    people: Annotated[int, Whole(2, MOST_PEOPLE)]
    off_bp: Annotated[int, Whole(1, 9999)]


class PledgedPrice(Strict):
    """What may be pledged for a box, in basis points of its price, which is what we suggest.

    `target` is what the boxes of one shipping day must bring together; null is their prices.
    """

    floor_bp: Annotated[int, Whole(100, 10_000)]
    ceiling_bp: Annotated[int, Whole(10_000, 100_000)]
    target: Price | None = None


class PlanPrices(Strict):
    """Reductions by the number of the box; for boxes priced by contents also by their worth.

    `spend_tiers` start at cents of the shop's currency. `least` is what such a box costs at least.
    """

    model_config = shown(progression=[{"start": 4, "off_bp": 1000}], spend_tiers=[], least=None)

    progression: Annotated[list[Step], Field(max_length=12)]
    spend_tiers: list[Step] = Field(default_factory=list, max_length=12)
    least: Price | None = None
    group: SharedPrice | None = None
    pledge: PledgedPrice | None = None


class Ahead(Strict):
    """So many boxes that can be paid at once, and how much then comes off."""

    boxes: Annotated[int, Whole(2, 60)]
    off_bp: Annotated[int, Whole(0, 9999)]


class PlanSelling(Strict):
    """How a plan is sold; what was agreed with subscribers before stays.

    Nothing is charged on the day of sign-up and on the `cooling_days` after it.
    """

    model_config = shown(prepaid=[{"boxes": 6, "off_bp": 500}], rhythms=[1, 2])

    prepaid: list[Ahead] = Field(default_factory=list, max_length=20)
    prepaid_end: PrepaidEnd = PrepaidEnd.CHOOSE
    charge_every: Annotated[int, Whole(1, 60)] = 1
    rhythms: list[Annotated[int, Whole(1, 52)]] = Field(default_factory=list, max_length=20)
    recount: bool = True
    rescheduling: Rescheduling = Rescheduling.ONE_OFF
    arrears: Arrears = Arrears.KEEP
    proration: Proration = Proration.BY_DAYS
    ends_after: Annotated[int, Whole(1, 1000)] | None = None
    ends_on: GivenDay | None = None
    cooling_days: Annotated[int, Whole(0, 60)] = 0


class StepCost(Strict):
    """What boxes number `first` to `last` cost; null is all after."""

    first: int
    last: int | None
    price: Money


class AheadCost(Strict):
    """What so many boxes cost when they are paid at once, and what that saves."""

    boxes: int
    price: Money
    saved: Money


class SizeCost(Strict):
    """What the boxes of one size cost."""

    size: int
    steps: list[StepCost]
    ahead: list[AheadCost]


class PlanCosts(Strict):
    """What a plan's boxes cost, before tax and delivery.

    Boxes priced by their contents are reckoned with bags at `bag`, the price in the middle.
    """

    bag: Money
    sizes: list[SizeCost]


@PLAN_TERMS.get("/plans/<code>/prices", Scope.CATALOG_READ)
def get_plan_prices(work: UnitOfWork, path: PlanPath) -> PlanPrices:
    """Get what a plan's prices depend on besides its sizes."""
    terms = read_back(plan_by_code(work.session, path.code).price_terms)
    least = Price(amount=terms.least_cents, currency=work.shop.currency)
    return PlanPrices(
        progression=[Step(start=start, off_bp=off) for start, off in terms.progression],
        spend_tiers=[Step(start=start, off_bp=off) for start, off in terms.spend_tiers],
        least=least if terms.least_cents else None,
        group=SharedPrice(people=terms.group.people, off_bp=terms.group.off_bp)
        if terms.group
        else None,
        pledge=_pledged(terms.pledge, work.shop.currency) if terms.pledge else None,
    )


def _pledged(terms: PledgeTerms, currency: str) -> PledgedPrice:
    """Return the range of pledges in the API's words."""
    target = terms.target_cents
    return PledgedPrice(
        floor_bp=terms.floor_bp,
        ceiling_bp=terms.ceiling_bp,
        target=None if target is None else Price(amount=target, currency=currency),
    )


@PLAN_TERMS.put("/plans/<code>/prices", Scope.CATALOG_WRITE)
def put_plan_prices(work: UnitOfWork, path: PlanPath, body: PlanPrices) -> PlanPrices:
    """Set what a plan's prices depend on; steps that make boxes of subscribers dearer are refused.

    They hold for every box that is not frozen yet.
    """
    least = body.least.cents(work.shop.currency, "least") if body.least else 0
    terms = PriceTerms(
        progression=tuple((each.start, each.off_bp) for each in body.progression),
        spend_tiers=tuple((each.start, each.off_bp) for each in body.spend_tiers),
        least_cents=least,
        group=GroupTerms(body.group.people, body.group.off_bp) if body.group else None,
        pledge=_terms_of(body.pledge, work.shop.currency) if body.pledge else None,
    )
    price_plan(work, path.code, terms)
    return get_plan_prices(work, path)


def _terms_of(body: PledgedPrice, currency: str) -> PledgeTerms:
    """Return the range of pledges for a use case."""
    target = body.target.cents(currency, "pledge.target") if body.target else None
    return PledgeTerms(body.floor_bp, body.ceiling_bp, target)


@PLAN_TERMS.get("/plans/<code>/selling", Scope.CATALOG_READ)
def get_plan_selling(work: UnitOfWork, path: PlanPath) -> PlanSelling:
    """Get how a plan is sold."""
    selling = selling_of(plan_by_code(work.session, path.code))
    return PlanSelling(
        prepaid=[Ahead(boxes=boxes, off_bp=off) for boxes, off in selling.prepaid],
        prepaid_end=selling.prepaid_end,
        charge_every=selling.charge_every,
        rhythms=list(selling.rhythms),
        recount=selling.recount,
        rescheduling=selling.rescheduling,
        arrears=selling.arrears,
        proration=selling.proration,
        ends_after=selling.ends_after,
        ends_on=selling.ends_on,
        cooling_days=selling.cooling_days,
    )


@PLAN_TERMS.put("/plans/<code>/selling", Scope.CATALOG_WRITE)
def put_plan_selling(work: UnitOfWork, path: PlanPath, body: PlanSelling) -> PlanSelling:
    """Sell a plan in these ways from now on."""
    ends_on: date | None = body.ends_on
    selling = Selling(
        prepaid=tuple((each.boxes, each.off_bp) for each in body.prepaid),
        prepaid_end=body.prepaid_end,
        charge_every=body.charge_every,
        rhythms=tuple(body.rhythms),
        recount=body.recount,
        rescheduling=body.rescheduling,
        arrears=body.arrears,
        proration=body.proration,
        ends_after=body.ends_after,
        ends_on=ends_on,
        cooling_days=body.cooling_days,
    )
    offer_plan(work, path.code, selling)
    return get_plan_selling(work, path)


@PLAN_TERMS.get("/plans/<code>/costs", Scope.CATALOG_READ)
def get_plan_costs(work: UnitOfWork, path: PlanPath) -> PlanCosts:
    """Get what a plan's boxes cost by their number, and paid ahead."""
    plan = plan_by_code(work.session, path.code)
    prepaid = selling_of(plan).prepaid
    costs = plan_costs(work.session, plan, read_back(plan.price_terms), prepaid)
    currency = work.shop.currency
    return PlanCosts(
        bag=Money(amount=costs.middle_cents, currency=currency),
        sizes=[_size(each, currency) for each in costs.sizes],
    )


def _size(costs: SizeCosts, currency: str) -> SizeCost:
    """Return the costs of a size in the API's words."""
    return SizeCost(
        size=costs.size,
        steps=[
            StepCost(
                first=each.first,
                last=each.last,
                price=Money(amount=each.cents, currency=currency),
            )
            for each in costs.steps
        ],
        ahead=[
            AheadCost(
                boxes=each.boxes,
                price=Money(amount=each.cents, currency=currency),
                saved=Money(amount=each.saved_cents, currency=currency),
            )
            for each in costs.ahead
        ],
    )
