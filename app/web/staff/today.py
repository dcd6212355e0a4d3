"""Today: what needs a person now, which batches come next, what runs short."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.clock import real_now
from app.core.due_moments import has_undone, last_noted
from app.core.letter_queries import LetterRow, failed_letters
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.finance.health_queries import Stuck, stuck
from app.finance.queries import CheckRow, EventRow, last_check, list_events
from app.finance.rules import EventStatus
from app.finance.services.replay_events import replay_events
from app.fulfilment.batch_queries import (
    HeldBatch,
    NeedRow,
    held_batches,
    last_run,
    late_batches,
    needs_of,
    next_batches,
    units_wanted,
)
from app.fulfilment.invoice_queries import BilledBox, declined, declined_sum
from app.fulfilment.queries import BatchRow
from app.letters.try_again import try_letters_again
from app.subscriptions.place_queries import FullRow, full_plans
from app.web.doors import open_work
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed

bp = Blueprint("staff_today", __name__, url_prefix="/staff")
bp.register_error_handler(Refused, back_to("staff_today.show"))
GRACE = timedelta(minutes=10)
STOCK_ROWS = 8


@dataclass(frozen=True)
class Concerns:
    """What needs a person."""

    held: list[HeldBatch]
    late: list[BatchRow]
    declined: tuple[int, int]
    first_declined: list[BilledBox]
    letters: tuple[int, list[LetterRow]]
    first_events: tuple[EventRow, ...]
    stuck: Stuck
    check: CheckRow | None
    full: Sequence[FullRow]
    silent_for: timedelta | None
    undone: bool


@dataclass(frozen=True)
class Shelf:
    """The next batch against the shelf; `needs` come from its last rehearsal."""

    batch: BatchRow
    wanted: int
    rehearsed: bool
    missing: int
    used_up: int
    needs: list[NeedRow]


@bp.get("/")
@allowed("today")
def show() -> ResponseReturnValue:
    """Show the day."""
    with open_work() as work:
        coming = next_batches(work.session, work.now)
        shelf = shelf_of(work, coming[0]) if coming else None
        concerns = find_concerns(work)
        now = work.now
    return render_template(
        "staff/today.html", coming=coming, shelf=shelf, concerns=concerns, now=now
    )


def find_concerns(work: UnitOfWork) -> Concerns:
    """Look everywhere where something may wait for a person."""
    session, machine = work.session, real_now()
    heard = last_noted(session, "fall_due")
    silent = machine - heard if heard else None
    return Concerns(
        held=held_batches(session),
        late=late_batches(session, work.now - GRACE),
        declined=declined_sum(session),
        first_declined=declined(session, 4),
        letters=failed_letters(session, 3),
        first_events=list_events(session, EventStatus.DEAD, limit=3),
        stuck=stuck(session),
        check=last_check(session),
        full=full_plans(session),
        silent_for=silent if silent and silent > GRACE else None,
        undone=has_undone(session, "fall_due", machine - GRACE),
    )


def shelf_of(work: UnitOfWork, batch: BatchRow) -> Shelf:
    """Hold the next batch against the shelf."""
    run = last_run(work.session, batch.id, "dry")
    needs = needs_of(work.session, run) if run else []
    return Shelf(
        batch,
        wanted=units_wanted(work.session, batch.id),
        rehearsed=run is not None,
        missing=run.missing if run else 0,
        used_up=sum(row.used_up for row in needs),
        needs=needs[:STOCK_ROWS],
    )


@bp.post("/letters/again")
@allowed("today")
def letters_again() -> ResponseReturnValue:
    """Try all letters again that could not be sent."""
    with open_work() as work:
        count = try_letters_again(work)
    flash(gettext("Letters that are tried again: %(n)d.", n=count), "good")
    return redirect(url_for("staff_today.show"), 303)


@bp.post("/events/again")
@allowed("money")
def events_again() -> ResponseReturnValue:
    """Apply the provider's dead events again."""
    with open_work() as work:
        count = replay_events(work)
    flash(gettext("Events given back to be applied: %(n)d.", n=count), "good")
    return redirect(url_for("staff_today.show"), 303)
