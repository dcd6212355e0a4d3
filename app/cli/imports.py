"""`boxwright import`: coffees, tasters, subscribers, tax rates from files, however dirty."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import click

from app.billing.services.import_tax_rates import import_tax_rates
from app.billing.tax_file import read_tax_rates
from app.catalog.coffee_file import read_coffees
from app.catalog.services.import_coffees import import_coffees
from app.cli.console import REFUSED, answer, examples, json_option, say
from app.cli.opening import open_tools, operator
from app.core.file_lines import ImportReport, LineProblem
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.services.import_subscribers import import_subscribers
from app.personalization.services.import_tasters import import_tasters
from app.personalization.services.retrain_model import retrain_model
from app.personalization.taster_file import read_tasters
from app.subscriptions.subscriber_file import read_subscribers

SHOWN = 20
UseCase = Callable[[UnitOfWork], ImportReport]

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
STRICT = click.option("--strict", is_flag=True, help="Take nothing if anything is wrong.")


class _TakenBack(Exception):
    """A strict import found something wrong; what it wrote is thrown away."""


@click.group("import")
def import_() -> None:
    """Take files in. Every bad line is named, every good one is taken; twice changes nothing."""


@import_.command(
    epilog=examples(
        "boxwright import coffees lots.csv --dry-run",
        "boxwright import coffees lots.csv --on-sale 60",
    )
)
@FILE
@click.option(
    "--on-sale",
    type=click.IntRange(0, 10_000),
    default=0,
    help="Put so many of the best complete lots on sale; the others stay drafts.",
)
@DRY_RUN
@STRICT
@json_option
def coffees(file: Path, on_sale: int, dry_run: bool, strict: bool, as_json: bool) -> None:
    """Take graded lots (CSV) into the catalogue, each with a bag of 250 g and no stock yet.

    Roast, name and price are proposals by fixed rules, made once; you may change them.
    """
    read = read_coffees(file.read_bytes())
    _take(lambda work: import_coffees(work, read, on_sale), dry_run, strict, as_json)


@import_.command(epilog=examples("boxwright import tasters taste_test.csv --learn"))
@FILE
@click.option(
    "--learn",
    is_flag=True,
    help="Learn the shop's taste from all ratings afterwards; it takes over if it is better.",
)
@DRY_RUN
@STRICT
@json_option
def tasters(file: Path, learn: bool, dry_run: bool, strict: bool, as_json: bool) -> None:
    """Take the people of a blind tasting (CSV) in: their quiz, and how they liked four coffees."""
    read = read_tasters(file.read_bytes())

    def take(work: UnitOfWork) -> ImportReport:
        report = import_tasters(work, read)
        if learn and (report.new or report.changed):
            retrain_model(work)
        return report

    _take(take, dry_run, strict, as_json)


@import_.command(
    epilog=examples(
        "boxwright import subscribers old-shop.csv --dry-run",
        "boxwright import subscribers old-shop.csv --strict --json",
    )
)
@FILE
@DRY_RUN
@STRICT
@json_option
def subscribers(file: Path, dry_run: bool, strict: bool, as_json: bool) -> None:
    """Bring subscriptions (CSV) over from another system.

    Needed: email, name, plan, size, line1, city, postcode, country. Known besides: grind, line2,
    region, status (active, paused), next_ships_on, anchor_day, language, note, customer_id,
    card_id, card_brand, card_last4, card_exp_month, card_exp_year. Whoever comes with customer_id
    and card_id starts, the others wait for a card. Nobody is charged within three days, and
    nobody is written a letter. End the old subscriptions at their old place first.
    """
    content = file.read_bytes()
    _take(
        lambda work: import_subscribers(work, read_subscribers(content)), dry_run, strict, as_json
    )


@import_.command(
    "tax-rates",
    epilog=examples(
        "boxwright import tax-rates rates.csv --dry-run",
        "boxwright import tax-rates rates.csv --strict --json",
    ),
)
@FILE
@DRY_RUN
@STRICT
@json_option
def tax_rates(file: Path, dry_run: bool, strict: bool, as_json: bool) -> None:
    """Take rates of tax (CSV). None is taken away, and what is invoiced keeps its rate.

    Needed: country, percent, valid_from. Known besides: region, category (box, add_on, shipping;
    blank is all of them), valid_to, inclusive (yes: prices hold this tax already), label.
    """
    read = read_tax_rates(file.read_bytes())
    _take(lambda work: import_tax_rates(work, read), dry_run, strict, as_json)


def _take(use_case: UseCase, dry_run: bool, strict: bool, as_json: bool) -> None:
    units = open_tools().units
    report: ImportReport | None = None
    try:
        with (units.rehearse if dry_run else units)(operator()) as work:
            report = use_case(work)
            if strict and report.problems:
                raise _TakenBack
    except _TakenBack:
        pass
    assert report is not None
    refused = strict and bool(report.problems)
    _tell(report, dry_run, refused, as_json)
    if refused:
        raise click.exceptions.Exit(REFUSED)


def _tell(report: ImportReport, dry_run: bool, refused: bool, as_json: bool) -> None:
    record = {
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "dropped": report.dropped,
        "dry_run": dry_run,
        "taken": not (dry_run or refused),
        "problems": report.problems,
    }
    if not as_json:
        _list(report.problems)
    answer(
        as_json,
        record,
        f"{report.new} new, {report.changed} changed, {report.unchanged} unchanged,"
        f" {report.dropped} dropped.",
        *(["Nothing was changed."] if dry_run or refused else []),
    )


def _list(problems: tuple[LineProblem, ...]) -> None:
    for each in problems[:SHOWN]:
        say(f"line {each.line}, {each.field}: {each.reason} ({each.severity.value})")
    if len(problems) > SHOWN:
        rest = Counter((each.field, each.severity.value) for each in problems[SHOWN:])
        words = ", ".join(f"{count} × {field} {what}" for (field, what), count in rest.items())
        say(f"... and {words}; --json lists all.")
