"""The command `boxwright`: one file for each group of commands, each read when it is called.

Reading all of them takes seconds, since composing a batch needs whole libraries; asking for help
or making an API key does not.
"""

import importlib
import logging
from typing import Any

import click

from app.cli.console import Commands, plays
from app.core import garbage  # noqa: F401  # first: see there
from app.wiring.logs import configure_logs

COMMANDS = {
    "up": ("app.cli.up:up", "Run the shop: pages, workers, clock, servers."),
    "demo": ("app.cli.demo:demo", "Play a small shop, or one batch of it."),
    "db": ("app.cli.database:db", "Look after the database."),
    "import": ("app.cli.imports:import_", "Take coffees, tasters and subscribers in."),
    "batch": ("app.cli.batch:batch", "Plan, run, look at and export batches."),
    "model": ("app.cli.model:model", "Learn tastes, judge and release models."),
    "clock": ("app.cli.clock:clock", "Move the sandbox's time."),
    "bench": ("app.cli.bench:bench", "Measure composing and recommending against yardsticks."),
    "check-books": ("app.cli.books:check_books", "Check everything that must always hold."),
    "books": ("app.cli.finance:books", "Close months of the books, write the journal."),
    "events": ("app.cli.events:events", "Events of the payment provider."),
    "invoices": ("app.cli.invoices:invoices", "Numbered invoices and credit notes."),
    "hooks": ("app.cli.hooks:hooks", "Addresses of other programs that are told what happens."),
    "make-staff": ("app.cli.people:make_staff", "Let somebody work for the shop."),
    "api-key": ("app.cli.people:api_key", "Keys with which programs use the API."),
}
# A live shop has no clock that could be moved, and nothing to play with.
SANDBOX_ONLY = {"clock", "demo"}


class Boxwright(Commands):
    """The root command, which knows its commands by name and reads them when they are wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands that exist in this mode."""
        return [name for name in COMMANDS if name not in SANDBOX_ONLY or plays()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Read a command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        found: Any = getattr(importlib.import_module(module), name)
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with a line each, without reading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=Boxwright, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="boxwright")
def main() -> None:
    """Boxwright: subscription boxes, each one personal.

    Without any settings every command works on the sandbox shop in the folder .boxwright.
    """
    configure_logs(logging.WARNING)
