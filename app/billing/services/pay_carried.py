"""Pays rests that were carried over from somebody's credit, as far as it reaches."""

from sqlalchemy import select

from app.billing.carry_models import Carry, CarryEnd
from app.billing.models import Invoice
from app.billing.price_models import CreditBalance
from app.billing.services.move_credit import CARRIED, Movement, move_credit
from app.core.unit_of_work import UnitOfWork


def pay_carried(work: UnitOfWork, carry: Carry) -> bool:
    """Pay a locked rest that waits with the payer's credit; False where that is too little."""
    invoice = work.session.get_one(Invoice, carry.invoice_id)
    balance = work.session.scalar(
        select(CreditBalance.balance_cents)
        .where(CreditBalance.subscriber_id == invoice.subscriber_id)
        .with_for_update()
    )
    if carry.ended_at or carry.next_invoice_id or (balance or 0) < carry.amount_cents:
        return False
    reference = f"{CARRIED}:{invoice.id}"
    used = Movement(
        invoice.subscriber_id, -carry.amount_cents, CARRIED, reference, carry.invoice_id
    )
    move_credit(work, [used])
    carry.ended_at, carry.ended_by = work.now, CarryEnd.CREDIT
    work.session.flush()
    return True
