"""The next box: see it, swap, pin, take out, skip, and what came before."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalog.queries import products_by_id
from app.core.clock import local_day
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.number_queries import FELL_OUT, box_numbers
from app.fulfilment.queries import BoxRow, box_history, box_of, upcoming_boxes
from app.fulfilment.reveal_queries import as_revealed
from app.fulfilment.services.choose_lines import (
    forget_choice,
    pin_product,
    reset_choices,
    swap_product,
    take_out,
)
from app.fulfilment.services.foresee_supply import Foreseen, foresee_supply
from app.fulfilment.services.propose_box import ProposedBox, propose_box
from app.fulfilment.services.skip_box import skip_box, unskip_box
from app.fulfilment.shelf_queries import Missed, missed_of
from app.personalization.household_queries import Member, household_of
from app.personalization.queries import RatingRow, own_ratings
from app.subscriptions.queries import subscriptions_of
from app.subscriptions.rules import is_open
from app.web import words
from app.web.doors import open_work, subscriber_only
from app.web.portal.refusals import back_to
from app.web.typed import Typed

bp = Blueprint("box", __name__, url_prefix="/box")
bp.register_error_handler(Refused, back_to("box.show"))


@dataclass(frozen=True)
class Page:
    """A box with everything its page shows; `proposal` is there while it can change.

    `last` is the last box that was sent, while a coffee of it waits for its rating; `names` are
    the coffees' names in all languages; `sharing` are the people who drink along.
    """

    box: BoxRow | None
    proposal: ProposedBox | None
    changeable: bool
    ahead: list[BoxRow]
    subscriptions: dict[uuid.UUID, Any]
    open_ids: frozenset[uuid.UUID]
    ratings: dict[uuid.UUID, RatingRow]
    last: BoxRow | None
    missed: Missed | None
    names: dict[uuid.UUID, dict[str, str]]
    foreseen: Foreseen | None
    sharing: list[Member]
    number: int | None


@bp.get("/")
@bp.get("/<uuid:box_id>", endpoint="show")
@subscriber_only
def show(box_id: uuid.UUID | None = None) -> ResponseReturnValue:
    """Show one box (the next one that can change, if none is named) and those after it."""
    with open_work() as work:
        page = read(work, g.subscriber_id, box_id)
    return render_template("portal/box.html", page=page)


def read(work: UnitOfWork, subscriber_id: uuid.UUID, box_id: uuid.UUID | None) -> Page:
    """Return what the page of a box shows."""
    today = local_day(work.now, work.shop.zone)
    ahead = upcoming_boxes(work.session, subscriber_id, today)
    open_ids = frozenset(
        box.id
        for box in ahead
        if box.status in {"planned", "skipped"} and is_open(box.cutoff_at, work.now)
    )
    planned = [box for box in ahead if box.id in open_ids and box.status == "planned"]
    box = next(iter(planned), None)
    if box_id:
        box = revealed(work, [box_of(work.session, subscriber_id, box_id)])[0]
    changeable = box is not None and box.id in open_ids
    proposal = None
    if box and changeable and box.status == "planned":
        proposal = propose_box(work, subscriber_id, box.id)
    known = {each.id: each for each in subscriptions_of(work.session, subscriber_id)}
    ratings = {each.product_id: each for each in own_ratings(work.session, subscriber_id)}
    last = None if box_id else unrated_box(work, subscriber_id, ratings)
    missed = missed_of(work.session, box.id) if box and not box.reveals_at else None
    names = names_in(work, [each for each in (box, last) if each])
    first = box is not None and planned[:1] == [box]
    return Page(
        box=box,
        proposal=proposal,
        changeable=changeable,
        ahead=ahead,
        subscriptions=known,
        open_ids=open_ids,
        ratings=ratings,
        last=last,
        missed=missed,
        names=names,
        foreseen=foresee_supply(work, subscriber_id) if first else None,
        sharing=household_of(work.session, subscriber_id),
        number=numbers_of(work, [box] if box else []).get(box.id) if box else None,
    )


def numbers_of(work: UnitOfWork, boxes: Sequence[BoxRow]) -> dict[uuid.UUID, int]:
    """Return which box of its subscription each one is; none for a box that does not come."""
    return box_numbers(work.session, [box for box in boxes if box.status not in FELL_OUT])


def revealed(work: UnitOfWork, boxes: Sequence[BoxRow]) -> list[BoxRow]:
    """Return boxes as their subscriber may see them now."""
    return as_revealed(work.session, boxes, work.now, work.shop)


def names_in(work: UnitOfWork, boxes: Sequence[BoxRow]) -> dict[uuid.UUID, dict[str, str]]:
    """Return the names of the coffees in packed boxes, in all languages."""
    inside = {line.product_id for box in boxes for line in box.lines}
    return {key: each.name for key, each in products_by_id(work.session, inside).items()}


def unrated_box(
    work: UnitOfWork, subscriber_id: uuid.UUID, ratings: Mapping[uuid.UUID, RatingRow]
) -> BoxRow | None:
    """Return the last box that was sent, if a coffee of it waits for its rating."""
    sent = [box for box in box_history(work.session, subscriber_id) if box.status == "shipped"]
    if sent and any(line.product_id not in ratings for line in sent[0].lines):
        return sent[0]
    return None


@bp.get("/history")
@subscriber_only
def history() -> ResponseReturnValue:
    """Show what was really sent, as it was packed."""
    with open_work() as work:
        boxes = revealed(work, box_history(work.session, g.subscriber_id))
        known = {each.id: each for each in subscriptions_of(work.session, g.subscriber_id)}
        numbers = numbers_of(work, boxes)
    return render_template("portal/history.html", boxes=boxes, subscriptions=known, numbers=numbers)


@bp.post("/<uuid:box_id>/skip")
@subscriber_only
def skip(box_id: uuid.UUID) -> ResponseReturnValue:
    """Skip this dated box; tapping twice skips one box."""
    with open_work() as work:
        receipt = skip_box(work, g.subscriber_id, box_id)
    flash(words.skipped(receipt), "good")
    return redirect(url_for("box.show", box_id=receipt.next_box_id), 303)


@bp.post("/<uuid:box_id>/unskip")
@subscriber_only
def unskip(box_id: uuid.UUID) -> ResponseReturnValue:
    """Take a skip back."""
    with open_work() as work:
        receipt = unskip_box(work, g.subscriber_id, box_id)
    flash(words.unskipped(receipt), "good")
    return to_box(box_id)


@bp.post("/<uuid:box_id>/swap")
@subscriber_only
def swap(box_id: uuid.UUID) -> ResponseReturnValue:
    """Exchange one coffee for another."""
    typed = Typed(request.form)
    out_id, in_id = typed.key("out"), typed.key("in")
    if out_id is None or in_id is None:
        flash(words.choose_one(), "warn")
        return to_box(box_id)
    with open_work() as work:
        now = swap_product(work, g.subscriber_id, box_id, out_id, in_id)
    flash(words.swapped(now, in_id), "good")
    return to_box(box_id)


@bp.post("/<uuid:box_id>/pin")
@subscriber_only
def pin(box_id: uuid.UUID) -> ResponseReturnValue:
    """Keep a coffee in this box, or put one in."""
    typed = Typed(request.form)
    product_id, units = typed.key("product"), typed.number("units", 1, 100)
    if product_id is None or not typed.ok:
        flash(words.choose_one(), "warn")
        return to_box(box_id)
    with open_work() as work:
        now = pin_product(work, g.subscriber_id, box_id, product_id, units)
    flash(words.pinned(now, product_id), "good")
    return to_box(box_id)


@bp.post("/<uuid:box_id>/unpin")
@subscriber_only
def unpin(box_id: uuid.UUID) -> ResponseReturnValue:
    """Leave a place in this box to the shop again."""
    product_id = Typed(request.form).key("product")
    if product_id is not None:
        with open_work() as work:
            forget_choice(work, g.subscriber_id, box_id, product_id)
        flash(words.unpinned(), "good")
    return to_box(box_id)


@bp.post("/<uuid:box_id>/take-out")
@subscriber_only
def leave_out(box_id: uuid.UUID) -> ResponseReturnValue:
    """Keep a coffee out of this box."""
    product_id = Typed(request.form).key("product")
    if product_id is not None:
        with open_work() as work:
            take_out(work, g.subscriber_id, box_id, product_id)
        flash(words.taken_out(), "good")
    return to_box(box_id)


@bp.post("/<uuid:box_id>/reset")
@subscriber_only
def reset(box_id: uuid.UUID) -> ResponseReturnValue:
    """Forget what was chosen for this box alone."""
    with open_work() as work:
        reset_choices(work, g.subscriber_id, box_id)
    flash(words.reset(), "good")
    return to_box(box_id)


def to_box(box_id: uuid.UUID) -> ResponseReturnValue:
    """Lead back to a box."""
    return redirect(url_for("box.show", box_id=box_id), 303)
