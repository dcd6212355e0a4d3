"""Orders so many boxes ahead; what they cost is invoiced by whoever called."""

import uuid

from sqlalchemy import func, select

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.models import Subscription, Term
from app.subscriptions.rules import Pricing
from app.subscriptions.term_rules import TermRefusal, TermStatus, offer_of, term_price


def order_term(work: UnitOfWork, subscription: Subscription, boxes: int, renews: bool) -> Term:
    """Write down a term of `boxes` boxes at today's price, for a subscription under lock.

    The plan must offer it; what a plan always charges together needs no offer of its own.
    """
    plan = subscription.plan
    if plan.pricing is not Pricing.FIXED:
        raise Refused(TermRefusal.CONTENTS_VARY, field="boxes")
    off = offer_of(plan.prepaid, boxes)
    if off is None and boxes != plan.charge_every:
        raise Refused(TermRefusal.NOT_OFFERED, field="boxes")
    return write_term(work, subscription, boxes, (off or 0, renews))


def write_term(
    work: UnitOfWork, subscription: Subscription, boxes: int, terms: tuple[int, bool]
) -> Term:
    """Add the next term of a subscription; `terms` are basis points off and whether it renews."""
    off_bp, renews = terms
    last = work.session.scalar(
        select(func.max(Term.number)).where(Term.subscription_id == subscription.id)
    )
    term = Term(
        id=uuid.uuid4(),
        subscription_id=subscription.id,
        number=(last or 0) + 1,
        boxes=boxes,
        price_cents=term_price(subscription.price_cents, boxes, off_bp),
        currency=work.shop.currency,
        status=TermStatus.DUE,
        renews=renews,
        ordered_at=work.now,
    )
    work.session.add(term)
    work.session.flush()
    return term
