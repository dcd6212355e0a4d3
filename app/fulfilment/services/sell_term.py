"""Sells boxes ahead to somebody who subscribes already, or to whoever starts now."""

import uuid

from sqlalchemy import select

from app.core.outbox import promise_letter
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.bill_term import bill_term
from app.fulfilment.services.plan_cycles import drop_surplus, plan_cycles
from app.fulfilment.term_queries import open_terms, standings
from app.subscriptions.cooling_queries import first_charges
from app.subscriptions.models import Subscription, Term
from app.subscriptions.queries import own_subscription
from app.subscriptions.rules import SubscriptionRefusal, SubscriptionStatus
from app.subscriptions.services.order_term import order_term
from app.subscriptions.term_rules import TermRefusal, TermStatus


def sell_term(
    work: UnitOfWork,
    subscriber_id: uuid.UUID,
    subscription_id: uuid.UUID,
    boxes: int,
    renews: bool = False,
) -> Term:
    """Sell the next `boxes` boxes at once and invoice them; they are charged right away.

    Boxes that are packed already keep their own invoices.
    """
    subscription = own_subscription(work.session, subscriber_id, subscription_id, lock=True)
    if subscription.status is not SubscriptionStatus.ACTIVE:
        raise Refused(SubscriptionRefusal.NOT_ACTIVE)
    ahead = standings(work.session, [subscription.id]).get(subscription.id)
    if ahead and (ahead.left or ahead.renews):
        raise Refused(TermRefusal.ALREADY_AHEAD, field="boxes")
    term = order_term(work, subscription, boxes, renews)
    first = work.session.scalars(
        select(Box)
        .where(
            Box.subscription_id == subscription.id,
            Box.status == BoxStatus.PLANNED,
            Box.invoice_id.is_(None),
        )
        .order_by(Box.cycle)
        .limit(1)
    ).one()
    bill_term(work, term, subscription, first)
    drop_surplus(work, subscription)
    tell_term(work, term, subscription)
    return term


def bill_first_term(work: UnitOfWork, subscription: Subscription) -> None:
    """Invoice what somebody ordered when they signed up, now that their boxes are planned."""
    term = work.session.scalars(
        select(Term).where(
            Term.subscription_id == subscription.id,
            Term.number == 1,
            Term.status == TermStatus.DUE,
        )
    ).one_or_none()
    if term is None:
        return
    box = work.session.scalars(
        select(Box).where(Box.subscription_id == subscription.id).order_by(Box.cycle).limit(1)
    ).one()
    bill_term(work, term, subscription, box)
    tell_term(work, term, subscription)


def tell_term(work: UnitOfWork, term: Term, subscription: Subscription) -> None:
    """Promise the receipt of an order of boxes ahead to whoever pays it."""
    waits = first_charges(work.session, {subscription.id}, work.now).get(subscription.id)
    promise_letter(
        work,
        "term_ordered_ahead" if waits else "term_ordered",
        str(term.id),
        subscription.paid_by,
        plan=subscription.plan.name,
        subscription_number=subscription.number,
        boxes=term.boxes,
        amount_cents=term.price_cents,
        currency=term.currency,
        again=term.boxes if term.renews else None,
        charged_on=waits.isoformat() if waits else None,
    )


def set_renewal(
    work: UnitOfWork, subscriber_id: uuid.UUID, subscription_id: uuid.UUID, renews: bool
) -> None:
    """Say whether boxes are paid ahead again after the last of them."""
    subscription = own_subscription(work.session, subscriber_id, subscription_id, lock=True)
    terms = open_terms(work.session, subscription.id)
    if not terms:
        raise Refused(TermRefusal.NOT_AHEAD)
    last = work.session.get_one(Term, terms[-1].id, with_for_update=True)
    last.renews = renews
    work.session.flush()
    drop_surplus(work, subscription)
    plan_cycles(work, [subscription.id])
