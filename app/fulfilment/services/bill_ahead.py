"""Charges boxes of plans that are paid ahead, on their day, before anything is composed."""

from sqlalchemy import select

from app.billing.rules import InvoiceDraft
from app.billing.services.issue_invoices import issue_invoices
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.outcome import terms_of
from app.fulfilment.price_queries import price_book
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.charge_switch import note_switches
from app.fulfilment.services.hold_add_ons import hold_add_ons
from app.subscriptions.models import Subscription
from app.subscriptions.rules import SubscriptionStatus


def bill_ahead(work: UnitOfWork) -> int:
    """Invoice every open box whose bill is due; return how many."""
    pairs = work.session.execute(
        select(Box, Subscription)
        .join(Subscription, Subscription.id == Box.subscription_id)
        .where(
            Box.bill_at <= work.now,
            Box.invoice_id.is_(None),
            Box.status == BoxStatus.PLANNED,
            Subscription.status == SubscriptionStatus.ACTIVE,
        )
        .order_by(Box.number)
        .with_for_update(of=Box, skip_locked=True)
    ).all()
    if not pairs:
        return 0
    hold_add_ons(work, [box for box, _ in pairs])
    book = price_book(work, [(box, subscription) for box, subscription in pairs], True)
    due = [pair for pair in pairs if not book.facts[pair[0].id].covered]
    for box, _ in pairs:
        # What was paid ahead with others is settled when the box locks.
        box.bill_at = None if book.facts[box.id].covered else box.bill_at
    drafts = [
        InvoiceDraft(
            subscription_id=subscription.id,
            subscriber_id=subscription.paid_by,
            cycle=box.cycle,
            ships_on=box.ships_on,
            quote=book.price(box.id, terms_of(subscription, box), (), 0),
            discount_ids=book.facts[box.id].discount_ids,
            credit_of=subscription.paid_by,
        )
        for box, subscription in due
    ]
    issued = issue_invoices(work, drafts)
    for box, subscription in due:
        box.invoice_id = issued[subscription.id, box.cycle]
        note_switches(work, {subscription.id: issued[subscription.id, box.cycle]})
    work.session.flush()
    return len(due)
