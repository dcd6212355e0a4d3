"""Plays the sandbox's time forward: everything that falls due on the way happens, in order."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from datetime import time as wall_time

from app.core.clock import days_after, instant_of, local_day, put_clock
from app.core.refusals import Refusal, Refused
from app.core.unit_of_work import Actor
from app.finance.services.claim_event import events_due
from app.fulfilment.due_queries import (
    long_pauses,
    next_cut_off_letter,
    next_due,
    next_reveal,
    pauses_ending,
)
from app.jobs.drain import drain
from app.jobs.events import fetch_missed_events
from app.wiring.tools import Tools

ACTOR = Actor("system", "clock")
Report = Callable[[datetime], None]
# How long workers may take to finish what they began before the clock moves on.
PATIENCE_SECONDS = 60.0


class ClockRefusal(Refusal):
    """Why the clock cannot be moved."""

    NOT_HERE = "Only the sandbox has a clock that can be moved."
    BACKWARDS = "The clock only goes forward."


@dataclass(frozen=True)
class Advanced:
    """From when to when the clock went, and at how many moments something fell due."""

    started_at: datetime
    stands_at: datetime
    moments: int


def clock_now(tools: Tools) -> datetime:
    """Return the shop's time."""
    with tools.units(ACTOR) as work:
        return work.now


def put(tools: Tools, moment: datetime) -> None:
    """Let shop and payment provider stand at a moment, without playing what lies between."""
    _refuse_backwards(tools, clock_now(tools), moment)
    _stand(tools, moment)


def advance_to(tools: Tools, target: datetime, report: Report | None = None) -> Advanced:
    """Play the time until `target`; return what was played. Run it again after a fault."""
    started = clock_now(tools)
    _refuse_backwards(tools, started, target)
    _stand(tools, started)
    moments = 0
    settle(tools)
    while (moment := _next_moment(tools, target)) is not None:
        _stand(tools, moment)
        settle(tools)
        moments += 1
        if report:
            report(moment)
    _stand(tools, target)
    fetch_missed_events(tools)
    settle(tools)
    return Advanced(started, target, moments)


def _refuse_backwards(tools: Tools, now: datetime, moment: datetime) -> None:
    if not tools.settings.sandbox:
        raise Refused(ClockRefusal.NOT_HERE)
    if moment < now:
        raise Refused(ClockRefusal.BACKWARDS, field="to")


def _stand(tools: Tools, moment: datetime) -> None:
    if tools.backstage:
        tools.backstage.put_clock(moment)
    with tools.units(ACTOR) as work:
        put_clock(work.session, moment)


def settle(tools: Tools) -> None:
    """Do all that is due at this moment, and let everybody else finish too."""
    drain(tools)
    give_up = time.monotonic() + PATIENCE_SECONDS
    while tools.others_at_work() and time.monotonic() < give_up:
        time.sleep(0.05)
    if tools.backstage:
        tools.backstage.deliver()
        with tools.units(ACTOR) as work:
            arrived = events_due(work)
        if arrived:
            drain(tools)


def _next_moment(tools: Tools, target: datetime) -> datetime | None:
    """Return the next moment before `target` at which something falls due."""
    with tools.units(ACTOR) as work:
        zone, now = work.shop.zone, work.now
        letter = next_cut_off_letter(work.session, now, work.shop.cut_off_letter_hours)
        due = min(filter(None, (next_due(work.session, now), letter)), default=None)
        if pauses_ending(work.session, local_day(target, zone)):
            # A pause ends with a day, not at a moment that is written anywhere.
            morning = instant_of(days_after(local_day(now, zone), 1), wall_time(0), zone)
            due = min(due, morning) if due else morning
        told = next_reveal(work.session, local_day(now, zone))
        ends = long_pauses(work.session, work.shop.cancel_after_days).values()
        for day in [*ends, *([told] if told else [])]:
            morning = instant_of(day, wall_time(0), zone)
            if now < morning:
                due = min(due, morning) if due else morning
    return due if due and due < target else None
