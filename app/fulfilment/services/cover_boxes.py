"""Lets boxes that lock take their instalments of what was paid ahead.

A box that nothing is left for is called off, so that nobody gets more than was agreed; a term
that renews is sold again with the first box after its last.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.bill_term import bill_term
from app.fulfilment.term_queries import OWING, counted_boxes
from app.subscriptions.models import Subscription, Term
from app.subscriptions.services.order_term import write_term
from app.subscriptions.term_rules import TermStatus, offer_of

NOTHING_LEFT = "no box is left of what was ordered"
Pair = tuple[Box, Subscription]


def cover_boxes(work: UnitOfWork, batch_id: uuid.UUID) -> None:
    """Give every box that was just locked its instalment; call off what is not owed."""
    for box, subscription in _locked(work, batch_id):
        if not _cover(work, box, subscription):
            box.status = BoxStatus.CANCELLED
            box.reason = NOTHING_LEFT
        work.session.flush()


def _locked(work: UnitOfWork, batch_id: uuid.UUID) -> Sequence[Pair]:
    """Return the boxes that were paid ahead or that belong to something which ends."""
    ahead = select(Term.id).where(Term.subscription_id == Subscription.id).exists()
    rows = work.session.execute(
        select(Box, Subscription)
        .join(Subscription, Subscription.id == Box.subscription_id)
        .where(
            Box.batch_id == batch_id,
            Box.status == BoxStatus.LOCKED,
            Box.term_id.is_(None),
            Box.invoice_id.is_(None),
            ahead | Subscription.ends_after.is_not(None),
        )
        .order_by(Subscription.number, Box.cycle)
        .execution_options(populate_existing=True)
    ).all()
    return [(box, subscription) for box, subscription in rows]


def _cover(work: UnitOfWork, box: Box, subscription: Subscription) -> bool:
    """Say whether the box is owed, and let it take its instalment where it is paid ahead."""
    terms = _terms(work, subscription.id)
    counted = counted_boxes(work.session, [subscription.id]).get(subscription.id, 0)
    if subscription.ends_after and counted > subscription.ends_after:
        return False
    if not terms:
        return True
    for term in terms:
        free = _free_instalment(work, term)
        if term.status in OWING and free:
            box.term_id, box.instalment = term.id, free
            return True
    if not terms[-1].renews:
        return False
    renewed = renew(work, subscription, terms[-1])
    bill_term(work, renewed, subscription, box)
    box.term_id, box.instalment = renewed.id, 1
    return True


def _terms(work: UnitOfWork, subscription_id: uuid.UUID) -> Sequence[Term]:
    return work.session.scalars(
        select(Term)
        .where(Term.subscription_id == subscription_id, Term.status != TermStatus.CANCELLED)
        .order_by(Term.number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _free_instalment(work: UnitOfWork, term: Term) -> int | None:
    """Return the lowest instalment that no box has taken."""
    used = set(work.session.scalars(select(Box.instalment).where(Box.term_id == term.id)))
    return next((each for each in range(1, term.boxes + 1) if each not in used), None)


def renew(work: UnitOfWork, subscription: Subscription, last: Term) -> Term:
    """Order as many boxes again, at what the subscription costs now."""
    off = offer_of(subscription.plan.prepaid, last.boxes) or 0
    return write_term(work, subscription, last.boxes, (off, last.renews))
