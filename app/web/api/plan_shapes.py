"""Plans in the API's words."""

from datetime import time
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from app.billing.dunning_rules import DunningTerms, EndAction
from app.catalog.rules import Roast, SaleStatus
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.rules import Billing, Cadence, CadenceUnit, Pricing, SizeKind, Start
from app.subscriptions.services.save_plan import PlanFields, PlanTerms
from app.web.api.shapes import (
    Cents,
    Id,
    InputRefusal,
    Money,
    Names,
    Price,
    Strict,
    Texts,
    Whole,
    shown,
)

Wall = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$")]


class CadenceShape(Strict):
    """Every so many weeks on an ISO weekday (1 Monday), or months on a day of the month."""

    model_config = shown(unit="week", every=2, day=3)

    unit: CadenceUnit
    every: Annotated[int, Whole(1, 52)] = 1
    day: Annotated[int, Whole(1, 31)]


class SizeIn(Strict):
    """A size of a plan, in units or grams, and its price a box."""

    size: Annotated[int, Whole(1, 100_000)]
    price: Price


class Size(Strict):
    """A size of a plan and its price a box."""

    size: int
    price: Money


class Tier(Strict):
    """From so many units on, so much off, in basis points (1/100 %)."""

    units: Annotated[int, Whole(1, 1000)]
    off_bp: Annotated[int, Whole(0, 10_000)]


class Takes(Strict):
    """What may be in the boxes of a plan; nothing given admits everything on sale."""

    roast: Annotated[list[Roast], Field(min_length=1, max_length=3)] | None = None
    max_price_cents: Cents | None = None
    max_value_cents: Cents | None = None
    max_per_roaster: Annotated[int, Whole(1, 100)] | None = None


class PlanIn(Strict):
    """A plan. A cut-off is local time, so many days before the box ships."""

    model_config = shown(
        name={"en": "Weekly box", "zh-CN": "每周一盒"},
        cadence={"unit": "week", "every": 1, "day": 3},
        cutoff_days=3,
        cutoff_time="23:59:59",
        sizes=[{"size": 2, "price": {"amount": 3000, "currency": "USD"}}],
        min_distinct=2,
        max_per_item=2,
    )

    name: Names
    about: Texts = Field(default_factory=dict)
    cadence: CadenceShape
    cutoff_days: Annotated[int, Whole(0, 60)]
    cutoff_time: Wall = "23:59:59"
    sizes: Annotated[list[SizeIn], Field(min_length=1, max_length=20)]
    size_kind: SizeKind = SizeKind.UNITS
    portion_grams: Annotated[int, Whole(1, 100_000)] = 250
    pricing: Pricing = Pricing.FIXED
    tiers: list[Tier] = Field(default_factory=list, max_length=20)
    takes: Takes = Takes()
    min_distinct: Annotated[int, Whole(1, 100)] = 1
    max_per_item: Annotated[int, Whole(1, 100)] = 1
    no_repeat: Annotated[int, Whole(0, 24)] = 1
    start: Start = Start.NEXT_OPEN
    start_grace_days: Annotated[int, Whole(0, 60)] | None = None
    billing: Billing = Billing.AT_LOCK
    bill_day: Annotated[int, Whole(1, 31)] | None = None
    status: SaleStatus = SaleStatus.ON_SALE


class Plan(Strict):
    """A plan as it is offered."""

    id: Id
    code: str
    name: dict[str, str]
    about: dict[str, str]
    cadence: CadenceShape
    cutoff_days: int
    cutoff_time: str
    sizes: list[Size]
    size_kind: SizeKind
    portion_grams: int
    pricing: Pricing
    tiers: list[Tier]
    takes: dict[str, object]
    min_distinct: int
    max_per_item: int
    no_repeat: int
    start: Start
    start_grace_days: int | None
    billing: Billing
    bill_day: int | None
    status: SaleStatus


class UnpaidTerms(Strict):
    """What happens to unpaid boxes: days of further tries after the first decline, and the end.

    Null for `cancel_after_days` lets a pause last; null for `late_days` lets a box be paid until
    the cut-off of the next one.
    """

    model_config = shown(
        days=[1, 3, 5], end="pause", after_unpaid=2, cancel_after_days=60, late_days=None
    )

    days: Annotated[list[Annotated[int, Whole(1, 60)]], Field(max_length=12)]
    end: EndAction
    after_unpaid: Annotated[int, Whole(1, 12)] = 2
    cancel_after_days: Annotated[int, Whole(1, 730)] | None = None
    late_days: Annotated[int, Whole(0, 60)] | None = None


def unpaid_terms_of(body: UnpaidTerms) -> DunningTerms:
    """Return terms for a use case."""
    return DunningTerms(
        days=tuple(body.days),
        end=body.end,
        after_unpaid=body.after_unpaid,
        cancel_after_days=body.cancel_after_days,
        late_days=body.late_days,
    )


def shown_terms(terms: DunningTerms) -> UnpaidTerms:
    """Return terms in the API's words."""
    return UnpaidTerms(
        days=list(terms.days),
        end=terms.end,
        after_unpaid=terms.after_unpaid,
        cancel_after_days=terms.cancel_after_days,
        late_days=terms.late_days,
    )


SAME = (
    "id",
    "code",
    "name",
    "about",
    "cutoff_days",
    "size_kind",
    "portion_grams",
    "pricing",
    "takes",
    "min_distinct",
    "max_per_item",
    "no_repeat",
    "start",
    "start_grace_days",
    "billing",
    "bill_day",
    "status",
)


def fields_of(body: PlanIn, code: str, currency: str) -> PlanFields:
    """Return a plan for a use case; refuse one whose parts do not fit together."""
    refuse_odd(body)
    return PlanFields(
        code=code,
        name=body.name,
        cadence=Cadence(body.cadence.unit, body.cadence.every, body.cadence.day),
        cutoff_days=body.cutoff_days,
        sizes={each.size: each.price.cents(currency, "sizes") for each in body.sizes},
        cutoff_time=time.fromisoformat(body.cutoff_time),
        about=body.about,
        terms=terms_of(body),
        status=body.status,
    )


def refuse_odd(body: PlanIn) -> None:
    """Refuse sizes that come twice or hold no whole portions, and a weekday that is none."""
    sizes = [each.size for each in body.sizes]
    if len(set(sizes)) < len(sizes):
        raise Refused(InputRefusal.WRONG_SIZE, field="sizes")
    portions = body.size_kind is SizeKind.GRAMS
    if portions and any(size % body.portion_grams for size in sizes):
        raise Refused(InputRefusal.NO_PORTIONS, field="sizes")
    if body.cadence.unit is CadenceUnit.WEEK and body.cadence.day > 7:
        raise Refused(InputRefusal.NO_WEEKDAY, field="cadence.day")
    if body.billing is Billing.AHEAD and body.bill_day is None:
        raise Refused(InputRefusal.NO_BILL_DAY, field="bill_day")


def terms_of(body: PlanIn) -> PlanTerms:
    """Return how a plan's boxes are filled and paid for."""
    return PlanTerms(
        size_kind=body.size_kind,
        portion_grams=body.portion_grams,
        pricing=body.pricing,
        tiers=tuple((each.units, each.off_bp) for each in body.tiers),
        takes=body.takes.model_dump(mode="json", exclude_none=True),
        min_distinct=body.min_distinct,
        max_per_item=body.max_per_item,
        no_repeat=body.no_repeat,
        start=body.start,
        start_grace_days=body.start_grace_days,
        billing=body.billing,
        bill_day=body.bill_day,
    )


def shown_plan(work: UnitOfWork, plan: Any) -> Plan:
    """Return a plan in the API's words."""
    currency = work.shop.currency
    return Plan(
        **{name: getattr(plan, name) for name in SAME},
        cadence=CadenceShape(unit=plan.unit, every=plan.every, day=plan.day),
        cutoff_time=plan.cutoff_time.isoformat(),
        sizes=[
            Size(size=each.size, price=Money(amount=each.price_cents, currency=currency))
            for each in plan.sizes
        ],
        tiers=[Tier(units=units, off_bp=off) for units, off in plan.tiers],
    )
