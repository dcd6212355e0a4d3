"""Codes, vouchers and credit: type them in, and see what they did."""

import uuid

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.billing.price_list_queries import credit_of, credit_story, discounts_of
from app.billing.services.redeem_voucher import redeem_voucher
from app.billing.services.take_coupon import take_coupon
from app.core.refusals import Refused
from app.subscriptions.queries import subscriptions_of
from app.web.doors import open_work, subscriber_only
from app.web.i18n import money
from app.web.limits import SIGN_UP, limiter
from app.web.portal.refusals import back_to
from app.web.typed import Typed

bp = Blueprint("savings", __name__, url_prefix="/savings")
bp.register_error_handler(Refused, back_to("savings.show"))
LINES = 30


@bp.get("/")
@subscriber_only
def show() -> ResponseReturnValue:
    """Show codes in use, credit and where it came from."""
    return page(Typed())


@bp.post("/coupon/<uuid:subscription_id>")
@subscriber_only
@limiter.limit(SIGN_UP)
def code(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Take a code for a subscription; one that does not fit is refused in words."""
    typed = Typed(request.form)
    word = typed.text("coupon", required=True, longest=60)
    if typed.ok:
        try:
            with open_work() as work:
                take_coupon(work, g.subscriber_id, subscription_id, word)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return page(typed), 422
    flash(gettext("Your code holds from the next invoice on."), "good")
    return redirect(url_for("savings.show"), 303)


@bp.post("/voucher")
@subscriber_only
@limiter.limit(SIGN_UP)
def voucher() -> ResponseReturnValue:
    """Put a voucher's money into the credit."""
    typed = Typed(request.form)
    word = typed.text("voucher", required=True, longest=60)
    if typed.ok:
        try:
            with open_work() as work:
                cents = redeem_voucher(work, g.subscriber_id, word)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return page(typed), 422
    flash(gettext("%(amount)s were added to your credit.", amount=money(cents)), "good")
    return redirect(url_for("savings.show"), 303)


def page(typed: Typed) -> str:
    """Return the page with the forms as typed."""
    with open_work() as work:
        mine = [
            each
            for each in subscriptions_of(work.session, g.subscriber_id)
            if each.status != "cancelled"
        ]
        discounts = discounts_of(work.session, [each.id for each in mine])
        credit = credit_of(work.session, [g.subscriber_id]).get(g.subscriber_id, 0)
        story = credit_story(work.session, g.subscriber_id, LINES)
    return render_template(
        "portal/savings.html",
        subscriptions=mine,
        discounts=discounts,
        credit=credit,
        story=story,
        typed=typed,
    )
