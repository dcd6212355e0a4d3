"""Brings what was too small to charge into the diary: as a receivable, and as a loss at the end."""

from datetime import timedelta

from sqlalchemy import or_, select

from app.billing.carry_models import Carry, CarryEnd
from app.billing.models import Invoice
from app.billing.services.pay_carried import pay_carried
from app.core.unit_of_work import UnitOfWork
from app.finance.credit_rules import partly_by_credit
from app.finance.rules import Postings, Source, Split, on_account, sale, write_off
from app.finance.services.post import EntryDraft, post_all
from app.subscriptions.models import Subscription
from app.subscriptions.rules import SubscriptionStatus

MOST = 1000


def post_carried(work: UnitOfWork) -> int:
    """Post the next invoices that were carried over whole; return how many."""
    rows = work.session.execute(
        select(Carry, Invoice)
        .join(Invoice, Invoice.id == Carry.invoice_id)
        .where(Carry.posted_at.is_(None))
        .order_by(Invoice.number)
        .limit(MOST)
        .with_for_update(of=Carry)
    ).all()
    drafts = []
    for carry, invoice in rows:
        sold = sale(Split(invoice.net_cents, invoice.tax_cents))
        left = on_account(partly_by_credit(sold, invoice.credit_cents), carry.amount_cents)
        drafts.append(_draft(invoice, Source.CARRIED, left, carry))
        carry.posted_at = work.now
    post_all(work, drafts)
    work.session.flush()
    return len(rows)


def give_up_carried(work: UnitOfWork) -> int:
    """Write off rests that no invoice will bring in any more; return how many.

    That is after the subscription ended, or after the shop's days for bad debt. Credit that the
    payer has pays them first.
    """
    while post_carried(work):
        pass
    rows = work.session.execute(
        select(Carry, Invoice)
        .join(Invoice, Invoice.id == Carry.invoice_id)
        .join(Subscription, Subscription.id == Carry.subscription_id)
        .where(
            Carry.next_invoice_id.is_(None),
            Carry.ended_at.is_(None),
            or_(
                Subscription.status.in_([SubscriptionStatus.CANCELLED, SubscriptionStatus.ENDED]),
                Carry.carried_at <= work.now - timedelta(days=work.shop.bad_debt_days),
            ),
        )
        .order_by(Invoice.number)
        .limit(MOST)
        .with_for_update(of=Carry)
    ).all()
    lost = [row for row in rows if not pay_carried(work, row[0])]
    for carry, _ in lost:
        carry.ended_at, carry.ended_by = work.now, CarryEnd.WRITTEN_OFF
    post_all(
        work,
        [_draft(bill, Source.WRITE_OFF, write_off(carry.amount_cents)) for carry, bill in lost],
    )
    work.session.flush()
    return len(rows)


def _draft(
    invoice: Invoice, source: Source, postings: Postings, carry: Carry | None = None
) -> EntryDraft:
    return EntryDraft(
        source=source,
        source_id=str(invoice.id),
        currency=invoice.currency,
        memo=f"Invoice {invoice.number}",
        postings=postings,
        subscription_id=invoice.subscription_id,
        invoice_id=invoice.id,
        happened_at=carry.carried_at if carry else None,
    )
