"""Invoices, refunds and corrections of boxes that are frozen."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.billing.queries import InvoiceDetail, InvoiceRow, invoice_detail, invoices_of
from app.billing.rules import BillingRefusal, InvoiceStatus, PaymentStatus, RefundStatus
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.services import correct_address
from app.fulfilment.services.give_back import RefundWish, give_back
from app.fulfilment.services.refund_box import cancel_box
from app.people.queries import subscriber_of
from app.people.rules import Scope
from app.web.api.box_shapes import Box, BoxPath, box_named
from app.web.api.chapter import Chapter, Effect
from app.web.api.shapes import (
    Id,
    InputRefusal,
    Moment,
    Money,
    Page,
    Paging,
    Params,
    Price,
    Prose,
    Strict,
    Whole,
    cut,
    shown,
)
from app.web.api.subscribers import AddressIn, SubscriberPath

MONEY = Chapter("Money", "Invoices, refunds, and boxes that are called back or sent elsewhere.")


class InvoicePath(Params):
    """Names an invoice."""

    invoice_id: Id


class InvoiceRowShape(Strict):
    """An invoice as lists show it."""

    id: Id
    number: int
    subscription_id: Id
    cycle: int | None
    total: Money
    refunded: Money
    status: InvoiceStatus
    issued_at: Moment
    paid_at: Moment | None
    ships_on: date | None


class InvoicePage(Page[InvoiceRowShape]):
    """One page of invoices."""


class InvoiceLine(Strict):
    """One line of an invoice, net; a credit is negative."""

    text: str
    sku: str
    quantity: int
    unit_price: Money
    amount: Money


class Refund(Strict):
    """Money given back, or on its way."""

    id: Id
    amount: Money
    reason: str
    status: RefundStatus
    asked_at: Moment
    settled_at: Moment | None


class Payment(Strict):
    """How an invoice is being paid; `last_decline` is the provider's word."""

    id: Id
    status: PaymentStatus
    tries: int
    next_try_at: Moment | None
    last_decline: str | None


class Invoice(InvoiceRowShape):
    """An invoice with everything on it."""

    subscriber_id: Id
    net: Money
    tax: Money
    tax_bp: int
    lines: list[InvoiceLine]
    payment: Payment | None
    refunds: list[Refund]


class LineIn(Strict):
    """A line of the invoice by its place, from 1; all that is left of it for null."""

    position: Annotated[int, Whole(1, 1000)]
    amount: Price | None = None


class RefundIn(Strict):
    """How much is given back: lines of the invoice, or an amount, or all that is left for null.

    As credit it is taken off later boxes. `restock` puts what came back on the shelf again.
    """

    model_config = shown(amount={"amount": 500, "currency": "USD"}, reason="bag arrived torn")

    amount: Price | None = None
    lines: Annotated[list[LineIn], Field(max_length=100, default_factory=list)]
    as_credit: bool = False
    restock: bool = False
    reason: Prose = ""


class CallBackIn(Strict):
    """Why a box is called back."""

    model_config = shown(reason="wrong address")

    reason: Prose = ""


class Refunded(Strict):
    """The box as it is now, and whether cancelling it gave everything back."""

    box: Box
    cancelled: bool


@MONEY.get("/subscribers/<uuid:subscriber_id>/invoices", Scope.BILLING_READ)
def list_invoices(work: UnitOfWork, path: SubscriberPath, query: Paging) -> InvoicePage:
    """List somebody's invoices, the newest first."""
    subscriber_of(work.session, path.subscriber_id)
    page = cut(query, invoices_of(work.session, path.subscriber_id))
    found = [InvoiceRowShape.model_validate(shown_row(each)) for each in page["items"]]
    return InvoicePage(**{**page, "items": found})


@MONEY.get("/invoices/<uuid:invoice_id>", Scope.BILLING_READ)
def get_invoice(work: UnitOfWork, path: InvoicePath) -> Invoice:
    """Get an invoice with its lines, payment and refunds."""
    found = invoice_detail(work.session, path.invoice_id)
    if found is None:
        raise Refused(BillingRefusal.UNKNOWN_INVOICE)
    return shown_invoice(found)


@MONEY.post("/boxes/<uuid:box_id>/refund", Scope.BILLING_WRITE, Effect.DESTRUCTIVE)
def refund_box(work: UnitOfWork, path: BoxPath, body: RefundIn) -> Refunded:
    """Give money back for a box; before it ships, giving everything back cancels it."""
    cancelled = give_back(work, path.box_id, wish_of(body, work.shop.currency))
    return Refunded(box=box_named(work, path.box_id), cancelled=cancelled)


def wish_of(body: RefundIn, currency: str) -> RefundWish:
    """Return a refund for a use case; refuse an amount and lines at once, and a line twice."""
    if body.amount and body.lines:
        raise Refused(InputRefusal.TWICE, field="lines")
    lines = {
        each.position: each.amount.cents(currency, "lines") if each.amount else None
        for each in body.lines
    }
    if len(lines) < len(body.lines):
        raise Refused(InputRefusal.TWICE, field="lines")
    return RefundWish(
        amount_cents=body.amount.cents(currency, "amount") if body.amount else None,
        lines=lines,
        as_credit=body.as_credit,
        restock=body.restock,
        reason=body.reason or "staff",
    )


@MONEY.post("/boxes/<uuid:box_id>/call-back", Scope.BILLING_WRITE, Effect.DESTRUCTIVE)
def call_box_back(work: UnitOfWork, path: BoxPath, body: CallBackIn) -> Box:
    """Call a box back before it ships: stock returns, the charge stops or is refunded."""
    cancel_box(work, path.box_id, body.reason or "called back")
    return box_named(work, path.box_id)


@MONEY.put("/boxes/<uuid:box_id>/address", Scope.SUBSCRIPTIONS_WRITE)
def put_box_address(work: UnitOfWork, path: BoxPath, body: AddressIn) -> Box:
    """Send one locked or released box elsewhere, as long as it has not left."""
    correct_address.correct_address(work, path.box_id, body.fields())
    return box_named(work, path.box_id)


def shown_row(row: InvoiceRow) -> dict[str, object]:
    """Return what lists show of an invoice in the API's words."""
    return {
        "id": row.id,
        "number": row.number,
        "subscription_id": row.subscription_id,
        "cycle": row.cycle,
        "total": Money(amount=row.total_cents, currency=row.currency),
        "refunded": Money(amount=row.refunded_cents, currency=row.currency),
        "status": row.status,
        "issued_at": row.issued_at,
        "paid_at": row.paid_at,
        "ships_on": row.ships_on,
    }


def shown_invoice(found: InvoiceDetail) -> Invoice:
    """Return an invoice in the API's words."""

    def money(cents: int) -> Money:
        return Money(amount=cents, currency=found.invoice.currency)

    paying = found.payment
    return Invoice.model_validate(
        {
            **shown_row(found.invoice),
            "subscriber_id": found.subscriber_id,
            "net": money(found.net_cents),
            "tax": money(found.tax_cents),
            "tax_bp": found.tax_bp,
            "lines": [
                InvoiceLine(
                    text=line.text,
                    sku=line.sku_code,
                    quantity=line.quantity,
                    unit_price=money(line.unit_cents),
                    amount=money(line.amount_cents),
                )
                for line in found.lines
            ],
            "payment": paying
            and Payment(**{name: getattr(paying, name) for name in Payment.model_fields}),
            "refunds": [
                Refund(
                    id=each.id,
                    amount=money(each.amount_cents),
                    reason=each.reason,
                    status=each.status,
                    asked_at=each.asked_at,
                    settled_at=each.settled_at,
                )
                for each in found.refunds
            ],
        }
    )
