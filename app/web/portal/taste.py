"""The taste: the quiz again, what is ruled out, and ratings of what came."""

import uuid

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.refusals import Refused
from app.fulfilment.queries import box_history
from app.personalization.queries import own_ratings
from app.personalization.rules import Rating
from app.personalization.services.answer_quiz import answer_quiz
from app.personalization.services.rate_product import rate_product
from app.personalization.services.set_exclusions import set_exclusions
from app.web import words
from app.web.doors import open_work, subscriber_only
from app.web.portal.quiz import offered_exclusions, read_answers, read_exclusions, stored_taste
from app.web.portal.refusals import back_to
from app.web.typed import Typed

bp = Blueprint("taste", __name__, url_prefix="/taste")
bp.register_error_handler(Refused, back_to("taste.show"))
TASTED = {"released", "shipped"}


@bp.get("/")
@subscriber_only
def show() -> ResponseReturnValue:
    """Show the answers, the exclusions, and what can be rated."""
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


@bp.post("/rate")
@subscriber_only
def rate() -> ResponseReturnValue:
    """Keep a rating of a coffee."""
    typed = Typed(request.form)
    product_id, liking = typed.key("product"), typed.number("liking", 1, 5)
    if product_id is None or not typed.ok:
        flash(words.choose_one(), "warn")
        return redirect(url_for("taste.show") + "#ratings", 303)
    with open_work() as work:
        rate_product(work, g.subscriber_id, product_id, Rating(liking))
    flash(words.rated(), "good")
    return redirect(url_for("taste.show") + "#ratings", 303)


def page(typed: Typed) -> str:
    """Return the page as typed."""
    with open_work() as work:
        known = stored_taste(work, g.subscriber_id)
        offered = offered_exclusions(work, g.subscriber_id)
        boxes = box_history(work.session, g.subscriber_id)
        given = own_ratings(work.session, g.subscriber_id)
    tasted: dict[uuid.UUID, str] = {}
    for box in boxes:
        if box.status in TASTED:
            tasted.update({line.product_id: line.name for line in box.lines})
    rated = {each.product_id: each.liking for each in given}
    return render_template(
        "portal/taste.html", typed=typed, known=known, offered=offered, tasted=tasted, rated=rated
    )
