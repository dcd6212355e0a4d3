"""Subscribers: find somebody, see everything about them, and do for them what they ask."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.billing.queries import Card, card_of
from app.catalog.queries import products_by_id
from app.core.clock import local_day
from app.core.letter_queries import LetterRow, letters_to
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.box_queries import find_box
from app.fulfilment.invoice_queries import BilledBox, billed_to
from app.fulfilment.queries import BoxRow, box_history, upcoming_boxes
from app.fulfilment.services.cancel_subscription import cancel_subscription
from app.fulfilment.services.pause_subscription import pause_subscription, resume_subscription
from app.fulfilment.services.skip_box import skip_box, unskip_box
from app.people.name_queries import person_page
from app.people.queries import PersonRow
from app.personalization.queries import answers_of, exclusions
from app.personalization.rules import Exclusion, ExclusionKind, QuizAnswers
from app.subscriptions.queries import SubscriptionRow, subscription_rows, subscriptions_of_person
from app.web.doors import open_work
from app.web.i18n import named
from app.web.staff.paging import wanted_page, wanted_word
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed, may
from app.web.typed import Typed

bp = Blueprint("staff_subscribers", __name__, url_prefix="/staff/subscribers")
bp.register_error_handler(Refused, back_to("staff_subscribers.show", "person_id"))


@dataclass(frozen=True)
class PersonPage:
    """Everything that the page of a subscriber shows."""

    person: PersonRow
    subscriptions: list[SubscriptionRow]
    coming: list[BoxRow]
    history: list[BoxRow]
    answers: QuizAnswers | None
    ruled_out: list[tuple[str, str]]
    invoices: list[BilledBox]
    letters: list[LetterRow]
    card: Card | None


@bp.get("/")
@allowed("subscribers")
def index() -> ResponseReturnValue:
    """Search subscribers by name, e-mail address or number; an order number leads to its box."""
    word, window = wanted_word(), wanted_page(40)
    with open_work() as work:
        box_id = find_box(work.session, word) if may("boxes") else None
        rows = window.page(subscription_rows(work.session, word, *window.limits))
    if box_id:
        return redirect(url_for("staff_boxes.show", box_id=box_id))
    return render_template("staff/subscribers.html", rows=rows, q=word)


@bp.get("/<uuid:person_id>")
@allowed("subscribers")
def show(person_id: uuid.UUID) -> ResponseReturnValue:
    """Show one subscriber."""
    return page(person_id, Typed())


def page(person_id: uuid.UUID, typed: Typed) -> str:
    """Return the page of a subscriber, with a form as typed."""
    with open_work() as work:
        found = read_person(work, person_id)
        now = work.now
    return render_template("staff/subscriber.html", page=found, typed=typed, now=now)


def read_person(work: UnitOfWork, person_id: uuid.UUID) -> PersonPage:
    """Read everything that the page of a subscriber shows."""
    session = work.session
    ruled_out = exclusions(session, [person_id]).get(person_id, ())
    return PersonPage(
        person=person_page(session, person_id),
        subscriptions=subscriptions_of_person(session, person_id),
        coming=upcoming_boxes(session, person_id, local_day(work.now, work.shop.zone)),
        history=box_history(session, person_id, 12),
        answers=answers_of(session, person_id),
        ruled_out=in_words(work, ruled_out),
        invoices=billed_to(session, person_id, 12),
        letters=letters_to(session, person_id, 12),
        card=card_of(session, person_id),
    )


def in_words(work: UnitOfWork, ruled_out: tuple[Exclusion, ...]) -> list[tuple[str, str]]:
    """Return exclusions as (kind, what), coffees by their names."""
    ids = [uuid.UUID(each.value) for each in ruled_out if each.kind is ExclusionKind.PRODUCT]
    known = {
        str(key): named(value.name) for key, value in products_by_id(work.session, ids).items()
    }
    return [(each.kind.value, known.get(each.value, each.value)) for each in ruled_out]


def done(person_id: uuid.UUID, told: str) -> ResponseReturnValue:
    """Say what was done, on the subscriber's page."""
    flash(told, "good")
    return redirect(url_for("staff_subscribers.show", person_id=person_id), 303)


@bp.post("/<uuid:person_id>/boxes/<uuid:box_id>/skip")
@allowed("subscribers")
def skip(person_id: uuid.UUID, box_id: uuid.UUID) -> ResponseReturnValue:
    """Skip a box for somebody."""
    with open_work() as work:
        skip_box(work, person_id, box_id)
    return done(person_id, gettext("Skipped. The subscriber is told by letter."))


@bp.post("/<uuid:person_id>/boxes/<uuid:box_id>/unskip")
@allowed("subscribers")
def unskip(person_id: uuid.UUID, box_id: uuid.UUID) -> ResponseReturnValue:
    """Take a skip back for somebody."""
    with open_work() as work:
        unskip_box(work, person_id, box_id)
    return done(person_id, gettext("The box is on again. The subscriber is told by letter."))


@bp.post("/<uuid:person_id>/subscriptions/<uuid:subscription_id>/pause")
@allowed("subscribers")
def pause(person_id: uuid.UUID, subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Pause for somebody, until a day or until they resume."""
    typed = Typed(request.form)
    resumes_on = typed.day("resumes_on")

    def deed(work: UnitOfWork) -> None:
        pause_subscription(work, person_id, subscription_id, resumes_on)

    return tried(person_id, typed, deed, gettext("Paused. The subscriber is told by letter."))


@bp.post("/<uuid:person_id>/subscriptions/<uuid:subscription_id>/resume")
@allowed("subscribers")
def resume(person_id: uuid.UUID, subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Resume for somebody."""
    with open_work() as work:
        resume_subscription(work, person_id, subscription_id)
    return done(person_id, gettext("Resumed. The subscriber is told by letter."))


@bp.post("/<uuid:person_id>/subscriptions/<uuid:subscription_id>/cancel")
@allowed("subscribers")
def cancel(person_id: uuid.UUID, subscription_id: uuid.UUID) -> ResponseReturnValue:
    """End a subscription for somebody."""
    typed = Typed(request.form)
    reason = typed.text("reason", longest=1000)

    def deed(work: UnitOfWork) -> None:
        cancel_subscription(work, person_id, subscription_id, reason)

    return tried(person_id, typed, deed, gettext("Ended. The subscriber is told by letter."))


def tried(
    person_id: uuid.UUID, typed: Typed, deed: Callable[[UnitOfWork], None], told: str
) -> ResponseReturnValue:
    """Do a deed unless the form is wrong; a refusal marks the field that it is about."""
    if typed.ok:
        try:
            with open_work() as work:
                deed(work)
        except Refused as refused:
            if refused.field is None:
                raise
            typed.refused(refused)
    if not typed.ok:
        return page(person_id, typed), 422
    return done(person_id, told)
