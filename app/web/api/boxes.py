"""Boxes: what comes, skipping it, and choosing what is in it until its cut-off."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.core.clock import local_day
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.queries import any_box, box_history, upcoming_boxes
from app.fulfilment.reveal_queries import as_revealed
from app.fulfilment.services import choose_lines
from app.fulfilment.services import skip_box as skipping
from app.fulfilment.services.propose_box import propose_for_staff
from app.people.queries import subscriber_of
from app.people.rules import Scope
from app.web.api.box_shapes import (
    Box,
    BoxPage,
    BoxPath,
    Proposal,
    box_named,
    shown_box,
    shown_proposal,
)
from app.web.api.chapter import Chapter
from app.web.api.shapes import Id, Money, Paging, Strict, Whole, cut, shown
from app.web.api.subscribers import SubscriberPath

BOXES = Chapter("Boxes", "Each box of a subscription, which can be changed until its cut-off.")
READ, WRITE = Scope.SUBSCRIPTIONS_READ, Scope.SUBSCRIPTIONS_WRITE
SOME_PRODUCT = "0d9a6e3c-52a6-4f0a-8f50-6a3c5d0f4c11"


class BoxQuery(Paging):
    """Which boxes are wanted."""

    when: Literal["upcoming", "past"] = Field(
        "upcoming", description="Boxes from today on, or what was packed, newest first."
    )


class Skip(Strict):
    """The receipt of a skip: what it saves before tax, and which box comes next."""

    box_id: Id
    ships_on: date
    saved: Money
    next_box_id: Id | None
    next_ships_on: date | None


class PinIn(Strict):
    """So many units of a product for this box."""

    model_config = shown(product_id=SOME_PRODUCT, units=1)

    product_id: Id
    units: Annotated[int, Whole(1, 100)] = 1


class OneProductIn(Strict):
    """A product of this box."""

    model_config = shown(product_id=SOME_PRODUCT)

    product_id: Id


class SwapIn(Strict):
    """One product for another, unit for unit."""

    model_config = shown(
        out_product_id=SOME_PRODUCT, in_product_id="7f1c5c0e-3b7d-4d8e-9a55-0f4d1f9f2a10"
    )

    out_product_id: Id
    in_product_id: Id


@BOXES.get("/subscribers/<uuid:subscriber_id>/boxes", READ)
def list_boxes(work: UnitOfWork, path: SubscriberPath, query: BoxQuery) -> BoxPage:
    """List somebody's boxes."""
    subscriber_of(work.session, path.subscriber_id)
    if query.when == "past":
        found = box_history(work.session, path.subscriber_id, query.reach)
    else:
        today = local_day(work.now, work.shop.zone)
        found = upcoming_boxes(work.session, path.subscriber_id, today)
    page = cut(query, as_revealed(work.session, found, work.now, work.shop))
    return BoxPage(**{**page, "items": [shown_box(work, each) for each in page["items"]]})


@BOXES.get("/boxes/<uuid:box_id>", READ)
def get_box(work: UnitOfWork, path: BoxPath) -> Box:
    """Get a box with what was packed."""
    return box_named(work, path.box_id)


@BOXES.get("/boxes/<uuid:box_id>/proposal", READ)
def get_proposal(work: UnitOfWork, path: BoxPath) -> Proposal:
    """Get what a box would hold if it were composed now, and what could be in it instead."""
    return shown_proposal(work, propose_for_staff(work, path.box_id))


@BOXES.post("/boxes/<uuid:box_id>/skip", WRITE, undo="unskipBox")
def skip_box(work: UnitOfWork, path: BoxPath) -> Skip:
    """Skip a box: no order, no charge; skipping it again changes nothing."""
    return receipt(work, skipping.skip_box(work, owner_of(work, path), path.box_id))


@BOXES.post("/boxes/<uuid:box_id>/unskip", WRITE, undo="skipBox")
def unskip_box(work: UnitOfWork, path: BoxPath) -> Skip:
    """Take a skip back before the cut-off; the box and its charge are on again."""
    return receipt(work, skipping.unskip_box(work, owner_of(work, path), path.box_id))


@BOXES.post("/boxes/<uuid:box_id>/pin", WRITE, undo="resetBox")
def pin_product(work: UnitOfWork, path: BoxPath, body: PinIn) -> Proposal:
    """Put so many units of a product into a box."""
    owner = owner_of(work, path)
    now = choose_lines.pin_product(work, owner, path.box_id, body.product_id, body.units)
    return shown_proposal(work, now)


@BOXES.post("/boxes/<uuid:box_id>/take-out", WRITE, undo="resetBox")
def take_product_out(work: UnitOfWork, path: BoxPath, body: OneProductIn) -> Proposal:
    """Keep a product out of a box; its place is filled."""
    now = choose_lines.take_out(work, owner_of(work, path), path.box_id, body.product_id)
    return shown_proposal(work, now)


@BOXES.post("/boxes/<uuid:box_id>/swap", WRITE, undo="resetBox")
def swap_product(work: UnitOfWork, path: BoxPath, body: SwapIn) -> Proposal:
    """Exchange one product of a box for another."""
    owner = owner_of(work, path)
    wish = (body.out_product_id, body.in_product_id)
    return shown_proposal(work, choose_lines.swap_product(work, owner, path.box_id, *wish))


@BOXES.post("/boxes/<uuid:box_id>/forget", WRITE)
def forget_choice(work: UnitOfWork, path: BoxPath, body: OneProductIn) -> Proposal:
    """Forget what was chosen about one product for this box alone."""
    now = choose_lines.forget_choice(work, owner_of(work, path), path.box_id, body.product_id)
    return shown_proposal(work, now)


@BOXES.post("/boxes/<uuid:box_id>/reset", WRITE)
def reset_box(work: UnitOfWork, path: BoxPath) -> Proposal:
    """Forget what was chosen for this box alone."""
    now = choose_lines.reset_choices(work, owner_of(work, path), path.box_id)
    return shown_proposal(work, now)


def owner_of(work: UnitOfWork, path: BoxPath) -> Id:
    """Return whose box this is."""
    return any_box(work.session, path.box_id).subscriber_id


def receipt(work: UnitOfWork, done: skipping.Skipped) -> Skip:
    """Return the receipt of a skip in the API's words."""
    return Skip(
        box_id=done.box_id,
        ships_on=done.ships_on,
        saved=Money(amount=done.saved_cents, currency=work.shop.currency),
        next_box_id=done.next_box_id,
        next_ships_on=done.next_ships_on,
    )
