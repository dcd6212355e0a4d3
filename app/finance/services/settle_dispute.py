"""Write down how a dispute stands: its money, the hold on boxes, the task for the staff."""

import uuid

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.billing.models import Invoice, Payment
from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.finance.dispute_rules import (
    DECIDED,
    IN_OUR_FAVOUR,
    RANK,
    DisputeStatus,
    Held,
    lost,
    moved,
)
from app.finance.models import Dispute
from app.finance.ports import DisputeFacts
from app.finance.rules import Postings, Source
from app.finance.services.post import EntryDraft, post, postings_of
from app.finance.services.tell_finance import tell_dispute
from app.fulfilment.services.keep_back import Cause, keep_back, let_go

CAUSE = "dispute"
REASON = "a payment is disputed"


def settle_dispute(work: UnitOfWork, facts: DisputeFacts) -> bool:
    """Take a dispute on to what the provider says of it; False if its payment is not known here.

    Each movement of money is written once, whatever the order of the news; an older status never
    takes a newer one back.
    """
    found = work.session.execute(
        select(Payment.id, Invoice)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Payment.provider_id == facts.provider_payment_id)
    ).one_or_none()
    if found is None:
        return False
    payment_id, invoice = found
    fresh, row = _row(work, facts, payment_id)
    _move_on(work, row, facts)
    _write_entries(work, row, invoice, facts)
    _mind_boxes(work, row, invoice)
    tell_dispute(work, row, invoice)
    if fresh:
        _tell_staff(work, row, invoice)
    work.session.flush()
    return True


def _row(work: UnitOfWork, facts: DisputeFacts, payment_id: uuid.UUID) -> tuple[bool, Dispute]:
    """Return whether a dispute is new, and its row, locked."""
    fresh = work.session.execute(
        insert(Dispute)
        .values(
            provider_id=facts.provider_id,
            payment_id=payment_id,
            amount_cents=facts.amount_cents,
            currency=facts.currency,
            reason=facts.reason,
            status=facts.status,
            opened_at=facts.opened_at,
            due_by=facts.due_by,
        )
        .on_conflict_do_nothing()
        .returning(Dispute.id)
    ).all()
    row = work.session.scalars(
        select(Dispute)
        .where(Dispute.provider_id == facts.provider_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return bool(fresh), row


def _move_on(work: UnitOfWork, row: Dispute, facts: DisputeFacts) -> None:
    if RANK[facts.status] < RANK[row.status]:
        return
    if row.status is not facts.status and RANK[facts.status] > RANK[row.status]:
        row.status = facts.status
    row.amount_cents = facts.amount_cents
    row.reason = facts.reason
    row.due_by = facts.due_by
    if row.status in DECIDED and row.closed_at is None:
        row.closed_at = work.now


def _write_entries(work: UnitOfWork, row: Dispute, invoice: Invoice, facts: DisputeFacts) -> None:
    """Post every movement once, and the loss once the dispute is lost."""
    gone = bool(postings_of(work, Source.DISPUTE_LOST, row.provider_id))
    for each in facts.movements:
        written = moved(each.gross_cents, each.fee_cents, Held(0, gone))
        _post(work, invoice, row, (Source.DISPUTE, each.id), written)
    held = Held(facts.held_cents, gone)
    if row.status is DisputeStatus.LOST and held.cents and not gone:
        _post(work, invoice, row, (Source.DISPUTE_LOST, row.provider_id), lost(held))


def _post(
    work: UnitOfWork,
    invoice: Invoice,
    row: Dispute,
    cause: tuple[Source, str],
    postings: Postings,
) -> None:
    post(
        work,
        EntryDraft(
            source=cause[0],
            source_id=cause[1],
            currency=row.currency,
            memo=f"Dispute of invoice {invoice.number}",
            postings=postings,
            subscription_id=invoice.subscription_id,
            invoice_id=invoice.id,
        ),
    )


def _mind_boxes(work: UnitOfWork, row: Dispute, invoice: Invoice) -> None:
    """Keep the subscription's boxes back while the dispute is open; let go when we were right."""
    cause = Cause(CAUSE, row.provider_id)
    if row.status in IN_OUR_FAVOUR:
        let_go(work, cause)
    else:
        keep_back(work, invoice.subscription_id, cause, REASON)


def _tell_staff(work: UnitOfWork, row: Dispute, invoice: Invoice) -> None:
    promise_letter(
        work,
        "dispute_opened",
        row.provider_id,
        None,
        dispute_id=str(row.id),
        invoice_id=str(invoice.id),
        invoice_number=invoice.number,
        amount_cents=row.amount_cents,
        currency=row.currency,
        reason=row.reason,
        due_by=row.due_by.isoformat() if row.due_by else None,
    )
