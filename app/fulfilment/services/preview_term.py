"""Says what boxes ordered ahead at sign-up cost, by starting them; the caller undoes that."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.billing.pricing_rules import LineKind
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.services.activate_subscription import activate_subscription
from app.fulfilment.services.bill_term import quote_term
from app.subscriptions.models import Term


@dataclass(frozen=True)
class TermPreview:
    """What is charged once for `boxes` boxes, in cents; `again` says that as many follow."""

    boxes: int
    boxes_cents: int
    delivery_cents: int
    tax_cents: int
    total_cents: int
    inclusive: bool
    again: bool


def preview_term(work: UnitOfWork, subscription_id: uuid.UUID) -> TermPreview | None:
    """Return what a subscription that waits for its card has ordered ahead; None for nothing.

    `work` must be a rehearsal.
    """
    term = work.session.scalars(
        select(Term).where(Term.subscription_id == subscription_id, Term.number == 1)
    ).one_or_none()
    if term is None:
        return None
    subscription = activate_subscription(work, subscription_id)
    first = work.session.scalars(
        select(Box).where(Box.subscription_id == subscription_id).order_by(Box.cycle).limit(1)
    ).one_or_none()
    if first is None:
        return None
    priced = quote_term(work, term, subscription, first)
    return TermPreview(
        boxes=term.boxes,
        boxes_cents=term.price_cents,
        delivery_cents=sum(
            each.amount_cents - each.discount_cents
            for each in priced.lines
            if each.kind is LineKind.SHIPPING
        ),
        tax_cents=priced.tax,
        total_cents=priced.total,
        inclusive=priced.inclusive,
        again=term.renews,
    )
