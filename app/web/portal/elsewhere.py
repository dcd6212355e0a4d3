"""Another address, for the next box or for all: what the box then costs is shown before."""

import uuid

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.billing.pricing_rules import GOODS, LineKind
from app.core.refusals import Refused
from app.fulfilment.services.send_elsewhere import (
    AddressPreview,
    preview_address,
    send_elsewhere,
)
from app.people.queries import address_of
from app.people.rules import AddressFields
from app.subscriptions.queries import own_subscription
from app.web import words
from app.web.doors import actor, open_work, subscriber_only, tools
from app.web.portal.refusals import back_to
from app.web.portal.sign_up import read_address
from app.web.typed import Typed

bp = Blueprint("elsewhere", __name__, url_prefix="/plan/<uuid:subscription_id>/address")
bp.register_error_handler(Refused, back_to("plan.show"))
NEXT, ALL = "next", "all"


@bp.get("")
@subscriber_only
def show(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Ask where boxes go, and for which of them."""
    return page(subscription_id, Typed())


@bp.post("")
@subscriber_only
def send(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Show what the next box costs at the new address; keep it once exactly that was agreed to."""
    typed = Typed(request.form)
    fields = read_address(typed)
    only_next = typed.choice("which", (ALL, NEXT)) == NEXT
    if not typed.ok:
        return page(subscription_id, typed), 422
    whose = (g.subscriber_id, subscription_id)
    with tools().units.rehearse(actor()) as work:
        preview = preview_address(work, whose, fields)
    if request.form.get("agreed") != agreed(preview):
        return check(subscription_id, fields, only_next, preview)
    with open_work() as work:
        send_elsewhere(work, whose, fields, only_next)
    flash(
        gettext("Your next box goes there, the others as before.")
        if only_next
        else words.address_changed(),
        "good",
    )
    return redirect(url_for("plan.show"), 303)


def agreed(preview: AddressPreview | None) -> str:
    """Return what somebody agrees to: the sum of the next box and its day."""
    return f"{preview.after.total} {preview.ships_on}" if preview else "nothing"


def sums(preview: AddressPreview) -> list[tuple[str, int, int]]:
    """Return box, delivery and tax as (words, cents before, cents after), each before tax."""
    both = (preview.before, preview.after)
    goods = [each.net_of(GOODS) for each in both]
    sending = [each.net_of([LineKind.SHIPPING]) for each in both]
    return [
        (gettext("Box"), *goods),
        (gettext("Delivery"), *sending),
        (gettext("Tax"), both[0].tax, both[1].tax),
    ]


def check(
    subscription_id: uuid.UUID,
    fields: AddressFields,
    only_next: bool,
    preview: AddressPreview | None,
) -> str:
    """Return the page that shows what changes before anything is kept."""
    return render_template(
        "portal/elsewhere_check.html",
        subscription_id=subscription_id,
        fields=fields,
        only_next=only_next,
        preview=preview,
        sums=sums(preview) if preview else [],
        agreed=agreed(preview),
        country=dict(words.countries()).get(fields.country, fields.country),
        typed=request.form,
    )


def page(subscription_id: uuid.UUID, typed: Typed) -> str:
    """Return the form as typed."""
    with open_work() as work:
        subscription = own_subscription(work.session, g.subscriber_id, subscription_id)
        address = address_of(work.session, subscription.address_id)
    return render_template(
        "portal/elsewhere.html",
        subscription=subscription,
        address=address,
        typed=typed,
        countries=words.countries(),
    )
