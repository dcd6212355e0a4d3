"""`boxwright check-books`: proves that money, boxes and goods agree."""

import sys

import click

from app.cli.console import REFUSED, answer, examples, json_option
from app.cli.opening import open_tools, operator
from app.wiring.prove_books import prove_books


@click.command(
    "check-books",
    epilog=examples("boxwright check-books", "boxwright check-books --without-provider --json"),
)
@click.option(
    "--without-provider", is_flag=True, help="Do not compare with the payment provider's lists."
)
@json_option
def check_books(without_provider: bool, as_json: bool) -> None:
    """Check everything that must always hold. The exit code is 1 if anything does not."""
    tools = open_tools(provider=not without_provider)
    found = prove_books(tools, operator(), with_provider=not without_provider)
    lines = [f"{each.invariant:4} {each.subject}: {each.sentence}" for each in found]
    answer(
        as_json,
        {"violations": len(found), "found": found},
        *(lines or ["Everything holds."]),
    )
    if found:
        sys.exit(REFUSED)
