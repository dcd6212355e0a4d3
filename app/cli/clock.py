"""`boxwright clock`: the sandbox's movable time. It does not exist in a live shop."""

from datetime import datetime
from typing import Any

import click

from app.cli.console import answer, examples, json_option, progress
from app.cli.opening import open_tools
from app.jobs.advance import advance_to, clock_now, put
from app.wiring.tools import Tools

EXAMPLE = "2027-03-01T00:00-05:00"
HOUR = 3600


class Moment(click.ParamType[datetime]):
    """An instant with its distance from UTC, or a local time of the shop."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read the moment, or say how it must look."""
        try:
            return datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment; write it as {EXAMPLE}", param, ctx)


TO = click.option("--to", required=True, type=Moment(), help=f"The moment, as {EXAMPLE}.")


@click.group()
def clock() -> None:
    """Move the sandbox's time and see what happens."""


@clock.command(epilog=examples("boxwright clock show"))
@json_option
def show(as_json: bool) -> None:
    """Say what time it is in the shop."""
    tools = open_tools()
    _tell(tools, clock_now(tools), as_json)


@clock.command("set", epilog=examples(f"boxwright clock set --to {EXAMPLE}"))
@TO
@json_option
def set_(to: datetime, as_json: bool) -> None:
    """Put the clock to a moment at once; what fell due on the way happens then, late."""
    tools = open_tools(provider=True)
    put(tools, _placed(tools, to))
    _tell(tools, clock_now(tools), as_json)


@clock.command(
    epilog=examples(
        f"boxwright clock advance --to {EXAMPLE}", "boxwright clock advance --to 2027-03-01 --json"
    )
)
@TO
@json_option
def advance(to: datetime, as_json: bool) -> None:
    """Play the time until a moment: all that falls due on the way happens, in order."""
    tools = open_tools(provider=True)
    target, started = _placed(tools, to), clock_now(tools)
    hours = max(1, int((target - started).total_seconds() // HOUR))
    with progress("clock") as report:
        played = advance_to(
            tools,
            target,
            lambda moment: report(
                int((moment - started).total_seconds() // HOUR),
                hours,
                f"clock {_local(tools, moment):%Y-%m-%d %H:%M}",
            ),
        )
    answer(
        as_json,
        {"started_at": started, "stands_at": played.stands_at, "moments": played.moments},
        f"It is {_local(tools, played.stands_at).isoformat()}; at {played.moments} moments"
        " something fell due.",
    )


def _placed(tools: Tools, moment: datetime) -> datetime:
    """Return the moment; one without a distance from UTC is meant in the shop's zone."""
    return moment if moment.tzinfo else moment.replace(tzinfo=tools.units.shop.zone)


def _local(tools: Tools, moment: datetime) -> datetime:
    return moment.astimezone(tools.units.shop.zone)


def _tell(tools: Tools, moment: datetime, as_json: bool) -> None:
    local = _local(tools, moment).isoformat()
    answer(as_json, {"now": moment, "local": local}, f"It is {local} in the shop.")
