"""`boxwright hooks`: addresses of other programs, and what they were told."""

import uuid

import click

from app.cli.console import answer, examples, json_option
from app.cli.opening import open_tools, operator
from app.hooks.queries import EndpointRow, endpoints
from app.hooks.services.replay_deliveries import replay_delivery, replay_failed
from app.hooks.services.save_endpoint import (
    EndpointFields,
    rotate_secret,
    save_endpoint,
    send_test,
    switch_endpoint,
)
from app.jobs.hooks import send_hooks

ENDPOINT = click.argument("endpoint", type=click.UUID)


@click.group()
def hooks() -> None:
    """Look after the addresses that are told of what happens."""


@hooks.command("list", epilog=examples("boxwright hooks list", "boxwright hooks list --json"))
@json_option
def list_(as_json: bool) -> None:
    """List the addresses, and how their deliveries of the last week went."""
    with open_tools().units(operator()) as work:
        found = endpoints(work.session)
    answer(as_json, {"endpoints": found}, *(map(line_of, found) if found else ["No addresses."]))


def line_of(row: EndpointRow) -> str:
    """Return an address as one line."""
    counts = " ".join(f"{status} {count}" for status, count in sorted(row.lately.items()))
    state = "on " if row.enabled else "off"
    return f"{row.id}  {state} {row.name}  {row.url}  {','.join(row.types)}  {counts}".rstrip()


@hooks.command(
    epilog=examples(
        "boxwright hooks add https://books.example.com/hooks --name Books --type 'invoice.*'",
        "boxwright hooks add https://wms.example.com/in --name Warehouse --type box.released",
    )
)
@click.argument("url")
@click.option("--name", required=True, help="What the address is called here.")
@click.option(
    "--type", "types", multiple=True, default=("*",), show_default=True, help="What it is told of."
)
@json_option
def add(url: str, name: str, types: tuple[str, ...], as_json: bool) -> None:
    """Add an address and show its secret, this once."""
    tools = open_tools()
    with tools.units(operator()) as work:
        saved = save_endpoint(work, EndpointFields(name, url, types), tools.courier.refusal)
    made = {"id": saved.id, "secret": saved.secret}
    answer(as_json, made, f"{saved.id} is told from now on.", f"Its secret: {saved.secret}")


@hooks.command(epilog=examples("boxwright hooks rotate 018f4e0a-0000-7000-8000-000000000001"))
@ENDPOINT
@json_option
def rotate(endpoint: uuid.UUID, as_json: bool) -> None:
    """Renew a secret and show it, this once; for a day the old one signs beside it."""
    with open_tools().units(operator()) as work:
        saved = rotate_secret(work, endpoint)
    made = {"id": saved.id, "secret": saved.secret, "old_until": saved.old_secret_until}
    answer(as_json, made, f"The new secret: {saved.secret}")


@hooks.command(
    epilog=examples(
        "boxwright hooks switch 018f4e0a-0000-7000-8000-000000000001 off",
        "boxwright hooks switch 018f4e0a-0000-7000-8000-000000000001 on",
    )
)
@ENDPOINT
@click.argument("state", type=click.Choice(["on", "off"]))
@json_option
def switch(endpoint: uuid.UUID, state: str, as_json: bool) -> None:
    """Switch an address off, or on again."""
    with open_tools().units(operator()) as work:
        switch_endpoint(work, endpoint, state == "on")
    answer(as_json, {"id": endpoint, "enabled": state == "on"}, f"It is {state}.")


@hooks.command(epilog=examples("boxwright hooks test 018f4e0a-0000-7000-8000-000000000001"))
@ENDPOINT
@json_option
def test(endpoint: uuid.UUID, as_json: bool) -> None:
    """Send a test event at once, with all else that is due."""
    tools = open_tools()
    with tools.units(operator()) as work:
        send_test(work, endpoint)
    answer(
        as_json, {"outcome": send_hooks(tools)}, "Sent; `boxwright hooks list` says how it went."
    )


@hooks.command(
    epilog=examples(
        "boxwright hooks replay 018f4e0a-0000-7000-8000-000000000001",
        "boxwright hooks replay 018f4e0a-0000-7000-8000-000000000001 --delivery 42",
    )
)
@ENDPOINT
@click.option("--delivery", type=click.IntRange(1), help="Only this one, whatever came of it.")
@json_option
def replay(endpoint: uuid.UUID, delivery: int | None, as_json: bool) -> None:
    """Send everything once more that was given up, or one delivery."""
    tools = open_tools()
    with tools.units(operator()) as work:
        if delivery is not None:
            replay_delivery(work, endpoint, delivery)
        count = 1 if delivery is not None else replay_failed(work, endpoint)
    outcome = send_hooks(tools) if count else {}
    answer(as_json, {"replayed": count, "outcome": outcome}, f"{count} sent once more.")
