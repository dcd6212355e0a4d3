"""One life of a batch, from the lock to the export, as a process that may be killed on the way."""

import os
import sys
from collections.abc import Callable

from sqlalchemy import text

from app.core.database import make_engine
from app.core.fail_points import reach
from app.core.job_names import Job
from app.core.ports import Post
from app.core.refusals import Refused
from app.core.unit_of_work import Actor
from app.fulfilment.queries import batches
from app.jobs.charging import charge_due
from app.jobs.events import apply_events, fetch_missed_events
from app.jobs.exporting import export
from app.jobs.fall_due import fall_due
from app.jobs.letters import send_mail
from app.jobs.refunding import refund_due
from app.wiring.settings import Settings
from app.wiring.tools import Tools, assemble

ACTOR = Actor("job", "life")
OUTLIVED = text(
    "UPDATE payment SET lease_until = clock_timestamp() - interval '1 second'"
    " WHERE lease_until IS NOT NULL"
)
MORE = tuple(
    text(f"UPDATE {table} SET lease_until = clock_timestamp() - interval '1 second'")
    for table in ("provider_event", "letter", "refund", "compose_shard")
)


class NoQueue:
    """A bell that nobody hears: whatever is due must be found in the database."""

    def ring(self, job: Job, ids: tuple[str, ...]) -> None: ...


class NoPost:
    """A post box whose letters nobody reads."""

    def send(self, post: Post) -> None: ...


def tools_for(database_url: str, provider_url: str) -> Tools:
    """Put the product's own tools together around a copy of the scene."""
    settings = Settings(
        database_url=database_url, stripe_api_base=provider_url, tax_bp=625, home="/nonexistent"
    )
    return assemble(settings, make_engine(database_url), NoQueue(), NoPost())


def live(tools: Tools) -> None:
    """Do all that is due until nothing is, then export; as often as wanted."""
    steps: tuple[Callable[[Tools], object], ...] = (
        fall_due,
        charge_due,
        fetch_missed_events,
        apply_events,
        refund_due,
        send_mail,
    )
    for _ in range(2):
        for step in steps:
            step(tools)
    with tools.units(ACTOR) as work:
        composed = [row.id for row in batches(work.session) if row.status == "composed"]
    for batch_id in composed:
        try:
            export(tools, ACTOR, batch_id)
        except Refused:
            reach("export.after_commit")


def let_leases_pass(tools: Tools) -> None:
    """Let so much time go by that whoever held a lease has lost it."""
    with tools.engine.begin() as connection:
        for statement in (OUTLIVED, *MORE):
            connection.execute(statement)


def main() -> None:
    """Live once: `python -m tests.faults.life DATABASE PROVIDER [FAIL_AT]`."""
    if len(sys.argv) > 3:
        os.environ["BOXWRIGHT_FAIL_AT"] = sys.argv[3]
    live(tools_for(sys.argv[1], sys.argv[2]))


if __name__ == "__main__":
    main()
