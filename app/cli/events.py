"""`boxwright events`: what the payment provider told the shop."""

from datetime import datetime

import click

from app.cli.clock import Moment
from app.cli.console import answer, examples, json_option
from app.cli.opening import open_tools, operator
from app.core.clock import real_now
from app.finance.queries import list_events
from app.finance.rules import EventStatus
from app.finance.services.replay_events import replay_events
from app.jobs.events import LONGEST_BACK, apply_events, backfill_events

STATUS = click.Choice([status.value for status in EventStatus])


@click.group()
def events() -> None:
    """Look at events of the payment provider and apply them again."""


@events.command(
    "list",
    epilog=examples("boxwright events list", "boxwright events list --status dead --json"),
)
@click.option("--status", type=STATUS, help="Only events in this state.")
@click.option("--type", "type_", help="Only events of this type.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
def list_(status: str | None, type_: str | None, limit: int, as_json: bool) -> None:
    """List events, the newest first."""
    with open_tools().units(operator()) as work:
        found = list_events(work.session, EventStatus(status) if status else None, type_, limit)
    lines = (
        f"{row.received_at:%Y-%m-%d %H:%M:%S}  {row.status.value:8} {row.type:32} {row.id}"
        + (f"  {row.last_error}" if row.last_error else "")
        for row in found
    )
    answer(as_json, {"events": found}, *(lines if found else ["No events."]))


@events.command(
    epilog=examples(
        "boxwright events replay evt_1 evt_2",
        "boxwright events replay --type charge.refunded --since 2027-02-01T00:00-05:00",
        "boxwright events replay",
    )
)
@click.argument("ids", nargs=-1)
@click.option("--type", "type_", help="All events of this type.")
@click.option("--since", type=Moment(), help="All events that came since this moment.")
@json_option
def replay(ids: tuple[str, ...], type_: str | None, since: datetime | None, as_json: bool) -> None:
    """Apply events again; without any choice, those that were given up. Done once, it stays so."""
    tools = open_tools(provider=True)
    if since and since.tzinfo is None:
        since = since.replace(tzinfo=tools.units.shop.zone)
    with tools.units(operator()) as work:
        count = replay_events(work, ids, type_, since)
    outcome = apply_events(tools) if count else {}
    answer(as_json, {"replayed": count, "outcome": outcome}, f"{count} events applied again.")


@events.command(
    epilog=examples(
        "boxwright events backfill", "boxwright events backfill --since 2027-02-01T00:00-05:00"
    )
)
@click.option("--since", type=Moment(), help="From this moment on; at most 30 days back.")
@json_option
def backfill(since: datetime | None, as_json: bool) -> None:
    """Fetch events that the provider could not deliver, and apply them."""
    tools = open_tools(provider=True)
    with tools.units(operator()) as work:
        earliest = min(work.now, real_now()) - LONGEST_BACK
    if since and since.tzinfo is None:
        since = since.replace(tzinfo=tools.units.shop.zone)
    count = backfill_events(tools, max(since or earliest, earliest))
    outcome = apply_events(tools) if count else {}
    answer(
        as_json,
        {"fetched": count, "outcome": outcome},
        f"{count} events fetched that had not reached the shop.",
    )
