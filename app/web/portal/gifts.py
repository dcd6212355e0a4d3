"""Giving boxes: who gets them, the giver's card, and what came of it."""

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from app.billing.queries import card_of
from app.billing.services.save_card import save_card
from app.catalog.rules import Grind
from app.core.clock import local_day
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.gift_queries import gift_of, gifts_of
from app.fulfilment.services.activate_subscription import activate_subscription
from app.fulfilment.services.give_boxes import (
    GiftWish,
    change_recipient,
    give_address,
    give_boxes,
)
from app.people.rules import AddressFields, Role
from app.people.services.register_person import NewPerson, register_person
from app.subscriptions.gift_rules import LONGEST_MESSAGE, MOST_BOXES, GiftRefusal, Recipient
from app.subscriptions.place_rules import PlaceRefusal
from app.subscriptions.queries import given_by, plan_of, plans_on_sale
from app.subscriptions.rules import OVER
from app.subscriptions.services.sign_up import price_of
from app.subscriptions.term_rules import offer_of, term_price
from app.web import words
from app.web.doors import open_work, public, subscriber_only, tools
from app.web.limits import SIGN_UP, limiter
from app.web.portal.cards import card_left_behind, lead_to_card
from app.web.portal.refusals import back_to
from app.web.portal.sign_up import read_address, read_person
from app.web.portal.waiting import say_lost
from app.web.sign_in import find, welcome
from app.web.typed import Typed

bp = Blueprint("gifts", __name__, url_prefix="/gifts")
bp.register_error_handler(Refused, back_to("gifts.give"))
HOW_MANY = (1, 3, 6, 12)


@dataclass(frozen=True)
class Chosen:
    """What somebody is about to give."""

    plan: Any
    size: int
    boxes: int
    price_cents: int


@bp.get("/")
@subscriber_only
def show() -> ResponseReturnValue:
    """Show the gifts that somebody made."""
    with open_work() as work:
        gifts = gifts_of(work.session, g.subscriber_id)
    return render_template("portal/gifts.html", gifts=gifts)


@bp.get("/give")
@public
def give() -> ResponseReturnValue:
    """Show which boxes can be given."""
    with open_work() as work:
        plans = [each for each in plans_on_sale(work.session) if each.pricing.value == "fixed"]
    return render_template("portal/give.html", plans=plans, counts=HOW_MANY)


@bp.get("/give/to")
@public
def whom() -> ResponseReturnValue:
    """Ask who gets the boxes."""
    return form(Typed(), chosen())


@bp.post("/give/to")
@limiter.limit(SIGN_UP)
@public
def order() -> ResponseReturnValue:
    """Write the gift down, and start it if a card is there already."""
    choice, typed = chosen(), typed_form()
    recipient = read_recipient(typed)
    new = None if current_user.is_authenticated else read_giver(typed)
    if not typed.ok or recipient is None:
        return form(typed, choice), 422
    try:
        with open_work() as work:
            subscription_id, has_card = store(work, new, recipient, choice)
    except Refused as refused:
        if refused.refusal is PlaceRefusal.FULL:
            flash(gettext(refused.refusal.value), "warn")
        typed.refused(refused)
        return form(typed, choice), 422
    if new is not None and (person := find(new.email)):
        welcome(person)
    if not has_card:
        return redirect(url_for("gifts.card", subscription_id=subscription_id), 303)
    flash(gettext("Thank you. Your gift is ordered."), "good")
    return redirect(url_for("gifts.show"), 303)


def store(
    work: UnitOfWork, new: NewPerson | None, recipient: Recipient, choice: Chosen
) -> tuple[uuid.UUID, bool]:
    """Write a gift down; return its subscription and whether it has started."""
    payer = register_person(work, new, Role.SUBSCRIBER).id if new else current_user.id
    wish = GiftWish(payer, choice.plan.id, choice.size, choice.boxes, recipient, Grind.WHOLE)
    subscription = give_boxes(work, wish)
    has_card = card_of(work.session, payer) is not None
    if has_card:
        activate_subscription(work, subscription.id)
    return subscription.id, has_card


def chosen() -> Chosen:
    """Return the boxes that the address of the page names; refuse what we do not offer."""
    typed = Typed(request.args)
    plan_id, size = typed.key("plan"), typed.number("size", 1, 100_000)
    boxes = typed.number("boxes", 1, MOST_BOXES)
    if plan_id is None:
        raise Refused(GiftRefusal.UNKNOWN)
    with open_work() as work:
        plan = plan_of(work.session, plan_id)
        off = offer_of(plan.prepaid, boxes) or 0
        return Chosen(plan, size, boxes, term_price(price_of(plan, size), boxes, off))


def typed_form() -> Typed:
    """Return what was typed; the boxes go to the recipient's own name."""
    values = request.form.copy()
    values["name"] = values.get("recipient", "")
    return Typed(values)


def read_recipient(typed: Typed) -> Recipient | None:
    """Read who gets the boxes; the address may be left to them."""
    name = typed.text("recipient", required=True)
    email = typed.text("recipient_email", required=True, longest=320)
    message = typed.text("message", longest=LONGEST_MESSAGE)
    reveals_on = typed.day("reveals_on", required=True)
    address = None if typed.ticked("unknown_address") else read_address(typed)
    if reveals_on is None:
        return None
    return Recipient(name, email, reveals_on, message, address)


def read_giver(typed: Typed) -> NewPerson:
    """Read who gives, from fields that cannot be taken for the recipient's."""
    values = request.form.copy()
    values["name"] = values.get("giver", "")
    mine = Typed(values)
    person = read_person(mine)
    for field, sentence in mine.wrong.items():
        typed.refuse("giver" if field == "name" else field, sentence)
    return person


def form(typed: Typed, choice: Chosen) -> str:
    """Return the form as typed."""
    with open_work() as work:
        today = local_day(work.now, work.shop.zone)
    return render_template(
        "portal/give_to.html",
        typed=typed,
        choice=choice,
        today=today,
        countries=words.countries(),
        country=tools().units.shop.country,
    )


@bp.get("/<uuid:subscription_id>/card")
@subscriber_only
def card(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Show what is given and what it costs, before the card."""
    with open_work() as work:
        given_by(work.session, g.subscriber_id, subscription_id)
        gift = gift_of(work.session, subscription_id)
    return render_template("portal/gift_card.html", gift=gift)


@bp.post("/<uuid:subscription_id>/card")
@subscriber_only
def leave_card(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Lead to the provider's page, where the card is typed."""
    with open_work() as work:
        given_by(work.session, g.subscriber_id, subscription_id)
    here = url_for("gifts.card", subscription_id=subscription_id)
    done = url_for("gifts.done", subscription_id=subscription_id)
    return lead_to_card(subscription_id, done, here)


@bp.get("/<uuid:subscription_id>/done")
@subscriber_only
def done(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Come back from the provider's page: keep the card and start the gift."""
    facts = card_left_behind()
    if facts is None:
        return redirect(url_for("gifts.card", subscription_id=subscription_id), 303)
    with open_work() as work:
        given_by(work.session, g.subscriber_id, subscription_id)
        save_card(work, g.subscriber_id, facts)
        lost = activate_subscription(work, subscription_id).status in OVER
    if lost:
        say_lost()
    else:
        flash(gettext("Thank you. Your gift is ordered."), "good")
    return redirect(url_for("gifts.show"), 303)


@bp.get("/<uuid:subscription_id>")
@subscriber_only
def edit(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Show who gets a gift, for changing."""
    return edit_page(subscription_id, Typed())


@bp.post("/<uuid:subscription_id>")
@subscriber_only
def change(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Give the boxes to somebody else, or tell them on another day."""
    typed = typed_form()
    recipient = read_recipient(typed)
    if not typed.ok or recipient is None:
        return edit_page(subscription_id, typed), 422
    try:
        with open_work() as work:
            change_recipient(work, g.subscriber_id, subscription_id, recipient)
    except Refused as refused:
        typed.refused(refused)
        return edit_page(subscription_id, typed), 422
    flash(words.saved(), "good")
    return redirect(url_for("gifts.show"), 303)


@bp.post("/<uuid:subscription_id>/address")
@subscriber_only
def send_to(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Send the boxes that are not packed yet to this address."""
    typed = Typed(request.form)
    fields: AddressFields = read_address(typed)
    if not typed.ok:
        return edit_page(subscription_id, typed), 422
    with open_work() as work:
        give_address(work, g.subscriber_id, subscription_id, fields)
    flash(words.address_changed(), "good")
    return redirect(url_for("gifts.show"), 303)


def edit_page(subscription_id: uuid.UUID, typed: Typed) -> str:
    """Return the forms as typed."""
    with open_work() as work:
        given_by(work.session, g.subscriber_id, subscription_id)
        gift = gift_of(work.session, subscription_id)
    return render_template(
        "portal/gift_edit.html",
        gift=gift,
        typed=typed,
        countries=words.countries(),
        country=tools().units.shop.country,
    )
