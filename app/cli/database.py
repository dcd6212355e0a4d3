"""`boxwright db`: the database's own upkeep."""

import click

from app.cli.console import answer, examples, json_option
from app.wiring.household import bring_up_to_date
from app.wiring.settings import Settings


@click.group()
def db() -> None:
    """Look after the database."""


@db.command(
    epilog=examples("boxwright db upgrade", "DATABASE_URL=postgresql:///shop boxwright db upgrade")
)
@json_option
def upgrade(as_json: bool) -> None:
    """Run the migrations that are missing. Run it after every update of the product."""
    version = bring_up_to_date(Settings())
    answer(as_json, {"version": version}, f"The database is up to date (version {version}).")
