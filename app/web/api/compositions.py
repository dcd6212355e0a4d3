"""How good a composition is, and what another stock would do to a batch."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.batch_queries import batch_page
from app.fulfilment.composition_queries import CompositionPage, composition_page
from app.fulfilment.rules import BatchRefusal
from app.fulfilment.services.what_if import what_if
from app.people.rules import Scope
from app.web.api.batches import BatchPath
from app.web.api.chapter import Chapter
from app.web.api.shapes import Code, Id, Params, Strict

COMPOSITIONS = Chapter("Compositions", "How good the boxes are, and what another stock would do.")


class ChangeQuery(Params):
    """The other stock of one bag."""

    sku: Code = Field(description="Code of the bag.")
    change: Annotated[str, StringConstraints(pattern=r"^([-+][0-9]{1,7}%?|=[0-9]{1,7})$")] = Field(
        description="-20% is a fifth less, +240 that many more, =0 none at all."
    )


class RunQuery(Params):
    """Which run is wanted."""

    rehearsed: bool = Field(False, description="The last rehearsal instead of the real run.")


class SkuWorth(Strict):
    """One bag: what it took, what one more would be worth in points of taste, what was lost."""

    sku: str
    units: int
    free: int
    worth: float
    share_of_average: float
    lost: int


class LeastSatisfied(Strict):
    """A box that came out worse than most."""

    box_id: Id
    order_number: str
    satisfaction: float
    credit: float


class Report(Strict):
    """How a batch was composed, with the proof; `gap` 0.01 is one hundredth from the best."""

    composed_at: datetime
    boxes: int
    held: int
    missing: int
    different_boxes: int
    value: float
    bound: float
    gap: float
    method: str
    model_version: str
    satisfaction_mean: float | None
    satisfaction_least: float | None
    skus: list[SkuWorth]
    least: list[LeastSatisfied]


class SkuBeforeAfter(Strict):
    """One bag as it is and as it would be."""

    sku: str
    free_before: int
    free_after: int
    units_before: int
    units_after: int
    worth_before: float
    worth_after: float


class Comparison(Strict):
    """What another stock would change; `share` -0.01 is one hundredth less worth to the owners."""

    ships_on: date
    boxes: int
    boxes_of: int
    value_before: float
    value_after: float
    share: float
    missing_before: int
    missing_after: int
    satisfaction_mean_before: float
    satisfaction_mean_after: float
    satisfaction_least_before: float
    satisfaction_least_after: float
    worse: int
    better: int
    skus: list[SkuBeforeAfter]


@COMPOSITIONS.get("/batches/<uuid:batch_id>/composition", Scope.BATCHES_READ, conflicts=True)
def get_composition(work: UnitOfWork, path: BatchPath, query: RunQuery) -> Report:
    """Get how good a batch is, what was scarce, and who got least."""
    batch_page(work.session, path.batch_id)
    kind = "dry" if query.rehearsed else "real"
    page = composition_page(work.session, path.batch_id, kind)
    if page is None:
        raise Refused(BatchRefusal.NOT_COMPOSED)
    return _report(page)


@COMPOSITIONS.get("/batches/<uuid:batch_id>/what-if", Scope.BATCHES_READ, conflicts=True)
def compare_stock(work: UnitOfWork, path: BatchPath, query: ChangeQuery) -> Comparison:
    """Compose a batch as things stand and with another stock of one bag; nothing is changed."""
    found = what_if(work, path.batch_id, {query.sku: query.change})
    return Comparison(
        ships_on=found.ships_on,
        boxes=found.boxes,
        boxes_of=found.of,
        value_before=found.value[0],
        value_after=found.value[1],
        share=found.share,
        missing_before=found.missing[0],
        missing_after=found.missing[1],
        satisfaction_mean_before=found.mean[0],
        satisfaction_mean_after=found.mean[1],
        satisfaction_least_before=found.least[0],
        satisfaction_least_after=found.least[1],
        worse=found.worse,
        better=found.better,
        skus=[
            SkuBeforeAfter(
                sku=row.code,
                free_before=row.free[0],
                free_after=row.free[1],
                units_before=row.units[0],
                units_after=row.units[1],
                worth_before=row.worth[0],
                worth_after=row.worth[1],
            )
            for row in found.skus
        ],
    )


def _report(page: CompositionPage) -> Report:
    levels = page.report.get("satisfaction") or {}
    run = page.run
    return Report(
        composed_at=run.created_at,
        boxes=run.boxes,
        held=run.held,
        missing=run.missing,
        different_boxes=page.report.get("kinds", 0),
        value=run.value,
        bound=run.bound,
        gap=run.gap,
        method=run.method,
        model_version=run.model_version,
        satisfaction_mean=levels.get("mean"),
        satisfaction_least=levels.get("least"),
        skus=[
            SkuWorth(
                sku=each.code,
                units=each.units,
                free=each.free,
                worth=each.worth,
                share_of_average=each.share,
                lost=each.lost,
            )
            for each in page.skus
        ],
        least=[
            LeastSatisfied(
                box_id=each.box_id,
                order_number=each.order_number,
                satisfaction=each.satisfaction,
                credit=each.credit,
            )
            for each in page.least
        ],
    )
