"""Invoices: the list, one of them, paying what is open, and the card on file."""

import uuid

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.billing.queries import InvoiceDetail, card_of, invoice_detail, invoices_of
from app.billing.rules import BillingRefusal
from app.billing.services.save_card import save_card
from app.core.links import PAY, sign_link
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.finance.document_queries import documents_of
from app.fulfilment.services.activate_subscription import activate_pending
from app.subscriptions.queries import subscriptions_of
from app.web import words
from app.web.doors import open_work, subscriber_only, tools
from app.web.portal.cards import card_left_behind, lead_to_card
from app.web.portal.refusals import back_to

bp = Blueprint("invoices", __name__, url_prefix="/invoices")
bp.register_error_handler(Refused, back_to("invoices.show"))


@bp.get("/")
@subscriber_only
def show() -> ResponseReturnValue:
    """Show all invoices and the card on file."""
    with open_work() as work:
        rows = invoices_of(work.session, g.subscriber_id)
        papers = documents_of(work.session, [row.id for row in rows])
        card = card_of(work.session, g.subscriber_id)
        known = {each.id: each for each in subscriptions_of(work.session, g.subscriber_id)}
    return render_template(
        "portal/invoices.html", rows=rows, card=card, subscriptions=known, papers=papers
    )


@bp.get("/<uuid:invoice_id>")
@subscriber_only
def detail(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Show one invoice with its lines."""
    with open_work() as work:
        found = own_invoice(work, g.subscriber_id, invoice_id)
        papers = documents_of(work.session, [invoice_id]).get(invoice_id, [])
        known = {each.id: each for each in subscriptions_of(work.session, g.subscriber_id)}
    return render_template(
        "portal/invoice.html",
        found=found,
        subscription=known[found.invoice.subscription_id],
        papers=papers,
    )


@bp.post("/<uuid:invoice_id>/pay")
@subscriber_only
def pay(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Lead to the page that collects what is open."""
    with open_work() as work:
        own_invoice(work, g.subscriber_id, invoice_id)
    secret = tools().settings.secret_key.get_secret_value()
    return redirect(url_for("pay.show", token=sign_link(secret, PAY, str(invoice_id))), 303)


def own_invoice(work: UnitOfWork, subscriber_id: uuid.UUID, invoice_id: uuid.UUID) -> InvoiceDetail:
    """Return an invoice of this subscriber; a foreign one is as unknown as none."""
    found = invoice_detail(work.session, invoice_id)
    if found is None or found.subscriber_id != subscriber_id:
        raise Refused(BillingRefusal.UNKNOWN_INVOICE)
    return found


@bp.post("/card")
@subscriber_only
def new_card() -> ResponseReturnValue:
    """Lead to the provider's page for another card."""
    return lead_to_card(g.subscriber_id, url_for("invoices.card_done"), url_for("invoices.show"))


@bp.get("/card/done")
@subscriber_only
def card_done() -> ResponseReturnValue:
    """Come back with another card: keep it, try what is open, start what waited for it."""
    facts = card_left_behind()
    if facts is None:
        return redirect(url_for("invoices.show"), 303)
    with open_work() as work:
        save_card(work, g.subscriber_id, facts)
        activate_pending(work, g.subscriber_id)
    flash(words.card_saved(), "good")
    return redirect(url_for("invoices.show"), 303)
