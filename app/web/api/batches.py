"""Batches: all boxes that ship on one day, locked, composed, charged and exported together."""

from datetime import date

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.queries import BatchRow, batch_of, batch_row, batches, boxes_of_batch
from app.fulfilment.rules import BatchStatus
from app.fulfilment.services.try_held import try_held
from app.jobs import batches as running
from app.people.rules import Scope
from app.web.api.box_shapes import BoxPage, shown_box
from app.web.api.chapter import Chapter, Effect
from app.web.api.shapes import (
    ApiRefusal,
    Id,
    Moment,
    Money,
    Page,
    Paging,
    Params,
    Strict,
    cut,
    window,
)
from app.web.doors import actor
from app.wiring.tools import Tools

BATCHES = Chapter("Batches", "All boxes of a day: rehearse, run, and fill what was held back.")


class BatchPath(Params):
    """Names a batch."""

    batch_id: Id


class Batch(Strict):
    """A batch and how many of its boxes are where."""

    id: Id
    ships_on: date
    run: int
    cutoff_at: Moment
    locks_at: Moment
    status: BatchStatus
    boxes: int
    counts: dict[str, int]


class BatchPage(Page[Batch]):
    """One page of batches."""


class Rehearsal(Strict):
    """What a batch would come to; the real run gives the same, to the cent."""

    boxes: int
    held: int
    units: int
    missing: int
    total: Money
    gap: float
    outcome_sha256: str


class Filled(Strict):
    """How many held boxes could be filled."""

    filled: int


@BATCHES.get("/batches", Scope.BATCHES_READ)
def list_batches(work: UnitOfWork, query: Paging) -> BatchPage:
    """List batches, the furthest ahead first."""
    page = cut(query, batches(work.session, query.reach))
    return BatchPage(**{**page, "items": [shown_batch(each) for each in page["items"]]})


@BATCHES.get("/batches/<uuid:batch_id>", Scope.BATCHES_READ)
def get_batch(work: UnitOfWork, path: BatchPath) -> Batch:
    """Get a batch."""
    return shown_batch(batch_row(work.session, path.batch_id))


@BATCHES.get("/batches/<uuid:batch_id>/boxes", Scope.BATCHES_READ)
def list_batch_boxes(work: UnitOfWork, path: BatchPath, query: Paging) -> BoxPage:
    """List the boxes of a batch with what is in them."""
    batch_of(work.session, path.batch_id)
    rows = boxes_of_batch(work.session, path.batch_id, query.limit + 1, query.offset)
    return BoxPage(**window(query, [shown_box(work, row) for row in rows]))


@BATCHES.post("/batches/<uuid:batch_id>/dry-run", Scope.BATCHES_RUN)
def rehearse_batch(tools: Tools, path: BatchPath) -> Rehearsal:
    """Lock and compose a batch as the real run would, and throw everything away but the sums.

    A batch may be rehearsed before its cut-off; one that was composed for real is refused.
    """
    found = running.dry_run(tools, path.batch_id)
    if found is None:
        raise Refused(ApiRefusal.COMPOSED)
    return Rehearsal(
        boxes=found.boxes,
        held=found.held,
        units=found.units,
        missing=found.missing,
        total=Money(amount=found.total_cents, currency=tools.units.shop.currency),
        gap=found.gap,
        outcome_sha256=found.outcome_sha,
    )


@BATCHES.post("/batches/<uuid:batch_id>/run", Scope.BATCHES_RUN, Effect.DESTRUCTIVE)
def run_batch(tools: Tools, path: BatchPath) -> Batch:
    """Lock and compose a batch whose time has come; the workers charge it.

    What was done already is passed over. Before its time a batch is refused.
    """
    running.run_batch(tools, path.batch_id)
    with tools.units.rehearse(actor()) as work:
        return shown_batch(batch_row(work.session, path.batch_id))


@BATCHES.post("/batches/<uuid:batch_id>/try-held", Scope.BATCHES_RUN)
def try_held_boxes(work: UnitOfWork, path: BatchPath) -> Filled:
    """Compose and charge the held boxes that can be filled by now."""
    return Filled(filled=try_held(work, path.batch_id))


def shown_batch(row: BatchRow) -> Batch:
    """Return a batch in the API's words."""
    return Batch(
        id=row.id,
        ships_on=row.ships_on,
        run=row.run,
        cutoff_at=row.cutoff_at,
        locks_at=row.locks_at,
        status=BatchStatus(row.status),
        boxes=row.boxes,
        counts=row.counts,
    )
