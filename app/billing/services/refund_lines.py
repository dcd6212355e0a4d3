"""Give back single lines of an invoice, whole or in part: each never beyond what it was paid."""

import uuid
from collections.abc import Mapping

from sqlalchemy import select

from app.billing.models import Invoice, LineBack, Refund
from app.billing.payment_queries import paid_lines
from app.billing.refund_rules import LineBack as Part
from app.billing.refund_rules import PaidLine, refund_by_line
from app.billing.rules import BillingRefusal
from app.billing.services.ask_refund import ask_refund
from app.billing.services.move_credit import refund_as_credit
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork

# The place of a line on its invoice, and the cents wanted of it; None means all that is left.
Wanted = Mapping[int, int | None]


def refund_lines(
    work: UnitOfWork, invoice: Invoice, wanted: Wanted, reason: str, reference: str
) -> Refund:
    """Ask for the money of some lines; the same reference is the same refund."""
    known = work.session.scalars(select(Refund).where(Refund.reference == reference)).one_or_none()
    if known is not None:
        return known
    parts = _parts(work, invoice, wanted)
    refund = ask_refund(
        work, invoice.id, sum(part.gross_cents for part in parts.values()), reason, reference
    )
    refund.tax_cents = sum(part.tax_cents for part in parts.values())
    _note(work, invoice, parts, refund.id)
    return refund


def lines_as_credit(work: UnitOfWork, invoice: Invoice, wanted: Wanted, reference: str) -> int:
    """Give some lines back as credit; return how many cents. The same reference gives once."""
    parts = _parts(work, invoice, wanted)
    before = invoice.refunded_cents
    cents = refund_as_credit(
        work, invoice, sum(part.gross_cents for part in parts.values()), reference
    )
    if invoice.refunded_cents != before:
        _note(work, invoice, parts, None)
    return cents


def _parts(work: UnitOfWork, invoice: Invoice, wanted: Wanted) -> dict[int, Part]:
    left = {
        line.position: PaidLine(line.net_cents, line.tax_cents, line.back_cents)
        for line in paid_lines(work.session, invoice.id)
    }
    if not wanted or not set(wanted) <= set(left):
        raise Refused(BillingRefusal.UNKNOWN_LINE, field="lines")
    places = list(left)
    asked: dict[int, int] = {}
    for position, cents in wanted.items():
        most = left[position].left_cents
        amount = most if cents is None else cents
        if isinstance(cents, bool) or (cents is not None and cents <= 0):
            raise Refused(BillingRefusal.BAD_AMOUNT, field="lines")
        if not 0 < amount <= most:
            raise Refused(BillingRefusal.LINE_TOO_MUCH, offer=most, field="lines")
        asked[places.index(position)] = amount
    found = refund_by_line(list(left.values()), asked)
    return {places[at]: part for at, part in found.items()}


def _note(
    work: UnitOfWork, invoice: Invoice, parts: Mapping[int, Part], refund_id: uuid.UUID | None
) -> None:
    work.session.add_all(
        LineBack(
            invoice_id=invoice.id,
            position=position,
            refund_id=refund_id,
            net_cents=part.net_cents,
            tax_cents=part.tax_cents,
        )
        for position, part in parts.items()
    )
    work.session.flush()
