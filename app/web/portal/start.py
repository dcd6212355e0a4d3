"""The rest of signing up: taste, card, and the first dates."""

import uuid

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.billing.services.save_card import save_card
from app.core.clock import local_day
from app.core.refusals import Refused
from app.fulfilment.queries import upcoming_boxes
from app.fulfilment.services.activate_subscription import activate_subscription
from app.fulfilment.services.preview_term import preview_term
from app.personalization.services.answer_quiz import answer_quiz
from app.personalization.services.set_exclusions import set_exclusions
from app.subscriptions.cooling_queries import cooling_of, free_until
from app.subscriptions.queries import first_dates, own_subscription
from app.subscriptions.rules import OVER
from app.web.doors import actor, open_work, subscriber_only, tools
from app.web.portal.cards import card_left_behind, lead_to_card
from app.web.portal.quiz import offered_exclusions, read_answers, read_exclusions, stored_taste
from app.web.portal.refusals import back_to
from app.web.portal.waiting import say_lost
from app.web.typed import Typed

bp = Blueprint("start", __name__, url_prefix="/start/<uuid:subscription_id>")
bp.register_error_handler(Refused, back_to("box.show"))


@bp.get("/taste")
@subscriber_only
def taste(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Ask what somebody likes and what must never come."""
    return taste_page(subscription_id, Typed())


@bp.post("/taste")
@subscriber_only
def save_taste(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Keep the answers, and go on to the card."""
    typed = Typed(request.form)
    answers = read_answers(typed)
    with open_work() as work:
        ruled_out = read_exclusions(typed, offered_exclusions(work, g.subscriber_id))
        if typed.ok:
            answer_quiz(work, g.subscriber_id, answers)
            set_exclusions(work, g.subscriber_id, ruled_out)
    if not typed.ok:
        return taste_page(subscription_id, typed), 422
    return redirect(url_for("start.card", subscription_id=subscription_id), 303)


def taste_page(subscription_id: uuid.UUID, typed: Typed) -> str:
    """Return the quiz as typed."""
    with open_work() as work:
        own_subscription(work.session, g.subscriber_id, subscription_id)
        known = stored_taste(work, g.subscriber_id)
        offered = offered_exclusions(work, g.subscriber_id)
    return render_template(
        "portal/start_taste.html",
        typed=typed,
        known=known,
        offered=offered,
        subscription_id=subscription_id,
    )


@bp.get("/card")
@subscriber_only
def card(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Show what was chosen and what it costs, before the card."""
    with open_work() as work:
        subscription = own_subscription(work.session, g.subscriber_id, subscription_id)
        plan, zone = subscription.plan, work.shop.zone
        dates = first_dates(plan, work.now, zone)
    with tools().units.rehearse(actor()) as work:
        ahead = preview_term(work, subscription_id)
        cooling = cooling_of(plan, work.now, zone, ahead is not None)
    return render_template(
        "portal/start_card.html",
        subscription=subscription,
        dates=dates,
        ahead=ahead,
        cooling=cooling,
    )


@bp.post("/card")
@subscriber_only
def leave_card(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Lead to the provider's page, where the card is typed."""
    with open_work() as work:
        own_subscription(work.session, g.subscriber_id, subscription_id)
    here = url_for("start.card", subscription_id=subscription_id)
    done = url_for("start.done", subscription_id=subscription_id)
    return lead_to_card(subscription_id, done, here)


@bp.get("/done")
@subscriber_only
def done(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Come back from the provider's page: keep the card and start the subscription."""
    facts = card_left_behind()
    if facts is None:
        return redirect(url_for("start.card", subscription_id=subscription_id), 303)
    with open_work() as work:
        own_subscription(work.session, g.subscriber_id, subscription_id)
        save_card(work, g.subscriber_id, facts)
        started = activate_subscription(work, subscription_id)
        lost = started.status in OVER
    if lost:
        say_lost()
        return redirect(url_for("plan.show"), 303)
    return redirect(url_for("start.welcome", subscription_id=subscription_id), 303)


@bp.get("/welcome")
@subscriber_only
def welcome(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Name the first three dates and the first cut-off."""
    with open_work() as work:
        subscription = own_subscription(work.session, g.subscriber_id, subscription_id)
        today = local_day(work.now, work.shop.zone)
        boxes = [
            box
            for box in upcoming_boxes(work.session, g.subscriber_id, today)
            if box.subscription_id == subscription_id
        ]
        free = free_until(subscription, work.now, work.shop.zone)
    return render_template(
        "portal/welcome.html", subscription=subscription, boxes=boxes[:3], free_until=free
    )
