"""The command `boxwright`: one file for each group of commands, put together here."""

import logging

import click

from app.cli.batch import batch
from app.cli.books import check_books
from app.cli.clock import clock
from app.cli.console import Commands, plays
from app.cli.database import db
from app.cli.demo import demo
from app.cli.events import events
from app.cli.imports import import_
from app.cli.people import api_key, make_staff
from app.cli.up import up
from app.wiring.logs import configure_logs


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="boxwright")
def main() -> None:
    """Boxwright: subscription boxes, each one personal.

    Without any settings every command works on the sandbox shop in the folder .boxwright.
    """
    configure_logs(logging.WARNING)


for command in (up, db, import_, batch, check_books, events, make_staff, api_key):
    main.add_command(command)
if plays():  # a live shop has no clock that could be moved, and nothing to play with
    main.add_command(clock)
    main.add_command(demo)
