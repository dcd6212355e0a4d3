"""Paying an open invoice by a signed link, with the person there to answer their bank.

The provider is asked between two units of work; what it says is written down the same way as
when a worker asks, so that link, worker and webhook may come in any order.
"""

import uuid

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.billing.payment_queries import OpenPayment, open_payment_of
from app.billing.ports import Outcome, OutcomeUnknown, ProviderRefused, Visit
from app.billing.queries import InvoiceDetail, invoice_detail
from app.billing.rules import BillingRefusal, PaymentStatus
from app.billing.services.begin_visit import begin_visit
from app.core.links import PAY, PAY_LASTS, read_link
from app.core.refusals import Refused
from app.finance.services.apply_outcome import apply_outcome
from app.jobs.charging import create
from app.jobs.doubts import after_refusal, record
from app.web import words
from app.web.doors import open_work, public, tools
from app.web.limits import SIGN_IN, limiter

bp = Blueprint("pay", __name__, url_prefix="/pay")
log = structlog.get_logger()


@bp.get("/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Show what is owed, and the button that pays it."""
    found, owed = read(token)
    return render_template("portal/pay.html", found=found, owed=owed, token=token)


@bp.post("/<token>")
@limiter.limit(SIGN_IN)
@public
def collect(token: str) -> ResponseReturnValue:
    """Take the money, or lead to the bank that asks for it."""
    _, owed = read(token)
    if owed is None:
        return redirect(url_for("pay.show", token=token), 303)
    try:
        outcome = visit(owed, token)
    except Refused as refused:
        flash(words.refused(refused), "warn")
        return redirect(url_for("pay.show", token=token), 303)
    except (OutcomeUnknown, ProviderRefused):
        log.warning("visit_without_answer", payment=str(owed.payment_id), exc_info=True)
        flash(gettext("The payment provider does not answer just now. Please try again."), "warn")
        return redirect(url_for("pay.show", token=token), 303)
    if outcome is not None and outcome.action_url:
        return redirect(outcome.action_url, 303)
    flash(*told(outcome))
    return redirect(url_for("pay.show", token=token), 303)


@bp.get("/<token>/done")
@public
def done(token: str) -> ResponseReturnValue:
    """Come back from the bank: ask what became of the payment."""
    found, _ = read(token)
    named = request.args.get("payment_intent", "")
    outcome = None
    if found.payment is not None and named:
        try:
            outcome = tools().gateway.retrieve(named)
        except (OutcomeUnknown, ProviderRefused):
            log.warning("visit_without_answer", payment=str(found.payment.id), exc_info=True)
        if outcome is not None and outcome.payment_id == str(found.payment.id):
            with open_work() as work:
                apply_outcome(work, outcome)
        else:
            outcome = None
    flash(*told(outcome))
    return redirect(url_for("pay.show", token=token), 303)


def read(token: str) -> tuple[InvoiceDetail, OpenPayment | None]:
    """Return the invoice that a link names, and what is still owed on it."""
    secret = tools().settings.secret_key.get_secret_value()
    named = read_link(secret, PAY, token, PAY_LASTS)
    if named is None:
        raise Refused(BillingRefusal.LINK_EXPIRED)
    with open_work() as work:
        found = invoice_detail(work.session, uuid.UUID(named))
        owed = open_payment_of(work.session, uuid.UUID(named))
    if found is None:
        raise Refused(BillingRefusal.UNKNOWN_INVOICE)
    return found, owed


def visit(owed: OpenPayment, token: str) -> Outcome | None:
    """Collect an open payment in steps that can each be asked about later.

    None says that a try is under way of which nothing is known yet.
    """
    with open_work() as work:
        wish = begin_visit(work, owed.payment_id)
    if wish.under_way:
        return ask_again(wish)
    known = wish.ticket if wish.ticket.provider_id else create(tools(), wish.ticket)
    if known is None:
        return None
    base = tools().units.shop.base_url
    try:
        outcome = tools().gateway.confirm(known, base + url_for("pay.done", token=token))
    except ProviderRefused as refused:
        outcome = after_refusal(tools(), known, refused)
    record(tools(), outcome, known)
    return outcome


def ask_again(wish: Visit) -> Outcome | None:
    """Ask what became of the bank's question; a worker's own try is left to the worker."""
    if not wish.waits or wish.ticket.provider_id is None:
        return None
    outcome = tools().gateway.retrieve(wish.ticket.provider_id)
    with open_work() as work:
        apply_outcome(work, outcome)
    return outcome


def told(outcome: Outcome | None) -> tuple[str, str]:
    """Say what became of the payment, with the tone of it."""
    if outcome is None or outcome.status is PaymentStatus.PROCESSING:
        return gettext("Your payment is being worked on. We will write to you."), "quiet"
    if outcome.status is PaymentStatus.SUCCEEDED:
        return gettext("Thank you, this is paid. Your box goes on its way."), "good"
    if outcome.status is PaymentStatus.NEEDS_ACTION:
        return gettext("Your bank still waits for your answer. Please try again."), "warn"
    return gettext("Your bank declined this payment. Please try another card."), "bad"
