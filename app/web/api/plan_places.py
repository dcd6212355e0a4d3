"""Places of plans: what a cycle takes, what is taken, how many wait."""

from typing import Annotated

from pydantic import Field

from app.core.unit_of_work import UnitOfWork
from app.people.rules import Scope
from app.subscriptions.place_queries import PlaceRow, place_rows
from app.subscriptions.place_rules import WHOLE, Limit
from app.subscriptions.queries import plan_by_code
from app.subscriptions.services.set_places import set_places
from app.web.api.chapter import Chapter
from app.web.api.plans import PlanPath
from app.web.api.shapes import Moment, Money, Price, Strict, Whole, shown

PLACES = Chapter("Places", "How many boxes a cycle of a plan takes, and how many people wait.")


class PlaceLimit(Strict):
    """What one cycle takes of a size (null: of all sizes together); null is no limit."""

    size: Annotated[int, Whole(1, 100_000)] | None = None
    boxes: Annotated[int, Whole(0, 1_000_000)] | None = None
    turnover: Price | None = None


class PlacesIn(Strict):
    """What one cycle of a plan takes, and for how many days a place is kept for who waits."""

    model_config = shown(limits=[{"size": None, "boxes": 200}], hold_days=3)

    limits: Annotated[list[PlaceLimit], Field(max_length=50)]
    hold_days: Annotated[int, Whole(1, 30)] = 3


class Room(Strict):
    """How full a size is, null for all sizes together; `closed_at` is since when nothing is free.

    Taken are places of subscriptions, of sign-ups whose card is awaited, and of whoever one is
    kept for.
    """

    size: int | None
    boxes: int | None
    turnover: Money | None
    boxes_taken: int
    turnover_taken: Money
    waiting: int
    closed_at: Moment | None


class PlanPlaces(Strict):
    """How full a plan is, first in all, then each of its sizes."""

    hold_days: int
    rooms: list[Room]


@PLACES.get("/plans/<code>/places", Scope.CATALOG_READ)
def get_plan_places(work: UnitOfWork, path: PlanPath) -> PlanPlaces:
    """Get what one cycle of a plan takes, what is taken of that, and how many wait."""
    plan = plan_by_code(work.session, path.code)
    rows = place_rows(work.session, plan, work.now)
    currency = work.shop.currency
    return PlanPlaces(
        hold_days=plan.hold_days,
        rooms=[_room(each, currency) for each in rows],
    )


@PLACES.put("/plans/<code>/places", Scope.CATALOG_WRITE)
def put_plan_places(work: UnitOfWork, path: PlanPath, body: PlacesIn) -> PlanPlaces:
    """Limit what one cycle of a plan takes; what is not named has no limit.

    Nobody who has a place loses it. What becomes free goes to those who wait, in their turn.
    """
    currency = work.shop.currency
    limits = [
        Limit(
            each.size or WHOLE,
            each.boxes,
            each.turnover.cents(currency, "turnover") if each.turnover else None,
        )
        for each in body.limits
    ]
    set_places(work, path.code, limits, body.hold_days)
    return get_plan_places(work, path)


def _room(row: PlaceRow, currency: str) -> Room:
    """Return how full a size is in the API's words."""
    limit = row.turnover_cents
    return Room(
        size=row.size or None,
        boxes=row.places,
        turnover=None if limit is None else Money(amount=limit, currency=currency),
        boxes_taken=row.taken.boxes,
        turnover_taken=Money(amount=row.taken.cents, currency=currency),
        waiting=row.waiting,
        closed_at=row.closed_at,
    )
