"""The taste: what we think somebody likes and why, and everything that it comes from."""

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalog.queries import products_by_id
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.queries import box_history
from app.fulfilment.reveal_queries import as_revealed
from app.fulfilment.services.forget_own_taste import forget_own_taste
from app.personalization.queries import RatingRow, own_ratings
from app.personalization.services.answer_quiz import answer_quiz
from app.personalization.services.personal_taste import switch_taste
from app.personalization.services.set_exclusions import set_exclusions
from app.personalization.services.tell_taste import tell_taste
from app.web import words
from app.web.doors import open_work, subscriber_only
from app.web.portal.palates import palates_of
from app.web.portal.quiz import offered_exclusions, read_answers, read_exclusions, stored_taste
from app.web.portal.refusals import back_to
from app.web.typed import Typed

bp = Blueprint("taste", __name__, url_prefix="/taste")
bp.register_error_handler(Refused, back_to("taste.show"))
TASTED = {"released", "shipped"}


@dataclass(frozen=True)
class Cup:
    """A coffee that somebody had: its name, and their rating if they gave one."""

    product_id: uuid.UUID
    name: Any
    rating: RatingRow | None


@bp.get("/")
@subscriber_only
def show() -> ResponseReturnValue:
    """Show what we think somebody likes, the answers, the exclusions, and the ratings."""
    return page(Typed())


@bp.post("/")
@subscriber_only
def save() -> ResponseReturnValue:
    """Keep the answers and the exclusions."""
    typed = Typed(request.form)
    answers = read_answers(typed)
    with open_work() as work:
        ruled_out = read_exclusions(typed, offered_exclusions(work, g.subscriber_id))
        if typed.ok:
            answer_quiz(work, g.subscriber_id, answers)
            set_exclusions(work, g.subscriber_id, ruled_out)
    if not typed.ok:
        return page(typed), 422
    flash(words.taste_saved(), "good")
    return redirect(url_for("taste.show"), 303)


@bp.post("/switch")
@subscriber_only
def switch() -> ResponseReturnValue:
    """Use somebody's own taste for their boxes, or leave it alone."""
    on = Typed(request.form).choice("personal", ("yes", "no"))
    if on is None:
        flash(words.choose_one(), "warn")
        return redirect(url_for("taste.show") + "#yours", 303)
    with open_work() as work:
        switch_taste(work, g.subscriber_id, on == "yes")
    flash(words.taste_switched(on == "yes"), "good")
    return redirect(url_for("taste.show"), 303)


@bp.post("/forget")
@subscriber_only
def forget() -> ResponseReturnValue:
    """Forget answers, ratings and everything learnt, once somebody has said that they mean it."""
    if not Typed(request.form).ticked("sure"):
        flash(words.tick_to_forget(), "warn")
        return redirect(url_for("taste.show") + "#yours", 303)
    with open_work() as work:
        forget_own_taste(work, g.subscriber_id)
    flash(words.taste_forgotten(), "good")
    return redirect(url_for("taste.show"), 303)


def page(typed: Typed) -> str:
    """Return the page as typed."""
    with open_work() as work:
        return render_template(
            "portal/taste.html",
            typed=typed,
            known=stored_taste(work, g.subscriber_id),
            offered=offered_exclusions(work, g.subscriber_id),
            told=tell_taste(work, g.subscriber_id),
            cups=cups_of(work, g.subscriber_id),
            household=palates_of(work, g.subscriber_id),
        )


def cups_of(work: UnitOfWork, subscriber_id: uuid.UUID) -> list[Cup]:
    """Return every coffee that somebody was sent or rated; those without a rating first."""
    boxes = box_history(work.session, subscriber_id)
    names: dict[uuid.UUID, Any] = {
        line.product_id: line.name
        for box in as_revealed(work.session, boxes, work.now, work.shop)
        if box.status in TASTED
        for line in box.lines
    }
    given = {each.product_id: each for each in own_ratings(work.session, subscriber_id)}
    known = products_by_id(work.session, {*names, *given})
    cups = [
        Cup(key, known[key].name if key in known else names[key], given.get(key))
        for key in dict.fromkeys([*names, *reversed(given)])
    ]
    return sorted(cups, key=lambda cup: cup.rating is not None)
