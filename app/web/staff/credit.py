"""What staff do about one subscriber's prices: credit, a lasting discount, a tax exemption."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.billing.price_list_queries import credit_of, credit_story, discounts_of, exemption_of
from app.billing.services.move_credit import give_credit
from app.billing.services.set_shipping import exempt
from app.billing.services.take_coupon import grant_discount
from app.core.clock import local_day
from app.core.refusals import Refused
from app.people.name_queries import person_page
from app.subscriptions.queries import subscriptions_of_person
from app.web.doors import open_work
from app.web.i18n import money
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_credit", __name__, url_prefix="/staff/subscribers")
bp.register_error_handler(Refused, back_to("staff_credit.show", "person_id"))


@bp.get("/<uuid:person_id>/credit")
@allowed("credit")
def show(person_id: uuid.UUID) -> ResponseReturnValue:
    """Show somebody's credit and discounts."""
    return page(person_id, Typed())


@bp.post("/<uuid:person_id>/credit")
@allowed("credit")
def give(person_id: uuid.UUID) -> ResponseReturnValue:
    """Give credit, with a letter."""
    typed = Typed(request.form)
    cents, note = typed.cents("amount"), typed.text("note")
    if typed.ok:
        try:
            with open_work() as work:
                give_credit(work, person_id, cents, note)
        except Refused as refused:
            typed.refuse("amount", gettext(refused.refusal.value))
    if not typed.ok:
        return page(person_id, typed), 422
    flash(gettext("%(amount)s given. A letter says so.", amount=money(cents)), "good")
    return redirect(url_for("staff_credit.show", person_id=person_id), 303)


@bp.post("/<uuid:person_id>/discount/<uuid:subscription_id>")
@allowed("credit")
def discount(person_id: uuid.UUID, subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Give a subscription a lasting discount, or none."""
    typed = Typed(request.form)
    off = typed.cents("off")
    if off > 10_000:
        typed.refuse("off", gettext("A part lies between 0 and 100 per cent."))
    if not typed.ok:
        return page(person_id, typed), 422
    with open_work() as work:
        grant_discount(work, subscription_id, off, "Thank you")
    flash(gettext("Saved. It holds from the next invoice on."), "good")
    return redirect(url_for("staff_credit.show", person_id=person_id), 303)


@bp.post("/<uuid:person_id>/exempt")
@allowed("credit")
def pay_no_tax(person_id: uuid.UUID) -> ResponseReturnValue:
    """Note the paper by which somebody pays no tax."""
    typed = Typed(request.form)
    paper = typed.text("certificate", required=True, longest=80)
    first, last = typed.day("valid_from", required=True), typed.day("valid_to")
    if not typed.ok or first is None:
        return page(person_id, typed), 422
    with open_work() as work:
        exempt(work, person_id, paper, (first, last))
    flash(gettext("Saved. It holds from the next invoice on."), "good")
    return redirect(url_for("staff_credit.show", person_id=person_id), 303)


def page(person_id: uuid.UUID, typed: Typed) -> str:
    """Return the page with its forms as typed."""
    with open_work() as work:
        person = person_page(work.session, person_id)
        subscriptions = subscriptions_of_person(work.session, person_id)
        return render_template(
            "staff/credit.html",
            person=person,
            subscriptions=subscriptions,
            discounts=discounts_of(work.session, [each.id for each in subscriptions]),
            credit=credit_of(work.session, [person_id]).get(person_id, 0),
            story=credit_story(work.session, person_id, 50),
            exemption=exemption_of(work.session, person_id),
            today=local_day(work.now, work.shop.zone),
            typed=typed,
        )
