"""Invoices the boxes that are paid ahead: what they cost together, with tax, on the day of sale."""

import uuid

from app.billing.pricing_rules import Delivery, Item, LineKind, Order, Quote, quote
from app.billing.rules import InvoiceDraft
from app.billing.services.issue_invoices import issue_term_invoice
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.outcome import english
from app.fulfilment.price_queries import price_book
from app.subscriptions.models import Subscription, Term


def bill_term(work: UnitOfWork, term: Term, subscription: Subscription, box: Box) -> uuid.UUID:
    """Issue the invoice of a term, once; `box` is the first that it is for.

    It is collected like any other; boxes of the term may not leave before it is paid.
    """
    draft = InvoiceDraft(
        subscription_id=subscription.id,
        subscriber_id=subscription.paid_by,
        term_id=term.id,
        ships_on=box.ships_on,
        quote=quote_term(work, term, subscription, box),
    )
    return issue_term_invoice(work, draft)


def quote_term(work: UnitOfWork, term: Term, subscription: Subscription, box: Box) -> Quote:
    """Price a term: its boxes and their delivery, taxed as its first box would be."""
    facts = price_book(work, [(box, subscription)], at_once=True).facts[box.id]
    name = f"{english(subscription.plan.name)}: {term.boxes} boxes"
    item = Item(LineKind.BOX, name, 1, term.price_cents, facts.tax_bp)
    return quote(
        Order(
            items=(item,),
            delivery=_together(facts.delivery, term.boxes),
            inclusive=facts.inclusive,
            exempt=facts.exempt,
        )
    )


def _together(delivery: Delivery | None, boxes: int) -> Delivery | None:
    """Return what sending so many boxes costs: free if sending one of them would be."""
    if delivery is None:
        return None
    free_from = delivery.free_from_cents
    return Delivery(
        delivery.text,
        delivery.cents * boxes,
        None if free_from is None else free_from * boxes,
        delivery.tax_bp,
    )
