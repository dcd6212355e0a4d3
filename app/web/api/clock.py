"""The sandbox's clock: see where it stands, and play the time forward."""

from datetime import timedelta

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.jobs.advance import advance_to
from app.people.rules import Scope
from app.web.api.chapter import Chapter, Effect
from app.web.api.shapes import GivenMoment, InputRefusal, Moment, Strict, shown
from app.web.doors import actor
from app.wiring.tools import Tools

CLOCK = Chapter("Clock", "The sandbox's movable clock; a live shop has none.", sandbox_only=True)
FURTHEST = timedelta(days=400)


class Clock(Strict):
    """Where the shop's clock stands."""

    stands_at: Moment


class AdvanceIn(Strict):
    """The moment to go to: not back, and at most 400 days at once."""

    model_config = shown(to="2027-02-01T00:00:00-05:00")

    to: GivenMoment


class Advance(Strict):
    """From when to when the clock went, and at how many moments something fell due."""

    started_at: Moment
    stands_at: Moment
    moments: int


@CLOCK.get("/clock", Scope.CLOCK)
def get_clock(work: UnitOfWork) -> Clock:
    """Get where the shop's clock stands."""
    return Clock(stands_at=work.now)


@CLOCK.post("/clock/advance", Scope.CLOCK, Effect.DESTRUCTIVE)
def advance_clock(tools: Tools, body: AdvanceIn) -> Advance:
    """Play the time until a moment: everything that falls due on the way happens, in order."""
    with tools.units.rehearse(actor()) as work:
        now = work.now
    if body.to > now + FURTHEST:
        raise Refused(InputRefusal.TOO_FAR, offer=now + FURTHEST, field="to")
    done = advance_to(tools, body.to)
    return Advance(started_at=done.started_at, stands_at=done.stands_at, moments=done.moments)
