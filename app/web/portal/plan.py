"""The plan: its mix, pausing and resuming, cancelling, and where the boxes go."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalog.queries import products
from app.catalog.rules import Grind, SaleStatus
from app.core.clock import days_after, local_day
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.queries import upcoming_boxes
from app.fulfilment.services.cancel_subscription import cancel_subscription
from app.fulfilment.services.pause_subscription import pause_subscription, resume_subscription
from app.fulfilment.term_queries import open_terms
from app.people.queries import address_of
from app.personalization.queries import mixes
from app.personalization.services.set_mix import set_mix, slots_of
from app.subscriptions.cooling_queries import free_until
from app.subscriptions.queries import open_pause, own_subscription, subscriptions_of
from app.subscriptions.rules import OVER
from app.subscriptions.services.change_terms import change_grind, change_note
from app.subscriptions.term_rules import PrepaidEnd
from app.web import words
from app.web.doors import open_work, subscriber_only
from app.web.portal.refusals import back_to
from app.web.typed import Typed

bp = Blueprint("plan", __name__, url_prefix="/plan")
bp.register_error_handler(Refused, back_to("plan.show"))
REASONS = ("too_much", "too_dear", "taste", "moving", "other")


@dataclass(frozen=True)
class Card:
    """One subscription as its card shows it; `next_on` is the day of the next box."""

    subscription: Any
    address: Any
    resumes_on: date | None
    next_on: date | None
    free_until: date | None


@bp.get("/")
@subscriber_only
def show() -> ResponseReturnValue:
    """Show every subscription with what can be done about it."""
    with open_work() as work:
        cards = read_cards(work, g.subscriber_id)
        today = local_day(work.now, work.shop.zone)
    return render_template(
        "portal/plan.html", cards=cards, tomorrow=days_after(today, 1), typed=Typed()
    )


def read_cards(work: UnitOfWork, subscriber_id: uuid.UUID) -> list[Card]:
    """Return somebody's subscriptions, those that live first."""
    today = local_day(work.now, work.shop.zone)
    next_on: dict[uuid.UUID, date] = {}
    for box in upcoming_boxes(work.session, subscriber_id, today):
        if box.status not in {"skipped", "paused", "missed"}:
            next_on.setdefault(box.subscription_id, box.ships_on)
    found = []
    for each in subscriptions_of(work.session, subscriber_id):
        pause = open_pause(work.session, each.id)
        found.append(
            Card(
                subscription=each,
                address=address_of(work.session, each.address_id),
                resumes_on=pause.resumes_on if pause else None,
                next_on=next_on.get(each.id),
                free_until=free_until(each, work.now, work.shop.zone),
            )
        )
    return sorted(found, key=lambda card: card.subscription.status in OVER)


@bp.post("/<uuid:subscription_id>/pause")
@subscriber_only
def pause(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Pause until a day, or until further notice."""
    typed = Typed(request.form)
    resumes_on = typed.day("resumes_on")
    if not typed.ok:
        flash(typed.wrong["resumes_on"], "warn")
        return redirect(url_for("plan.show"), 303)
    with open_work() as work:
        pause_subscription(work, g.subscriber_id, subscription_id, resumes_on)
    flash(words.paused(resumes_on), "good")
    return redirect(url_for("plan.show"), 303)


@bp.post("/<uuid:subscription_id>/resume")
@subscriber_only
def resume(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Resume a paused subscription."""
    with open_work() as work:
        resume_subscription(work, g.subscriber_id, subscription_id)
    flash(words.resumed(), "good")
    return redirect(url_for("plan.show"), 303)


@bp.get("/<uuid:subscription_id>/cancel")
@subscriber_only
def ask_cancel(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Show what cancelling means: the first of two clicks."""
    with open_work() as work:
        subscription = own_subscription(work.session, g.subscriber_id, subscription_id)
        left = sum(term.left for term in open_terms(work.session, subscription_id))
        free = free_until(subscription, work.now, work.shop.zone)
    return render_template(
        "portal/cancel.html",
        subscription=subscription,
        left=0 if free else left,
        free_until=free,
        typed=Typed(),
    )


@bp.post("/<uuid:subscription_id>/cancel")
@subscriber_only
def cancel(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """End the subscription: the second click. A reason is never asked for twice."""
    reason, rest = request.form.get("reason", ""), request.form.get("rest", "")
    with open_work() as work:
        cancel_subscription(
            work,
            g.subscriber_id,
            subscription_id,
            reason if reason in REASONS else "",
            PrepaidEnd(rest) if rest in set(PrepaidEnd) else None,
        )
    flash(words.cancelled(), "good")
    return redirect(url_for("plan.show"), 303)


@bp.get("/<uuid:subscription_id>/details")
@subscriber_only
def details(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Show address, note and grind for changing."""
    return details_page(subscription_id, Typed())


@bp.post("/<uuid:subscription_id>/note")
@subscriber_only
def leave_note(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Change the note for the packers, and the grind."""
    typed = Typed(request.form)
    note = typed.text("note", longest=1000)
    grind = typed.choice("grind", list(Grind))
    if not typed.ok or grind is None:
        return details_page(subscription_id, typed), 422
    with open_work() as work:
        change_note(work, g.subscriber_id, subscription_id, note)
        change_grind(work, g.subscriber_id, subscription_id, Grind(grind))
    flash(words.saved(), "good")
    return redirect(url_for("plan.show"), 303)


def details_page(subscription_id: uuid.UUID, noted: Typed) -> str:
    """Return the form as typed, below the address."""
    with open_work() as work:
        subscription = own_subscription(work.session, g.subscriber_id, subscription_id)
        address = address_of(work.session, subscription.address_id)
    return render_template(
        "portal/details.html",
        subscription=subscription,
        address=address,
        noted=noted,
        grinds=list(words.GRINDS.items()),
    )


@bp.get("/<uuid:subscription_id>/mix")
@subscriber_only
def mix(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Show the own mix: so many of these in every box, none of those."""
    return mix_page(subscription_id, Typed())


@bp.post("/<uuid:subscription_id>/mix")
@subscriber_only
def save_mix(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Keep the mix."""
    typed = Typed(request.form)
    try:
        with open_work() as work:
            wanted = read_mix(typed, [each.id for each in products(work.session)])
            if typed.ok:
                set_mix(work, g.subscriber_id, subscription_id, wanted)
    except Refused as refused:
        typed.refused(refused)
    if not typed.ok:
        return mix_page(subscription_id, typed), 422
    flash(words.mix_saved(), "good")
    return redirect(url_for("plan.mix", subscription_id=subscription_id), 303)


def read_mix(typed: Typed, known: list[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Read units by product; an empty field says nothing, a ticked ban says never."""
    wanted: dict[uuid.UUID, int] = {}
    for product_id in known:
        if typed.ticked(f"ban-{product_id}"):
            wanted[product_id] = 0
            continue
        if typed.values.get(f"units-{product_id}", "").strip() in {"", "0"}:
            continue
        wanted[product_id] = typed.number(f"units-{product_id}", 0, 1000)
    return wanted


def mix_page(subscription_id: uuid.UUID, typed: Typed) -> str:
    """Return the mix as typed."""
    with open_work() as work:
        subscription = own_subscription(work.session, g.subscriber_id, subscription_id)
        stored = mixes(work.session, [subscription_id]).get(subscription_id, {})
        on_sale = products(work.session, SaleStatus.ON_SALE)
        room = slots_of(subscription)
    return render_template(
        "portal/mix.html",
        subscription=subscription,
        stored=stored,
        products=on_sale,
        room=room,
        typed=typed,
    )
