"""`boxwright invoices`: numbered invoices and credit notes as files."""

import csv
import io
import zipfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import click

from app.cli.console import answer, examples, json_option, progress
from app.cli.finance import MONTH
from app.cli.opening import open_tools, operator
from app.finance.document_queries import DocumentRow, documents_between, printed_from
from app.finance.period_rules import months_after
from app.jobs.documents import issue_missing
from app.wiring.tools import Tools

HEADINGS = ("number", "kind", "issued_on", "buyer", "email", "currency", "net", "tax", "total")
# Files of an archive carry one date, so that the same papers make the same archive.
LONG_AGO = (1980, 1, 1, 0, 0, 0)


@click.group()
def invoices() -> None:
    """Numbered invoices and credit notes."""


@invoices.command(
    epilog=examples(
        "boxwright invoices export --month 2027-01",
        "boxwright invoices export --month 2027-01 --to papers --json",
    )
)
@MONTH
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@json_option
def export(month: date, folder: Path, as_json: bool) -> None:
    """Write the papers of a month as one archive of PDFs with a list of them as CSV."""
    tools = open_tools()
    issue_missing(tools)
    with tools.units.rehearse(operator()) as work:
        rows = list(documents_between(work.session, month, months_after(month, 1)))
    target = folder / f"invoices-{month:%Y-%m}.zip"
    folder.mkdir(parents=True, exist_ok=True)
    write_archive(tools, rows, month, target)
    record = {"month": f"{month:%Y-%m}", "papers": len(rows), "file": target}
    answer(as_json, record, f"{len(rows)} papers in {target}.")


def write_archive(tools: Tools, rows: list[DocumentRow], month: date, target: Path) -> None:
    """Write the archive beside its place, and put it there when it is whole."""
    beside = target.with_suffix(".part")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry(f"invoices-{month:%Y-%m}.csv"), list_of(rows))
        with progress("Printing") as report:
            for place, row in enumerate(rows, start=1):
                with tools.units.rehearse(operator()) as work:
                    paper = printed_from(work.session, row.id)
                pdf = tools.printer.print_paper(paper.content, paper.issued_at)
                archive.writestr(entry(f"{row.number}.pdf"), pdf)
                report(place, len(rows), row.number)
    beside.replace(target)


def entry(name: str) -> zipfile.ZipInfo:
    """Return the entry of a file in the archive."""
    return zipfile.ZipInfo(name, LONG_AGO)


def list_of(rows: Iterable[DocumentRow]) -> str:
    """Return the list of papers as CSV; what a credit note takes off is below zero."""
    out = io.StringIO()
    written = csv.writer(out, lineterminator="\r\n")
    written.writerow(HEADINGS)
    for row in rows:
        sign = -1 if row.kind == "credit_note" else 1
        amounts = (row.net_cents, row.tax_cents, row.total_cents)
        named = (row.number, row.kind, row.issued_on.isoformat(), row.buyer, row.email)
        written.writerow([*map(harmless, named), row.currency, *(sign * each for each in amounts)])
    return "\ufeff" + out.getvalue()


def harmless(cell: str) -> str:
    """Return a cell that no table program takes for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
