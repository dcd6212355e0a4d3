"""`boxwright batch`: plan, rehearse, run, look at and export the boxes of one day."""

import uuid
from dataclasses import asdict
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any

import click

from app.cli.console import REFUSED, answer, examples, json_option, progress
from app.cli.opening import open_tools, operator
from app.core.refusals import Refused
from app.fulfilment.box_queries import find_box
from app.fulfilment.export_queries import export_files
from app.fulfilment.money_queries import batch_money
from app.fulfilment.queries import BatchRow, batch_by_day, batch_row, batches
from app.fulfilment.rules import BoxRefusal
from app.fulfilment.services.plan_cycles import plan_cycles
from app.fulfilment.services.rederive_batch import ComparedBatch, ComparedBox, rederive_batch
from app.fulfilment.services.what_if import what_if
from app.jobs.batches import dry_run, run_batch
from app.jobs.charging import charge_due
from app.jobs.drain import drain
from app.jobs.exporting import export as export_boxes
from app.wiring.tools import Tools

STEPS = ("lock", "compose", "charge", "release")


class Day(click.ParamType[date]):
    """A calendar day as 2027-02-01."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the day, or say how it must look."""
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2027-02-01", param, ctx)


DAY = click.argument("day", type=Day())
RUN = click.option(
    "--run", "number", type=click.IntRange(1), help="Which batch of that day; the newest if unset."
)


@click.group()
def batch() -> None:
    """Plan, run and export batches. A batch is named by the day on which it ships."""


@batch.command(epilog=examples("boxwright batch plan", "boxwright batch plan --json"))
@json_option
def plan(as_json: bool) -> None:
    """Plan the boxes ahead and list the batches. Doing it again adds only what is missing."""
    tools = open_tools()
    with tools.units(operator()) as work:
        added = plan_cycles(work)
        rows = batches(work.session)
    lines = [f"{_words(row)}" for row in rows]
    answer(as_json, {"added": added, "batches": rows}, f"{added} boxes planned.", *lines)


@batch.command(
    epilog=examples("boxwright batch run 2027-02-01 --dry-run", "boxwright batch run 2027-02-01")
)
@DAY
@RUN
@click.option("--dry-run", is_flag=True, help="Say what would happen; change and charge nothing.")
@json_option
def run(day: date, number: int | None, dry_run: bool, as_json: bool) -> None:
    """Lock and compose the batch of a DAY, charge every box and release what is paid."""
    tools = open_tools(provider=True)
    batch_id = _batch_id(tools, day, number)
    if dry_run:
        _rehearse(tools, batch_id, as_json)
        return
    with progress("batch") as report:
        run_batch(
            tools, batch_id, lambda step: report(STEPS.index(step), len(STEPS), f"batch: {step}")
        )
        report(STEPS.index("charge"), len(STEPS), "batch: charge")
        charge_due(tools)
        report(STEPS.index("release"), len(STEPS), "batch: release")
        drain(tools)
    _show(tools, batch_id, as_json)


@batch.command(
    "what-if",
    epilog=examples(
        "boxwright batch what-if 2027-02-01 --sku kenya-250 --change -20%",
        "boxwright batch what-if 2027-02-01 --sku kenya-250 --change =0 --json",
    ),
)
@DAY
@RUN
@click.option("--sku", "skus", required=True, multiple=True, help="Code of a bag; may be repeated.")
@click.option(
    "--change",
    "changes",
    required=True,
    multiple=True,
    help="Its other stock: -20% is a fifth less, +240 that many more, =0 none. One for each bag.",
)
@json_option
def compare(
    day: date, number: int | None, skus: tuple[str, ...], changes: tuple[str, ...], as_json: bool
) -> None:
    """Say what another stock would do to the boxes of a DAY. Nothing is changed."""
    if len(skus) != len(changes):
        raise click.UsageError("Give one --change for each --sku.")
    tools = open_tools()
    batch_id = _batch_id(tools, day, number)
    with tools.units.rehearse(operator()) as work:
        found = what_if(work, batch_id, dict(zip(skus, changes, strict=True)))
    answer(
        as_json,
        {"what_if": found, "share": found.share},
        f"{found.boxes} of {found.of} boxes composed twice: worth {100 * found.share:+.3f} %,"
        f" {found.worse} come out worse, {found.better} better,"
        f" {found.missing[0]} -> {found.missing[1]} bags missing,"
        f" satisfaction {100 * found.mean[0]:.2f} -> {100 * found.mean[1]:.2f} %,"
        f" least {100 * found.least[0]:.1f} -> {100 * found.least[1]:.1f} %.",
        *(
            f"{row.code:24} {row.free[0]:>7} -> {row.free[1]:<7} free"
            f"  {row.units[0]:>6} -> {row.units[1]:<6} packed"
            f"  {row.worth[0]:.3f} -> {row.worth[1]:.3f} points for one more"
            for row in found.skus
        ),
        "Nothing was changed.",
    )


@batch.command(
    epilog=examples("boxwright batch show 2027-02-01", "boxwright batch show 2027-02-01 --json")
)
@DAY
@RUN
@json_option
def show(day: date, number: int | None, as_json: bool) -> None:
    """Say how far the batch of a DAY is."""
    tools = open_tools()
    _show(tools, _batch_id(tools, day, number), as_json)


@batch.command(
    epilog=examples(
        "boxwright batch export 2027-02-01", "boxwright batch export 2027-02-01 --to out/ --json"
    )
)
@DAY
@RUN
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that the files are written to as well.",
)
@json_option
def export(day: date, number: int | None, folder: Path | None, as_json: bool) -> None:
    """Export the paid boxes of the batch of a DAY for the warehouse.

    A version is added only when something differs from the last one.
    """
    tools = open_tools()
    batch_id = _batch_id(tools, day, number)
    receipt = export_boxes(tools, operator(), batch_id)
    files = _write(tools, batch_id, folder) if folder else ()
    answer(
        as_json,
        {"export": receipt, "files": files},
        f"Version {receipt.version}{'' if receipt.new else ' (unchanged)'}: {receipt.orders}"
        f" orders, sha256 {receipt.sha256}",
        *(f"Wrote {file}" for file in files),
        *receipt.warnings,
    )


@batch.command(
    epilog=examples(
        "boxwright batch rederive 2027-02-01",
        "boxwright batch rederive 2027-02-01 --box BW-1001-3 --json",
    )
)
@DAY
@RUN
@click.option("--box", "order", metavar="ORDER", help="Compare this box alone, line by line.")
@json_option
def rederive(day: date, number: int | None, order: str | None, as_json: bool) -> None:
    """Compose the past batch of a DAY again from what was kept of it, and compare every box.

    Exit code 1 if any box comes out otherwise. Nothing is changed.
    """
    tools = open_tools()
    with tools.units.rehearse(operator()) as work:
        batch_id = batch_by_day(work.session, day, number).id
        box_id = find_box(work.session, order) if order else None
        if order and box_id is None:
            raise Refused(BoxRefusal.UNKNOWN)
        found = rederive_batch(work, batch_id, box_id)
    shown = [each for each in found.compared if order or not each.equal]
    answer(
        as_json,
        {"rederived": {**asdict(found), "compared": shown}},
        f"{found.equal} of {found.boxes} boxes come out equal to the bit, by model"
        f" {found.model_version}, seed {found.seed}.",
        *(_unlike(found)),
        *(line for each in shown for line in _side_by_side(each)),
    )
    if found.equal != found.boxes:
        raise click.exceptions.Exit(REFUSED)


def _unlike(found: ComparedBatch) -> list[str]:
    facts = {
        "The composing code is of another version.": found.same_code,
        "The value or the bound differs.": found.same_value,
        "The prices differ.": found.same_prices,
    }
    return [words for words, same in facts.items() if not same]


def _side_by_side(box: ComparedBox) -> list[str]:
    rows = zip_longest(box.stored, box.again)
    return [f"{'equal' if one == two else 'DIFFERS'}  {one}  {two}" for one, two in rows]


def _batch_id(tools: Tools, day: date, number: int | None) -> uuid.UUID:
    with tools.units(operator()) as work:
        return batch_by_day(work.session, day, number).id


def _write(tools: Tools, batch_id: uuid.UUID, folder: Path) -> tuple[Path, ...]:
    with tools.units(operator()) as work:
        files = export_files(work.session, batch_id)
    return tools.write_export(files, folder) if files else ()


def _rehearse(tools: Tools, batch_id: uuid.UUID, as_json: bool) -> None:
    composed = dry_run(tools, batch_id)
    if composed is None:
        answer(as_json, {"composed": None}, "This batch was composed already.")
        return
    answer(
        as_json,
        {"composed": composed},
        f"{composed.boxes} boxes with {composed.units} units, {composed.held} held,"
        f" {composed.missing} units missing, {composed.total_cents / 100:.2f} to charge.",
        "Nothing was changed.",
    )


def _show(tools: Tools, batch_id: uuid.UUID, as_json: bool) -> None:
    with tools.units(operator()) as work:
        row = batch_row(work.session, batch_id)
        money = batch_money(work.session, batch_id)
    answer(
        as_json,
        {"batch": row, "money": money},
        _words(row),
        f"{money.charged} paid, {money.declined} declined, {money.undecided} undecided",
    )


def _words(row: BatchRow) -> str:
    counts = ", ".join(f"{count} {status}" for status, count in sorted(row.counts.items()))
    return f"{row.ships_on}  {row.status:9} {counts or 'no boxes'}"
