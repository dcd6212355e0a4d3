"""What somebody sees who got boxes as a gift: no price, no card, no account."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.links import GIFT, GIFT_LASTS, read_link
from app.core.refusals import Refused
from app.fulfilment.gift_queries import GiftRow, gift_of
from app.fulfilment.services.claim_gift import claim_gift
from app.subscriptions.gift_rules import GiftRefusal
from app.web import words
from app.web.doors import open_work, public, tools
from app.web.limits import SIGN_IN, limiter
from app.web.portal.quiz import offered_exclusions, read_exclusions, stored_taste
from app.web.portal.sign_up import read_address
from app.web.typed import Typed

bp = Blueprint("claim", __name__, url_prefix="/gift")


@bp.get("/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Show a gift, and ask where it goes and what must never come."""
    return page(token, read(token), Typed())


@bp.post("/<token>")
@limiter.limit(SIGN_IN)
@public
def accept(token: str) -> ResponseReturnValue:
    """Keep the answers."""
    gift, typed = read(token), Typed(request.form)
    fields = read_address(typed)
    with open_work() as work:
        ruled_out = read_exclusions(typed, offered_exclusions(work, gift.recipient_id))
        if typed.ok:
            claim_gift(work, gift.subscription_id, fields, ruled_out)
    if not typed.ok:
        return page(token, gift, typed), 422
    flash(words.saved(), "good")
    return redirect(url_for("claim.show", token=token), 303)


def read(token: str) -> GiftRow:
    """Return the gift that a link names."""
    secret = tools().settings.secret_key.get_secret_value()
    named = read_link(secret, GIFT, token, GIFT_LASTS)
    if named is None:
        raise Refused(GiftRefusal.UNKNOWN_LINK)
    with open_work() as work:
        found = gift_of(work.session, uuid.UUID(named))
    if found is None or found.revealed_at is None:
        raise Refused(GiftRefusal.UNKNOWN_LINK)
    return found


def page(token: str, gift: GiftRow, typed: Typed) -> str:
    """Return the page as typed."""
    with open_work() as work:
        known = stored_taste(work, gift.recipient_id)
        offered = offered_exclusions(work, gift.recipient_id)
    return render_template(
        "portal/claim.html",
        token=token,
        gift=gift,
        typed=typed,
        known=known,
        offered=offered,
        countries=words.countries(),
        country=tools().units.shop.country,
    )
