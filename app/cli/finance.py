"""`boxwright books`: months of the books, closed one after the other, and the journal as files."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from app.cli.console import REFUSED, answer, examples, json_option
from app.cli.opening import open_tools, operator
from app.finance.account_rules import Program
from app.finance.checklist_queries import checklist
from app.finance.journal_queries import Sought
from app.finance.journal_sheet import journal_sheet
from app.finance.period_queries import closed_months
from app.finance.period_rules import read_month, written
from app.finance.services.close_month import close_month
from app.finance.services.save_account_codes import import_account_codes
from app.finance.sheet_file import FileKind, write_sheet
from app.wiring.prove_books import prove_books


class Month(click.ParamType[date]):
    """A month such as 2027-01."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the first day of the month."""
        if isinstance(value, date):
            return value
        month = read_month(str(value))
        return month or self.fail(f"{value!r} is not a month such as 2027-01.", param, ctx)


MONTH = click.option("--month", type=Month(), required=True, help="Which month, as 2027-01.")
PROGRAM = click.Choice([program.value for program in Program])


@click.group()
def books() -> None:
    """Close months of the books and hand them to finance."""


@books.command(
    "close",
    epilog=examples(
        "boxwright books close --month 2027-01 --dry-run",
        "boxwright books close --month 2027-01 --json",
    ),
)
@MONTH
@click.option("--dry-run", is_flag=True, help="Show the checklist; close nothing.")
@click.option(
    "--without-provider", is_flag=True, help="Prove the books without the provider's lists."
)
@json_option
def close(month: date, dry_run: bool, without_provider: bool, as_json: bool) -> None:
    """Prove the books and close a month for good. What is found out later goes into the next one.

    The exit code is 1 if something on the checklist does not hold.
    """
    tools = open_tools(provider=not without_provider)
    prove_books(tools, operator(), with_provider=not without_provider)
    with tools.units(operator()) as work:
        points = checklist(work.session, month, work.now, work.shop.zone)
        ready = all(point.holds for point in points)
        closed = close_month(work, month) if ready and not dry_run else None
    lines = [
        f"{'holds' if each.holds else 'OPEN':5}  {each.check.value:9} "
        + (f"{each.count}  {each.detail}" if each.count or each.detail else "")
        for each in points
    ]
    if closed:
        lines.append(f"{written(month)} is closed: {closed.entries} entries, {closed.sha256}")
    answer(
        as_json,
        {"month": written(month), "ready": ready, "closed": closed, "checklist": points},
        *lines,
    )
    if not ready:
        click.get_current_context().exit(REFUSED)


@books.command("months", epilog=examples("boxwright books months --json"))
@json_option
def months(as_json: bool) -> None:
    """List the closed months, the newest first."""
    with open_tools().units(operator()) as work:
        found = closed_months(work.session)
    lines = [
        f"{written(each.month)}  {each.entries:8} entries  {each.sha256[:16]}  "
        f"{each.closed_at:%Y-%m-%d}  {each.closed_by}"
        for each in found
    ]
    answer(as_json, {"months": found}, *(lines or ["No month is closed yet."]))


@books.command(
    "journal",
    epilog=examples(
        "boxwright books journal --month 2027-01 january.xlsx",
        "boxwright books journal --month 2027-01 --until 2027-03 --program xero quarter.csv",
    ),
)
@MONTH
@click.option("--until", type=Month(), help="The last month, where several are wanted.")
@click.option("--program", type=PROGRAM, help="Add the accounts' codes in this program.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def journal(
    month: date, until: date | None, program: str | None, file: Path, as_json: bool
) -> None:
    """Write the journal into a file; its ending says whether as CSV or as XLSX."""
    kinds = {f".{kind.value}": kind for kind in FileKind}
    kind = kinds.get(file.suffix.lower())
    if kind is None:
        raise click.UsageError("The file's name must end in .csv or .xlsx.")
    sought = Sought(month, until or month)
    with open_tools().units(operator()) as work, file.open("wb") as out:
        sheet = journal_sheet(work.session, sought, Program(program) if program else None)
        lines = write_sheet(sheet, kind, out)
    answer(as_json, {"file": file, "lines": lines}, f"{file}: {lines} lines")


@books.command("codes", epilog=examples("boxwright books codes xero accounts.csv"))
@click.argument("program", type=PROGRAM)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def codes(program: str, file: Path, as_json: bool) -> None:
    """Take in what accounts are called in a program, from CSV: account, code, name."""
    with open_tools().units(operator()) as work:
        count = import_account_codes(work, Program(program), file.read_bytes())
    answer(as_json, {"program": program, "accounts": count}, f"{count} accounts have a code.")
