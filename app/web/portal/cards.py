"""Takes a card on the payment provider's own page; the network is asked between two units."""

import uuid

from flask import flash, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from app.billing.ports import CardFacts, OutcomeUnknown, ProviderRefused
from app.billing.queries import account_of
from app.billing.services.save_card import ensure_account, record_account
from app.web.doors import open_work, tools

SESSION = "{CHECKOUT_SESSION_ID}"


def card_page(reference: uuid.UUID, done: str, back: str) -> str:
    """Return the address of the provider's page; `done` and `back` are paths of ours."""
    subscriber_id: uuid.UUID = g.subscriber_id
    with open_work() as work:
        account = ensure_account(work, subscriber_id)
    if account is None:
        opened = tools().cards.open_account(subscriber_id, current_user.email, current_user.name)
        with open_work() as work:
            account = record_account(work, subscriber_id, opened)
    base = tools().units.shop.base_url
    return tools().cards.setup_page(
        account, str(reference), f"{base}{done}?session={SESSION}", f"{base}{back}"
    )


def lead_to_card(reference: uuid.UUID, done: str, back: str) -> ResponseReturnValue:
    """Lead to the provider's page; back to ours, with a word, while it does not answer."""
    try:
        return redirect(card_page(reference, done, back), 303)
    except (OutcomeUnknown, ProviderRefused):
        flash(gettext("The payment provider does not answer just now. Please try again."), "warn")
        return redirect(back, 303)


def card_left_behind() -> CardFacts | None:
    """Return the card that the provider's page was left with; None, with a word, if none came."""
    try:
        facts = finished_card(request.args.get("session", ""))
    except OutcomeUnknown:
        facts = None
    if facts is None:
        flash(gettext("No card has reached us yet. Please try again."), "warn")
    return facts


def finished_card(session_id: str) -> CardFacts | None:
    """Return the card that this subscriber has left on the provider's page, or None."""
    facts = tools().cards.finished_setup(session_id) if session_id else None
    with open_work() as work:
        account = account_of(work.session, g.subscriber_id)
    return facts if facts and facts.customer_id == account else None
