"""Addresses of other programs: what they are told, how it went, and once more."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.core.clock import real_now
from app.core.refusals import Refused
from app.hooks.queries import (
    EndpointRow,
    deliveries,
    delivery_detail,
    endpoint_row,
    endpoints,
)
from app.hooks.rules import TOLD, DeliveryStatus
from app.hooks.services.replay_deliveries import replay_delivery, replay_failed
from app.hooks.services.save_endpoint import (
    EndpointFields,
    rotate_secret,
    save_endpoint,
    send_test,
    switch_endpoint,
)
from app.web.doors import open_work, tools
from app.web.staff.hook_words import OFF, TOPICS
from app.web.staff.paging import wanted_page, wanted_word
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_hooks", __name__, url_prefix="/staff/webhooks")
bp.register_error_handler(Refused, back_to("staff_hooks.index"))
PATTERNS = ("*", *dict.fromkeys(f"{each.partition('.')[0]}.*" for each in TOLD), *TOLD)
STATES = tuple(status.value for status in DeliveryStatus)


@bp.get("/")
@allowed("hooks")
def index() -> ResponseReturnValue:
    """List the addresses, and how their deliveries of a week went."""
    with open_work() as work:
        rows = endpoints(work.session)
    return render_template("staff/hooks.html", rows=rows, off=OFF)


@bp.get("/new")
@allowed("hooks")
def new() -> ResponseReturnValue:
    """Ask for a new address."""
    return form(Typed(), None)


@bp.post("/new")
@allowed("hooks")
def add() -> ResponseReturnValue:
    """Add an address. Its secret is shown in this answer and nowhere else: no redirect."""
    return keep(None)


@bp.get("/<uuid:endpoint_id>")
@allowed("hooks")
def show(endpoint_id: uuid.UUID) -> ResponseReturnValue:
    """Show an address and its deliveries."""
    return page(endpoint_id)


def page(endpoint_id: uuid.UUID, fresh_secret: str = "") -> str:
    """Return the page of an address; a new secret is shown this once."""
    word, window = wanted_word("state"), wanted_page(50)
    status = DeliveryStatus(word) if word in STATES else None
    with open_work() as work:
        row = endpoint_row(work.session, endpoint_id)
        found = window.page(deliveries(work.session, endpoint_id, status, *window.limits))
    return render_template(
        "staff/hook.html",
        row=row,
        rows=found,
        state_wanted=word if status else "",
        fresh_secret=fresh_secret,
        now=real_now(),
        off=OFF,
    )


@bp.get("/<uuid:endpoint_id>/deliveries/<int:delivery_id>")
@allowed("hooks")
def delivery(endpoint_id: uuid.UUID, delivery_id: int) -> ResponseReturnValue:
    """Show one delivery: what is sent, and what came back each time."""
    with open_work() as work:
        row = endpoint_row(work.session, endpoint_id)
        found = delivery_detail(work.session, endpoint_id, delivery_id)
    return render_template("staff/hook_delivery.html", row=row, found=found)


@bp.get("/<uuid:endpoint_id>/edit")
@allowed("hooks")
def edit(endpoint_id: uuid.UUID) -> ResponseReturnValue:
    """Show an address to be changed."""
    with open_work() as work:
        row = endpoint_row(work.session, endpoint_id)
    return form(Typed(values_of(row)), endpoint_id)


def values_of(row: EndpointRow) -> MultiDict[str, str]:
    """Return a stored address as its form would have typed it."""
    named = [("name", row.name), ("url", row.url)]
    return MultiDict([*named, *(("types", each) for each in row.types)])


@bp.post("/<uuid:endpoint_id>/edit")
@allowed("hooks")
def change(endpoint_id: uuid.UUID) -> ResponseReturnValue:
    """Change an address."""
    return keep(endpoint_id)


def keep(endpoint_id: uuid.UUID | None) -> ResponseReturnValue:
    """Save what was typed, or show it again with what is wrong."""
    typed = Typed(request.form)
    fields = EndpointFields(
        typed.text("name", required=True, longest=60),
        typed.text("url", required=True, longest=500),
        typed.many("types", PATTERNS),
    )
    if typed.ok:
        try:
            with open_work() as work:
                saved = save_endpoint(work, fields, tools().courier.refusal, endpoint_id)
        except Refused as refused:
            if refused.field is None:
                raise
            typed.refused(refused)
    if not typed.ok:
        return form(typed, endpoint_id), 422
    if endpoint_id is None:
        return page(saved.id, saved.secret)
    flash(gettext("Saved."), "good")
    return to(endpoint_id)


def form(typed: Typed, endpoint_id: uuid.UUID | None) -> str:
    """Return the form as typed."""
    topics = [
        (f"{topic}.*", words, [each for each in TOLD if each.startswith(f"{topic}.")])
        for topic, words in TOPICS.items()
    ]
    return render_template(
        "staff/hook_form.html", typed=typed, endpoint_id=endpoint_id, topics=topics
    )


@bp.post("/<uuid:endpoint_id>/rotate")
@allowed("hooks")
def rotate(endpoint_id: uuid.UUID) -> ResponseReturnValue:
    """Renew the secret. It is shown in this answer and nowhere else: no redirect."""
    with open_work() as work:
        secret = rotate_secret(work, endpoint_id).secret
    return page(endpoint_id, secret)


@bp.post("/<uuid:endpoint_id>/switch")
@allowed("hooks")
def switch(endpoint_id: uuid.UUID) -> ResponseReturnValue:
    """Switch an address off, or on again."""
    on = request.form.get("on") == "yes"
    with open_work() as work:
        switch_endpoint(work, endpoint_id, on)
    flash(gettext("Switched on.") if on else gettext("Switched off."), "good")
    return to(endpoint_id)


@bp.post("/<uuid:endpoint_id>/test")
@allowed("hooks")
def test(endpoint_id: uuid.UUID) -> ResponseReturnValue:
    """Send a test event."""
    with open_work() as work:
        send_test(work, endpoint_id)
    flash(gettext("A test is on its way."), "good")
    return to(endpoint_id)


@bp.post("/<uuid:endpoint_id>/replay")
@allowed("hooks")
def replay(endpoint_id: uuid.UUID) -> ResponseReturnValue:
    """Send everything once more that was given up."""
    with open_work() as work:
        count = replay_failed(work, endpoint_id)
    flash(gettext("%(n)d are sent once more.", n=count), "good")
    return to(endpoint_id)


@bp.post("/<uuid:endpoint_id>/deliveries/<int:delivery_id>/replay")
@allowed("hooks")
def replay_one(endpoint_id: uuid.UUID, delivery_id: int) -> ResponseReturnValue:
    """Send one delivery once more."""
    with open_work() as work:
        replay_delivery(work, endpoint_id, delivery_id)
    flash(gettext("It is sent once more."), "good")
    return to(endpoint_id)


def to(endpoint_id: uuid.UUID) -> ResponseReturnValue:
    """Go to the page of an address."""
    return redirect(url_for("staff_hooks.show", endpoint_id=endpoint_id), 303)
