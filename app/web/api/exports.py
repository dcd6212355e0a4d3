"""Exports for the warehouse in versions, the pick list, and tracking numbers on the way back."""

from typing import Annotated

from pydantic import Field

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.finance.services.record_shipment import record_shipment
from app.fulfilment.export_queries import export_files, list_exports, pick_list
from app.fulfilment.export_rules import ExportFiles
from app.fulfilment.queries import batch_of
from app.fulfilment.services.record_tracking import TrackingReport, record_tracking
from app.fulfilment.tracking_rules import LineProblem, TrackingRow, read_tracking
from app.jobs.exporting import export
from app.people.rules import Scope
from app.web.api.batches import BatchPath
from app.web.api.chapter import Chapter, CsvFile, JsonFile
from app.web.api.shapes import (
    ApiRefusal,
    GivenDay,
    Id,
    Moment,
    Page,
    Paging,
    Params,
    Strict,
    Version,
    cut,
    shown,
    text,
)
from app.web.doors import actor
from app.wiring.tools import Tools

EXPORTS = Chapter("Exports", "Files for the warehouse, and tracking numbers back from it.")
CSV, JSON = "text/csv; charset=utf-8", "application/json"
Cell = Annotated[str, text(100)]


class VersionPath(Params):
    """Names one version of a batch's export."""

    batch_id: Id
    version: Version


class ExportReceipt(Strict):
    """The version that stands after an export; `new` says whether this export made it."""

    version: int
    sha256: str
    orders: int
    rows: int
    new: bool
    warnings: list[str]


class Export(Strict):
    """One stored version, and how it differs from the one before."""

    version: int
    sha256: str
    orders: int
    new: int
    changed: int
    cancelled: int
    warnings: list[str]
    created_at: Moment


class ExportPage(Page[Export]):
    """One page of versions."""


class Pick(Strict):
    """Units of one SKU to take from the shelf, and for how many boxes."""

    sku: str
    name: str
    grams: int
    units: int
    boxes: int


class PickPage(Page[Pick]):
    """One page of the pick list."""


class TrackingRowIn(Strict):
    """One tracking number of one order."""

    order_number: Cell
    carrier: Cell
    number: Cell
    shipped_on: GivenDay | None = None


class TrackingIn(Strict):
    """Tracking numbers as a carrier gives them."""

    model_config = shown(
        rows=[
            {
                "order_number": "BW-1001-0",
                "carrier": "UPS",
                "number": "1Z999AA10123456784",
                "shipped_on": "2027-01-06",
            }
        ]
    )

    rows: Annotated[list[TrackingRowIn], Field(min_length=1, max_length=5000)]


class BadLine(Strict):
    """A line that was left out: which one, which field of it, and why."""

    line: int
    field: str
    reason: str


class TrackingResult(Strict):
    """Boxes that left with these numbers, numbers known before, and lines left out."""

    shipped: list[Id]
    duplicates: int
    problems: list[BadLine]


@EXPORTS.get("/batches/<uuid:batch_id>/exports", Scope.BATCHES_READ)
def list_batch_exports(work: UnitOfWork, path: BatchPath, query: Paging) -> ExportPage:
    """List the stored versions of a batch's export, the newest first."""
    batch_of(work.session, path.batch_id)
    page = cut(query, list_exports(work.session, path.batch_id))
    found = [
        Export(
            version=each.version,
            sha256=each.sha256,
            orders=each.orders,
            new=each.new,
            changed=each.changed,
            cancelled=each.cancelled,
            warnings=list(each.warnings),
            created_at=each.created_at,
        )
        for each in page["items"]
    ]
    return ExportPage(**{**page, "items": found})


@EXPORTS.post("/batches/<uuid:batch_id>/exports", Scope.BATCHES_RUN)
def export_batch(tools: Tools, path: BatchPath) -> ExportReceipt:
    """Export the paid boxes of a batch; a version is added only when its bytes differ."""
    receipt = export(tools, actor(), path.batch_id)
    return ExportReceipt(
        version=receipt.version,
        sha256=receipt.sha256,
        orders=receipt.orders,
        rows=receipt.rows,
        new=receipt.new,
        warnings=list(receipt.warnings),
    )


@EXPORTS.get("/batches/<uuid:batch_id>/exports/<version>/orders.csv", Scope.BATCHES_READ)
def get_export_orders(work: UnitOfWork, path: VersionPath) -> CsvFile:
    """Get the orders of a version as CSV."""
    found = files_of(work, path)
    return CsvFile(found.csv, name_of(found, ".csv"), CSV)


@EXPORTS.get("/batches/<uuid:batch_id>/exports/<version>/delta.csv", Scope.BATCHES_READ)
def get_export_delta(work: UnitOfWork, path: VersionPath) -> CsvFile:
    """Get what changed since the version before as CSV."""
    found = files_of(work, path)
    return CsvFile(found.delta, name_of(found, "-delta.csv"), CSV)


@EXPORTS.get("/batches/<uuid:batch_id>/exports/<version>/manifest.json", Scope.BATCHES_READ)
def get_export_manifest(work: UnitOfWork, path: VersionPath) -> JsonFile:
    """Get the manifest of a version: checksums, counts, and the units of each SKU."""
    found = files_of(work, path)
    return JsonFile(found.manifest, name_of(found, "-manifest.json"), JSON)


@EXPORTS.get("/batches/<uuid:batch_id>/pick-list", Scope.BATCHES_READ)
def get_pick_list(work: UnitOfWork, path: BatchPath, query: Paging) -> PickPage:
    """Get what is to be taken from the shelves for the paid boxes that have not left yet."""
    batch_of(work.session, path.batch_id)
    page = cut(query, pick_list(work.session, path.batch_id))
    return PickPage(**{**page, "items": [Pick(**vars(each)) for each in page["items"]]})


@EXPORTS.post("/tracking", Scope.BATCHES_RUN)
def import_tracking(work: UnitOfWork, body: TrackingIn) -> TrackingResult:
    """Record tracking numbers; a box with its first number has left.

    Good rows are taken, bad ones are named. A number that is known already changes nothing.
    """
    rows = [
        TrackingRow(each.order_number, each.carrier, each.number, each.shipped_on)
        for each in body.rows
    ]
    return recorded(work, rows, ())


@EXPORTS.post("/tracking/csv", Scope.BATCHES_RUN)
def import_tracking_file(work: UnitOfWork, csv: str) -> TrackingResult:
    """Record tracking numbers from a carrier's CSV file with headings.

    The columns are order number, carrier, tracking number and, if known, ship date.
    """
    read = read_tracking(csv.replace("\x00", ""))
    return recorded(work, read.rows, read.problems)


def recorded(
    work: UnitOfWork,
    rows: list[TrackingRow] | tuple[TrackingRow, ...],
    bad: tuple[LineProblem, ...],
) -> TrackingResult:
    """Record rows, earn what was paid for the boxes that left, and say what came of it."""
    report: TrackingReport = record_tracking(work, rows)
    work.session.flush()
    record_shipment(work, report.shipped)
    problems = sorted((*bad, *report.problems), key=lambda each: each.line)
    return TrackingResult(
        shipped=list(report.shipped),
        duplicates=report.duplicates,
        problems=[
            BadLine(line=each.line, field=each.field, reason=each.reason) for each in problems
        ],
    )


def files_of(work: UnitOfWork, path: VersionPath) -> ExportFiles:
    """Return the files of a version; refuse one that does not exist."""
    found = export_files(work.session, path.batch_id, path.version)
    if found is None:
        raise Refused(ApiRefusal.UNKNOWN_VERSION)
    return found


def name_of(files: ExportFiles, ending: str) -> str:
    """Return under which name a file of a version is saved."""
    return next(name for name in reversed(list(files.named())) if name.endswith(ending))
