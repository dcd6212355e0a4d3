"""Moves credit: given, used for an invoice, given back; each once, and never below nothing."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.billing.models import Invoice, Payment, Refund
from app.billing.price_models import CreditBalance, CreditEntry, CreditToPost
from app.billing.rules import BillingRefusal, InvoiceStatus, RefundStatus
from app.core.job_names import Job
from app.core.money import share_of
from app.core.outbox import promise_letter
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork

USED, PAID_WHOLE, RETURNED = "used", "paid_whole", "returned"
GIVEN, VOUCHER, REFUNDED = "given", "voucher", "refunded"
CARRIED = "carried"
# What no payment and no other entry tells the ledger.
TOLD_APART = (GIVEN, REFUNDED, PAID_WHOLE, CARRIED)
LARGEST = 100_000_00


@dataclass(frozen=True)
class Movement:
    """Credit given (positive) or used (negative): to whom, why, and by which reference once."""

    subscriber_id: uuid.UUID
    amount_cents: int
    reason: str
    reference: str
    invoice_id: uuid.UUID | None = None
    tax_cents: int = 0
    note: str = ""


def give_credit(work: UnitOfWork, subscriber_id: uuid.UUID, cents: int, note: str = "") -> bool:
    """Give somebody credit out of kindness; the same request gives it once."""
    if isinstance(cents, bool) or not 0 < cents <= LARGEST:
        raise Refused(BillingRefusal.BAD_AMOUNT, field="amount_cents")
    reference = f"given:{subscriber_id}:{work.actor.request_id}"
    given = Movement(subscriber_id, cents, GIVEN, reference, note=note.strip())
    if not move_credit(work, [given]):
        return False
    balance = work.session.scalar(
        select(CreditBalance.balance_cents).where(CreditBalance.subscriber_id == subscriber_id)
    )
    promise_letter(
        work,
        "credit_given",
        reference,
        subscriber_id,
        amount_cents=cents,
        balance_cents=balance,
        currency=work.shop.currency,
        note=given.note or None,
    )
    return True


def move_credit(work: UnitOfWork, movements: Sequence[Movement]) -> set[str]:
    """Write movements down and bring the balances with them; return the references that are new.

    Whoever uses more than they have is stopped by the database.
    """
    wanted = sorted((each for each in movements if each.amount_cents), key=_order)
    if not wanted:
        return set()
    people = {each.subscriber_id for each in wanted}
    work.session.execute(
        insert(CreditBalance).on_conflict_do_nothing(),
        [{"subscriber_id": person} for person in sorted(people)],
    )
    rows = work.session.execute(
        insert(CreditEntry)
        .on_conflict_do_nothing()
        .returning(CreditEntry.id, CreditEntry.reference, CreditEntry.reason),
        [{**vars(each), "at": work.now} for each in wanted],
    ).all()
    fresh = {row.reference for row in rows}
    for each in wanted:
        if each.reference in fresh:
            work.session.execute(
                update(CreditBalance)
                .where(CreditBalance.subscriber_id == each.subscriber_id)
                .values(balance_cents=CreditBalance.balance_cents + each.amount_cents)
            )
    _ring(work, [row.id for row in rows if row.reason in TOLD_APART])
    return fresh


def return_credit(work: UnitOfWork, invoice: Invoice) -> None:
    """Give back the credit that an unpaid invoice had taken, since it is called off."""
    if invoice.credit_cents:
        reference = f"{RETURNED}:{invoice.id}"
        owner = _owner(work, invoice)
        move_credit(work, [Movement(owner, invoice.credit_cents, RETURNED, reference, invoice.id)])


def refund_as_credit(work: UnitOfWork, invoice: Invoice, cents: int | None, reference: str) -> int:
    """Give a paid, locked invoice back as credit, all that is left for None; return how much.

    What is on its way back to the card is not given back a second time.
    """
    if invoice.status not in (InvoiceStatus.PAID, InvoiceStatus.REFUNDED):
        raise Refused(BillingRefusal.NOT_PAID)
    known = work.session.scalar(
        select(CreditEntry.amount_cents).where(CreditEntry.reference == reference)
    )
    if known is not None:
        return known
    left = invoice.total_cents - invoice.refunded_cents - on_its_way(work, invoice.id)
    wanted = left if cents is None else cents
    if isinstance(wanted, bool) or wanted <= 0:
        raise Refused(BillingRefusal.BAD_AMOUNT, field="amount_cents")
    if wanted > left:
        raise Refused(BillingRefusal.TOO_MUCH, offer=left, field="amount_cents")
    tax = _tax_part(invoice, wanted)
    owner = _owner(work, invoice)
    move_credit(work, [Movement(owner, wanted, REFUNDED, reference, invoice.id, tax)])
    invoice.refunded_cents += wanted
    if invoice.refunded_cents == invoice.total_cents:
        invoice.status = InvoiceStatus.REFUNDED
    work.session.flush()
    return wanted


def on_its_way(work: UnitOfWork, invoice_id: uuid.UUID) -> int:
    """Return what was asked for and is not settled: `refunded_cents` does not hold it yet."""
    waiting = (RefundStatus.DUE, RefundStatus.PENDING)
    total = work.session.scalar(
        select(func.coalesce(func.sum(Refund.amount_cents), 0))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.invoice_id == invoice_id, Refund.status.in_(waiting))
    )
    return int(total or 0)


def _tax_part(invoice: Invoice, cents: int) -> int:
    """Return the tax in the next `cents` that are given back, by the running sum."""
    before, whole = invoice.refunded_cents, invoice.total_cents
    upto = share_of(before + cents, invoice.tax_cents, whole)
    return upto - share_of(before, invoice.tax_cents, whole)


def _owner(work: UnitOfWork, invoice: Invoice) -> uuid.UUID:
    """Return whose credit an invoice used; whoever it was issued to if it used none."""
    used = work.session.scalar(
        select(CreditEntry.subscriber_id).where(CreditEntry.reference == f"{USED}:{invoice.id}")
    )
    return used or invoice.subscriber_id


def _order(each: Movement) -> tuple[str, str]:
    return str(each.subscriber_id), each.reference


def _ring(work: UnitOfWork, entries: Sequence[int]) -> None:
    if entries:
        rows = [{"credit_entry_id": entry} for entry in entries]
        work.session.execute(insert(CreditToPost), rows)
        work.after_commit(Job.POST_CREDIT)
