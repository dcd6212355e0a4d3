"""Rates a coffee in two taps: how it was, then why. Works as plain forms."""

import uuid

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.personalization.queries import RatingRow, own_ratings
from app.personalization.rules import LONGEST_NOTE, Rating, RatingReason
from app.personalization.services.rate_product import rate_product, take_rating_back
from app.web import words
from app.web.doors import open_work, own_path, subscriber_only
from app.web.portal.refusals import back_to
from app.web.typed import Typed

bp = Blueprint("rating", __name__, url_prefix="/taste")
bp.register_error_handler(Refused, back_to("taste.show"))


@bp.post("/rate")
@subscriber_only
def rate() -> ResponseReturnValue:
    """Keep a rating; a reason that is tapped again is taken away."""
    typed = Typed(request.form)
    product_id = typed.key("product")
    if product_id is None:
        return unclear()
    with open_work() as work:
        before = rating_of(work, g.subscriber_id, product_id)
        if typed.ticked("take_back"):
            take_rating_back(work, g.subscriber_id, product_id)
            flash(words.rating_taken_back(), "good")
            return there(product_id)
        given = read_rating(typed, before)
        if given is None:
            return unclear()
        rate_product(work, g.subscriber_id, product_id, given)
    flash(words.rated(), "good")
    return there(product_id)


def rating_of(
    work: UnitOfWork, subscriber_id: uuid.UUID, product_id: uuid.UUID
) -> RatingRow | None:
    """Return somebody's rating of one coffee that counts now."""
    found = own_ratings(work.session, subscriber_id)
    return next((each for each in found if each.product_id == product_id), None)


def read_rating(typed: Typed, before: RatingRow | None) -> Rating | None:
    """Return the rating as it stands after this tap, or None if it makes no sense."""
    tapped = typed.choice("reason", list(RatingReason), required=False)
    liking = before.liking if before else 0
    if "liking" in typed.values or not before:
        liking = typed.number("liking", 1, 5)
    note = typed.text("note", longest=LONGEST_NOTE) if "note" in typed.values else None
    if not typed.ok:
        return None
    reasons = {RatingReason(each) for each in before.reasons} if before else set()
    if tapped:
        reasons ^= {RatingReason(tapped)}
    kept = (before.note if before else "") if note is None else note
    return Rating(liking, tuple(each for each in RatingReason if each in reasons), kept)


def unclear() -> ResponseReturnValue:
    """Say that something has to be chosen."""
    flash(words.choose_one(), "warn")
    return redirect(url_for("taste.show") + "#ratings", 303)


def there(product_id: uuid.UUID) -> ResponseReturnValue:
    """Lead back to where the coffee was rated."""
    back = request.form.get("back", "")
    return redirect(
        (own_path(back) if back else url_for("taste.show")) + f"#rate-{product_id}", 303
    )
