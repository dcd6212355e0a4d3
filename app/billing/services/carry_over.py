"""Carries what is too small to charge over to a subscription's next invoice, and back."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.billing.carry_models import Carry
from app.billing.carry_rules import Collected, collect, least_charge
from app.billing.models import Invoice
from app.billing.pricing_rules import LineKind, QuoteLine
from app.billing.rules import InvoiceDraft
from app.core.database import among
from app.core.job_names import Job
from app.core.unit_of_work import UnitOfWork

CARRIED_LINE = "Carried over from invoice"


@dataclass(frozen=True)
class Waiting:
    """A rest that waits: of which invoice, by its number, and how much."""

    invoice_id: uuid.UUID
    number: int
    cents: int


def waiting_for(
    work: UnitOfWork, subscription_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[Waiting]]:
    """Return the rests that wait for the next invoices of these subscriptions, locked."""
    rows = work.session.execute(
        select(Carry.subscription_id, Carry.invoice_id, Invoice.number, Carry.amount_cents)
        .join(Invoice, Invoice.id == Carry.invoice_id)
        .where(
            among(Carry.subscription_id, set(subscription_ids)),
            Carry.next_invoice_id.is_(None),
            Carry.ended_at.is_(None),
        )
        .order_by(Invoice.number)
        .with_for_update(of=Carry)
    )
    found: dict[uuid.UUID, list[Waiting]] = {}
    for subscription_id, invoice_id, number, cents in rows:
        found.setdefault(subscription_id, []).append(Waiting(invoice_id, number, cents))
    return found


def collected(work: UnitOfWork, draft: InvoiceDraft, waiting: Sequence[Waiting]) -> Collected:
    """Return how an invoice is collected; that of a term, on which boxes wait, always is."""
    least = 1 if draft.term_id else least_charge(work.shop.currency, work.shop.least_charge_cents)
    return collect(draft.priced().due, sum(each.cents for each in waiting), least)


def carried_lines(how: Collected, waiting: Sequence[Waiting]) -> list[QuoteLine]:
    """Return the lines that tell what an invoice brings in; they have neither net nor tax."""
    if not how.brought:
        return []
    return [
        QuoteLine(LineKind.CARRIED, f"{CARRIED_LINE} {each.number}", 1, each.cents)
        for each in waiting
    ]


def note_carried(
    work: UnitOfWork,
    issued: Mapping[uuid.UUID, tuple[InvoiceDraft, Collected, Sequence[Waiting]]],
) -> None:
    """Write down, for invoices just issued, what each of them leaves over and brings in."""
    left = [
        {
            "invoice_id": invoice_id,
            "subscription_id": draft.subscription_id,
            "amount_cents": how.carried,
            "carried_at": work.now,
        }
        for invoice_id, (draft, how, _) in issued.items()
        if how.carried
    ]
    if left:
        work.session.execute(insert(Carry), left)
        work.after_commit(Job.POST_CREDIT)
    for invoice_id, (_, how, waiting) in issued.items():
        if how.brought:
            work.session.execute(
                update(Carry)
                .where(Carry.invoice_id.in_([each.invoice_id for each in waiting]))
                .values(next_invoice_id=invoice_id)
            )


def return_carried(work: UnitOfWork, invoice: Invoice) -> None:
    """Let what an unpaid invoice brought in wait for the next one, since it is called off."""
    if invoice.brought_cents:
        work.session.execute(
            update(Carry).where(Carry.next_invoice_id == invoice.id).values(next_invoice_id=None)
        )
