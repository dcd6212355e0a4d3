"""Gives money back for a box as staff wish it: an amount or lines, to the card or as credit."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from app.billing.models import Invoice, InvoiceLine
from app.billing.rules import InvoiceStatus
from app.billing.services.move_credit import refund_as_credit
from app.billing.services.payment_letters import promise_invoice_letter
from app.billing.services.refund_lines import lines_as_credit, refund_lines
from app.catalog.models import Sku
from app.catalog.services.move_stock import count_stock
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box, BoxLine
from app.fulfilment.queries import any_box
from app.fulfilment.rules import BoxRefusal, BoxStatus
from app.fulfilment.services.refund_box import CALLED_BACK, refund_box
from app.fulfilment.services.void_box import void_boxes


@dataclass(frozen=True)
class RefundWish:
    """How a box is given back: all that is left unless an amount or lines are named.

    `lines` maps a line's place on the invoice to cents, None for all that is left of it. With
    `restock` what came back with the box, or with those lines, is put on the shelf again.
    """

    amount_cents: int | None = None
    lines: Mapping[int, int | None] = field(default_factory=dict)
    as_credit: bool = False
    restock: bool = False
    reason: str = "staff"


def give_back(work: UnitOfWork, box_id: uuid.UUID, wish: RefundWish) -> bool:
    """Give back what is wished; say whether that called the box off. Twice is once by request."""
    box = any_box(work.session, box_id, lock=True)
    invoice = _paid_invoice(work, box)
    if wish.restock:
        _restock(work, box, invoice, wish)
    if wish.as_credit:
        return _as_credit(work, box, invoice, wish)
    if wish.lines:
        refund_lines(work, invoice, wish.lines, wish.reason, _reference(work, box))
        return False
    return refund_box(work, box_id, wish.amount_cents, wish.reason) is None


def _paid_invoice(work: UnitOfWork, box: Box) -> Invoice:
    invoice = (
        work.session.get(Invoice, box.invoice_id, with_for_update=True, populate_existing=True)
        if box.invoice_id
        else None
    )
    if invoice is None or invoice.status not in (InvoiceStatus.PAID, InvoiceStatus.REFUNDED):
        raise Refused(BoxRefusal.NOTHING_TO_REFUND)
    return invoice


def _as_credit(work: UnitOfWork, box: Box, invoice: Invoice, wish: RefundWish) -> bool:
    """Give credit; a box that is given back whole before it ships is called off."""
    reference = f"credit:{_reference(work, box)}"
    if wish.lines:
        cents = lines_as_credit(work, invoice, wish.lines, reference)
    else:
        cents = refund_as_credit(work, invoice, wish.amount_cents, reference)
    promise_invoice_letter(
        work, invoice, "refund_credited", reference, refunded_cents=cents, reason=wish.reason
    )
    if invoice.status is not InvoiceStatus.REFUNDED or box.status not in CALLED_BACK:
        return False
    void_boxes(work, [box], BoxStatus.CANCELLED, wish.reason)
    return True


def _restock(work: UnitOfWork, box: Box, invoice: Invoice, wish: RefundWish) -> None:
    """Book in what came back; goods that have not left are on the shelf once the box is off."""
    if box.status is not BoxStatus.SHIPPED:
        raise Refused(BoxRefusal.NOT_SHIPPED, field="restock")
    for sku_id, units in _came_back(work, box, invoice, wish):
        count_stock(work, sku_id, units, "returned", f"returned:{_reference(work, box)}")


def _came_back(
    work: UnitOfWork, box: Box, invoice: Invoice, wish: RefundWish
) -> list[tuple[uuid.UUID, int]]:
    """Return the SKUs of the lines that are given back; of the whole box if none is named."""
    if wish.lines:
        named = work.session.execute(
            select(Sku.id, InvoiceLine.quantity)
            .join(InvoiceLine, InvoiceLine.sku_code == Sku.code)
            .where(InvoiceLine.invoice_id == invoice.id, InvoiceLine.position.in_(wish.lines))
        ).all()
        return [(row[0], row[1]) for row in named]
    rows = work.session.execute(
        select(BoxLine.sku_id, BoxLine.units).where(BoxLine.box_id == box.id)
    ).all()
    return [(row[0], row[1]) for row in rows]


def _reference(work: UnitOfWork, box: Box) -> str:
    return f"box:{box.id}:{work.actor.request_id}"
