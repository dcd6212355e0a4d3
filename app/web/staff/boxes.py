"""One box for staff: what is in it, who paid what, its story; refund, call back, correct."""

import uuid
from dataclasses import dataclass, replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.billing.payment_queries import PaidLineRow, paid_lines
from app.billing.queries import InvoiceDetail, invoice_detail
from app.core.audit_queries import AuditRow, changes_of
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.box_queries import BoxDetail, box_detail, rows_about
from app.fulfilment.services.correct_address import correct_address
from app.fulfilment.services.give_back import RefundWish, give_back
from app.fulfilment.services.refund_box import cancel_box
from app.people.name_queries import names_of
from app.people.rules import AddressFields
from app.personalization.household_queries import household_of
from app.web import words
from app.web.doors import actor, open_work, request_id, tools
from app.web.staff.paging import Page, wanted_page
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_boxes", __name__, url_prefix="/staff/boxes")
bp.register_error_handler(Refused, back_to("staff_boxes.show", "box_id"))
CORRECTABLE = ("locked", "held", "composed", "released")
CALLABLE = ("planned", "skipped", "paused", "locked", "held", "composed", "released")


@dataclass(frozen=True)
class BoxPage:
    """Everything that the page of a box shows."""

    box: BoxDetail
    bill: InvoiceDetail | None
    story: Page[AuditRow]
    names: dict[str, str]
    lines: tuple[PaidLineRow, ...] = ()
    sharing: tuple[str, ...] = ()

    @property
    def left_cents(self) -> int:
        """How much of what was paid can still be given back."""
        if self.bill is None or self.bill.invoice.status.value not in ("paid", "refunded"):
            return 0
        asked = sum(
            each.amount_cents for each in self.bill.refunds if each.status.value != "failed"
        )
        return max(0, self.bill.invoice.total_cents - asked)

    @property
    def correctable(self) -> bool:
        return self.box.status in CORRECTABLE

    @property
    def callable(self) -> bool:
        return self.box.status in CALLABLE


@bp.get("/<uuid:box_id>")
@allowed("boxes")
def show(box_id: uuid.UUID) -> ResponseReturnValue:
    """Show one box."""
    return page(box_id, Typed())


def page(box_id: uuid.UUID, typed: Typed) -> str:
    """Return the page of a box, with a form as typed."""
    with open_work() as work:
        found = read_box(work, box_id)
    return render_template(
        "staff/box.html",
        page=found,
        typed=typed,
        countries=words.countries(),
        mark=uuid.uuid4().hex,
    )


def read_box(work: UnitOfWork, box_id: uuid.UUID) -> BoxPage:
    """Read everything that the page of a box shows."""
    session, window = work.session, wanted_page(20)
    box = box_detail(session, box_id)
    story = window.page(changes_of(session, rows_about(session, box_id), *window.limits))
    return BoxPage(
        box=box,
        bill=invoice_detail(session, box.invoice_id) if box.invoice_id else None,
        story=story,
        lines=paid_lines(session, box.invoice_id) if box.invoice_id else (),
        sharing=tuple(each.name for each in household_of(session, box.subscriber_id)),
        names=names_of(session, {row.actor_id for row in story.rows}),
    )


@bp.post("/<uuid:box_id>/refund")
@allowed("refunds")
def refund(box_id: uuid.UUID) -> ResponseReturnValue:
    """Give back all that is left, or an amount; a whole refund before shipping calls it back."""
    typed = Typed(request.form)
    reason = typed.text("reason", required=True)
    wish = read_wish(typed, reason)
    if typed.ok:
        try:
            # The form's own mark names the refund, so that a double tap gives back once.
            with tools().units(replace(actor(), request_id=form_mark(typed))) as work:
                give_back(work, box_id, wish)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return page(box_id, typed), 422
    done = (
        gettext("Given back as credit.") if wish.as_credit else gettext("The refund is on its way.")
    )
    flash(done, "good")
    return redirect(url_for("staff_boxes.show", box_id=box_id), 303)


def read_wish(typed: Typed, reason: str) -> RefundWish:
    """Read how much of a box is given back, and how."""
    how = typed.choice("how_much", ("whole", "part", "lines"))
    lines = {place: None for place in typed.values.getlist("lines", type=int)}
    if how == "lines" and not lines:
        typed.refuse("how_much", gettext("Please choose the lines."))
    return RefundWish(
        amount_cents=typed.cents("amount_cents") if how == "part" else None,
        lines=lines if how == "lines" else {},
        as_credit=typed.choice("as_what", ("money", "credit"), required=False) == "credit",
        restock=typed.ticked("restock"),
        reason=reason,
    )


def form_mark(typed: Typed) -> str:
    """Return the mark that a form was made with."""
    key = typed.key("mark") if typed.values.get("mark") else None
    return key.hex if key else request_id()


@bp.post("/<uuid:box_id>/call-back")
@allowed("box_deeds")
def call_back(box_id: uuid.UUID) -> ResponseReturnValue:
    """Call a box back before it ships."""
    typed = Typed(request.form)
    reason = typed.text("call_reason", required=True)
    if not typed.ok:
        return page(box_id, typed), 422
    with open_work() as work:
        cancel_box(work, box_id, reason)
    flash(gettext("The box is called back. What was paid for it is given back."), "good")
    return redirect(url_for("staff_boxes.show", box_id=box_id), 303)


@bp.post("/<uuid:box_id>/address")
@allowed("box_deeds")
def address(box_id: uuid.UUID) -> ResponseReturnValue:
    """Correct where one frozen box goes."""
    typed = Typed(request.form)
    fields = read_address(typed)
    if typed.ok:
        try:
            with open_work() as work:
                correct_address(work, box_id, fields)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return page(box_id, typed), 422
    flash(gettext("The box goes to the corrected address. Export the batch again."), "good")
    return redirect(url_for("staff_boxes.show", box_id=box_id), 303)


def read_address(typed: Typed) -> AddressFields:
    """Read a postal address."""
    country = typed.choice("country", [code for code, _ in words.countries()]) or ""
    return AddressFields(
        name=typed.text("name", required=True),
        line1=typed.text("line1", required=True),
        line2=typed.text("line2"),
        city=typed.text("city", required=True),
        region=typed.text("region"),
        postcode=typed.text("postcode", required=True, longest=20),
        country=country,
    )
