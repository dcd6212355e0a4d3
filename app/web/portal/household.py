"""The household: who shares somebody's boxes, what they like, and what they thought of a coffee."""

import uuid
from collections.abc import Sequence

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.services.forget_own_taste import let_member_go
from app.personalization.household_rules import LONGEST_NAME, HouseholdRefusal
from app.personalization.rules import QuizAnswers
from app.personalization.services.keep_household import add_member, change_member, rate_for_member
from app.web.doors import open_work, subscriber_only
from app.web.portal.palates import Palate, palate_of
from app.web.portal.quiz import (
    StoredTaste,
    offered_exclusions,
    read_answers,
    read_exclusions,
    shown_taste,
)
from app.web.portal.refusals import back_to
from app.web.portal.taste import Cup, cups_of
from app.web.typed import Typed

bp = Blueprint("household", __name__, url_prefix="/taste/household")
bp.register_error_handler(Refused, back_to("taste.show"))


@bp.get("/")
@subscriber_only
def new() -> ResponseReturnValue:
    """Show the form by which somebody is added."""
    return page(Typed(), None)


@bp.post("/")
@subscriber_only
def add() -> ResponseReturnValue:
    """Let somebody share the boxes from now on."""
    typed = Typed(request.form)
    member_id = save(typed, None)
    if member_id is None:
        return page(typed, None), 422
    flash(gettext("Added. Your next open box is made for all of you."), "good")
    return redirect(url_for("household.show", member_id=member_id), 303)


@bp.get("/<uuid:member_id>")
@subscriber_only
def show(member_id: uuid.UUID) -> ResponseReturnValue:
    """Show one member: ratings, answers, what must never come."""
    return page(Typed(), member_id)


@bp.post("/<uuid:member_id>")
@subscriber_only
def change(member_id: uuid.UUID) -> ResponseReturnValue:
    """Keep a member's name, answers and exclusions."""
    typed = Typed(request.form)
    if save(typed, member_id) is None:
        return page(typed, member_id), 422
    flash(gettext("Saved. Your next open box knows it already."), "good")
    return redirect(url_for("household.show", member_id=member_id), 303)


@bp.post("/<uuid:member_id>/rate")
@subscriber_only
def rate(member_id: uuid.UUID) -> ResponseReturnValue:
    """Keep how much a member liked a coffee; the same star again takes it back."""
    typed = Typed(request.form)
    product_id, liking = typed.key("product"), typed.number("liking", 0, 5)
    there = url_for("household.show", member_id=member_id)
    if product_id is None or not typed.ok:
        flash(gettext("Please choose one of the answers offered."), "warn")
        return redirect(there + "#ratings", 303)
    with open_work() as work:
        rate_for_member(work, g.subscriber_id, member_id, product_id, liking or None)
    return redirect(f"{there}#rate-{product_id}", 303)


@bp.post("/<uuid:member_id>/remove")
@subscriber_only
def remove(member_id: uuid.UUID) -> ResponseReturnValue:
    """Take a member out, with everything known of them."""
    with open_work() as work:
        let_member_go(work, g.subscriber_id, member_id)
    flash(gettext("Taken out, and forgotten. Your next open box knows it already."), "good")
    return redirect(url_for("taste.show") + "#household", 303)


def save(typed: Typed, member_id: uuid.UUID | None) -> uuid.UUID | None:
    """Keep a member as typed; return None if something is wrong, marked at its field."""
    name = typed.text("name", required=True, longest=LONGEST_NAME)
    answers = read_answers(typed)
    try:
        with open_work() as work:
            ruled_out = read_exclusions(typed, offered_exclusions(work, g.subscriber_id))
            if not typed.ok:
                return None
            if member_id is None:
                return add_member(work, g.subscriber_id, name, answers, ruled_out)
            change_member(work, (g.subscriber_id, member_id), name, answers, ruled_out)
            return member_id
    except Refused as refused:
        if refused.refusal is HouseholdRefusal.UNKNOWN_MEMBER:
            raise
        typed.refused(refused)
        return None


def page(typed: Typed, member_id: uuid.UUID | None) -> str:
    """Return the page of a member, or of one to be added."""
    with open_work() as work:
        palate = None if member_id is None else palate_of(work, g.subscriber_id, member_id)
        return render_template(
            "portal/member.html",
            typed=typed,
            palate=palate,
            known=known_of(palate),
            offered=offered_exclusions(work, g.subscriber_id),
            cups=cups_for(work, palate),
            longest=LONGEST_NAME,
        )


def known_of(palate: Palate | None) -> StoredTaste:
    """Return what the form shows at first."""
    if palate is None:
        return shown_taste(QuizAnswers(), ())
    return shown_taste(palate.member.answers, palate.member.exclusions)


def cups_for(work: UnitOfWork, palate: Palate | None) -> Sequence[Cup]:
    """Return the coffees that the household had, those that this member has yet to rate first."""
    if palate is None:
        return ()
    cups = cups_of(work, g.subscriber_id)
    return sorted(cups, key=lambda cup: cup.product_id in palate.likings)
