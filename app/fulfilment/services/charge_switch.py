"""Charges, or credits, the days between a change of plan and the next box, on one invoice."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update

from app.billing.models import InvoiceLine
from app.billing.pricing_rules import LineKind
from app.core.clock import local_day
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.switch_models import SwitchCharge
from app.fulfilment.switch_queries import pending_switches
from app.subscriptions.models import Subscription
from app.subscriptions.queries import cycle_date
from app.subscriptions.rules import Cadence, Pricing, ship_date
from app.subscriptions.term_rules import Period, Proration, proration_cents

PAID = (BoxStatus.RELEASED, BoxStatus.SHIPPED)


@dataclass(frozen=True)
class PaidPeriod:
    """The days that the last paid box is for, at the price and in the rhythm of its time."""

    starts_on: date
    ends_on: date
    price_cents: int
    unit: str
    every: int


def paid_period(work: UnitOfWork, subscription: Subscription) -> PaidPeriod | None:
    """Return the period that somebody has paid for and that is not over, before a change."""
    plan = subscription.plan
    if plan.pricing is not Pricing.FIXED or subscription.anchor is None:
        return None
    last = work.session.scalars(
        select(Box)
        .where(
            Box.subscription_id == subscription.id,
            Box.status.in_(PAID),
            Box.term_id.is_(None),
        )
        .order_by(Box.cycle.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return None
    ends_on = cycle_date(subscription, last.cycle + 1)
    if not last.ships_on < ends_on or ends_on <= local_day(work.now, work.shop.zone):
        return None
    every = subscription.every or plan.every
    return PaidPeriod(last.ships_on, ends_on, subscription.price_cents, plan.unit, every)


def charge_switch(work: UnitOfWork, subscription: Subscription, paid: PaidPeriod) -> int:
    """Write down what a change that was just made costs until the next box; return the cents.

    It is days left × (new price a day − old price a day), on the price of this moment.
    """
    plan = subscription.plan
    if plan.proration is Proration.NONE or plan.pricing is not Pricing.FIXED:
        return 0
    days = (paid.ends_on - paid.starts_on).days
    left = min(days, (paid.ends_on - local_day(work.now, work.shop.zone)).days)
    new_days = days
    if (paid.unit, paid.every) != (plan.unit, plan.every):
        plain = Cadence(plan.unit, plan.every, paid.starts_on.day)
        new_days = (ship_date(plain, paid.starts_on, 1) - paid.starts_on).days
    old, new = Period(paid.price_cents, days), Period(subscription.price_cents, new_days)
    cents = proration_cents(old, new, left)
    if cents:
        work.session.add(
            SwitchCharge(subscription_id=subscription.id, cents=cents, days=left, made_at=work.now)
        )
        work.session.flush()
    return cents


def note_switches(work: UnitOfWork, invoices: Mapping[uuid.UUID, uuid.UUID]) -> None:
    """Write down which invoice carries which change of plan, by subscription.

    A credit that is larger than what it came off leaves its rest for the next invoice.
    """
    pending = pending_switches(work.session, set(invoices))
    for subscription_id, lines in pending.items():
        invoice_id = invoices[subscription_id]
        told: dict[str, int] = {
            text: cents
            for text, cents in work.session.execute(
                select(InvoiceLine.text, InvoiceLine.amount_cents).where(
                    InvoiceLine.invoice_id == invoice_id,
                    InvoiceLine.kind.in_([LineKind.BOX, LineKind.REDUCTION]),
                )
            )
        }
        for line in lines:
            if line.text in told:
                _carry(work, line.id, invoice_id, told[line.text])


def _carry(work: UnitOfWork, number: int, invoice_id: uuid.UUID, taken: int) -> None:
    row = work.session.get_one(SwitchCharge, number, with_for_update=True)
    rest = row.cents - taken
    work.session.execute(
        update(SwitchCharge)
        .where(SwitchCharge.id == number)
        .values(invoice_id=invoice_id, cents=taken)
    )
    if rest:
        work.session.add(
            SwitchCharge(
                subscription_id=row.subscription_id,
                cents=rest,
                days=row.days,
                made_at=row.made_at,
            )
        )
    work.session.flush()
