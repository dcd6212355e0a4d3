"""Adds and changes plans. What was agreed with subscribers before stays as it is."""

import uuid
from dataclasses import dataclass, field
from datetime import date, time

from sqlalchemy import select

from app.catalog.rules import SaleStatus
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.cooling_rules import LONGEST, CoolingRefusal
from app.subscriptions.models import Plan, PlanSize
from app.subscriptions.rules import (
    Billing,
    Cadence,
    CadenceUnit,
    Pricing,
    SizeKind,
    Start,
    SubscriptionRefusal,
)
from app.subscriptions.term_rules import (
    Arrears,
    PrepaidEnd,
    Proration,
    Rescheduling,
    TermRefusal,
)


@dataclass(frozen=True)
class PlanTerms:
    """How a plan's boxes are filled and paid for."""

    size_kind: SizeKind = SizeKind.UNITS
    portion_grams: int = 250
    pricing: Pricing = Pricing.FIXED
    tiers: tuple[tuple[int, int], ...] = ()
    takes: dict[str, object] = field(default_factory=dict)
    min_distinct: int = 1
    max_per_item: int = 1
    no_repeat: int = 1
    start: Start = Start.NEXT_OPEN
    start_grace_days: int | None = None
    billing: Billing = Billing.AT_LOCK
    bill_day: int | None = None


@dataclass(frozen=True)
class Selling:
    """How a plan is sold, beside its price; see `Plan` for what each of them means."""

    prepaid: tuple[tuple[int, int], ...] = ()
    prepaid_end: PrepaidEnd = PrepaidEnd.CHOOSE
    charge_every: int = 1
    rhythms: tuple[int, ...] = ()
    recount: bool = True
    rescheduling: Rescheduling = Rescheduling.ONE_OFF
    arrears: Arrears = Arrears.KEEP
    proration: Proration = Proration.BY_DAYS
    ends_after: int | None = None
    ends_on: date | None = None
    cooling_days: int = 0


@dataclass(frozen=True)
class PlanFields:
    """A plan as staff give it; `sizes` maps a size to its price in cents.

    Without `selling` it is sold as before.
    """

    code: str
    name: dict[str, str]
    cadence: Cadence
    cutoff_days: int
    sizes: dict[int, int]
    cutoff_time: time = time(23, 59, 59)
    about: dict[str, str] = field(default_factory=dict)
    terms: PlanTerms = field(default_factory=PlanTerms)
    status: SaleStatus = SaleStatus.ON_SALE
    selling: Selling | None = None


def save_plan(work: UnitOfWork, fields: PlanFields) -> Plan:
    """Add a plan, or change the one with this code."""
    _refuse_misfit(fields)
    plan = work.session.scalar(select(Plan).where(Plan.code == fields.code))
    selling = fields.selling or (selling_of(plan) if plan else Selling())
    refuse_selling(fields.terms.pricing, selling)
    if plan is None:
        plan = Plan(id=uuid.uuid4(), code=fields.code)
        work.session.add(plan)
    plan.name, plan.about = dict(fields.name), dict(fields.about)
    plan.unit, plan.every = fields.cadence.unit, fields.cadence.every
    plan.day = fields.cadence.day
    plan.cutoff_days, plan.cutoff_time = fields.cutoff_days, fields.cutoff_time
    plan.status = fields.status
    _set_terms(plan, fields.terms)
    if fields.selling is not None:
        set_selling(plan, fields.selling)
    known = {each.size: each for each in plan.sizes}
    plan.sizes = [
        _priced(known.get(size) or PlanSize(plan_id=plan.id, size=size), cents)
        for size, cents in sorted(fields.sizes.items())
    ]
    work.session.flush()
    return plan


def _refuse_misfit(fields: PlanFields) -> None:
    """Refuse terms under which somebody would pay for a box before the one before it ships."""
    shortest = (7 if fields.cadence.unit is CadenceUnit.WEEK else 28) * fields.cadence.every
    if fields.cutoff_days >= shortest:
        raise Refused(SubscriptionRefusal.CUTOFF_TOO_LONG, field="cutoff_days")
    terms = fields.terms
    if terms.start_grace_days is not None and not 0 <= terms.start_grace_days <= 60:
        raise Refused(SubscriptionRefusal.GRACE_TOO_LONG, field="start_grace_days")
    ahead = terms.billing is Billing.AHEAD
    if ahead and (terms.bill_day is None or terms.pricing is not Pricing.FIXED):
        raise Refused(SubscriptionRefusal.BILL_DAY_MISSING, field="bill_day")


def _set_terms(plan: Plan, terms: PlanTerms) -> None:
    plan.size_kind, plan.portion_grams = terms.size_kind, terms.portion_grams
    plan.pricing, plan.tiers = terms.pricing, [list(tier) for tier in terms.tiers]
    plan.takes = dict(terms.takes)
    plan.min_distinct, plan.max_per_item = terms.min_distinct, terms.max_per_item
    plan.no_repeat = terms.no_repeat
    plan.start, plan.start_grace_days = terms.start, terms.start_grace_days
    plan.billing, plan.bill_day = terms.billing, terms.bill_day


def refuse_selling(pricing: Pricing, selling: Selling) -> None:
    """Refuse offers that nobody could take up."""
    ahead = bool(selling.prepaid) or selling.charge_every > 1
    if ahead and pricing is not Pricing.FIXED:
        raise Refused(TermRefusal.CONTENTS_VARY, field="prepaid")
    fits = all(2 <= boxes <= 60 and 0 <= off < 10_000 for boxes, off in selling.prepaid)
    if any(not 1 <= every <= 52 for every in selling.rhythms):
        raise Refused(TermRefusal.BAD_RHYTHM, field="rhythms")
    if selling.ends_after is not None and selling.ends_after < 1:
        raise Refused(TermRefusal.BAD_END, field="ends_after")
    if not fits or len({boxes for boxes, _ in selling.prepaid}) < len(selling.prepaid):
        raise Refused(TermRefusal.BAD_OFFER, field="prepaid")
    if not 0 <= selling.cooling_days <= LONGEST:
        raise Refused(CoolingRefusal.BAD_DAYS, field="cooling_days")
    if not 1 <= selling.charge_every <= 60:
        raise Refused(TermRefusal.BAD_OFFER, field="charge_every")


def set_selling(plan: Plan, selling: Selling) -> None:
    """Write down how a plan is sold."""
    plan.prepaid = [list(offer) for offer in sorted(selling.prepaid)]
    plan.prepaid_end, plan.charge_every = selling.prepaid_end, selling.charge_every
    plan.rhythms, plan.recount = sorted(set(selling.rhythms)), selling.recount
    plan.rescheduling, plan.arrears = selling.rescheduling, selling.arrears
    plan.proration = selling.proration
    plan.ends_after, plan.ends_on = selling.ends_after, selling.ends_on
    plan.cooling_days = selling.cooling_days


def selling_of(plan: Plan) -> Selling:
    """Return how a plan is sold."""
    return Selling(
        prepaid=tuple((boxes, off) for boxes, off in plan.prepaid),
        prepaid_end=plan.prepaid_end,
        charge_every=plan.charge_every,
        rhythms=tuple(plan.rhythms),
        recount=plan.recount,
        rescheduling=plan.rescheduling,
        arrears=plan.arrears,
        proration=plan.proration,
        ends_after=plan.ends_after,
        ends_on=plan.ends_on,
        cooling_days=plan.cooling_days or 0,
    )


def _priced(size: PlanSize, cents: int) -> PlanSize:
    size.price_cents = cents
    return size
