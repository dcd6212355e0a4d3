"""Puts people in line for a place, and lets them leave it."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.core.outbox import promise_letter
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.people.rules import PeopleRefusal
from app.people.services.register_person import EMAIL
from app.subscriptions.models import Plan
from app.subscriptions.place_models import WaitEntry
from app.subscriptions.place_queries import full_sizes, limits_of, prices_of
from app.subscriptions.place_rules import IN_LINE, PlaceRefusal, WaitStatus
from app.subscriptions.queries import plan_of
from app.subscriptions.rules import SubscriptionRefusal
from app.subscriptions.services.offer_places import offer_places


@dataclass(frozen=True)
class WaitWish:
    """Who waits for which size of which plan, and in which language they are written to."""

    plan_id: uuid.UUID
    size: int
    email: str
    name: str
    locale: str = "en"


def join_wait_list(work: UnitOfWork, wish: WaitWish) -> WaitEntry:
    """Put somebody at the end of the line; who is in it already keeps their turn."""
    plan = plan_of(work.session, wish.plan_id)
    if wish.size not in prices_of(plan):
        raise Refused(SubscriptionRefusal.UNKNOWN_SIZE, field="size")
    if not EMAIL.fullmatch(wish.email.strip()):
        raise Refused(PeopleRefusal.EMAIL_WRONG, field="email")
    limits_of(work.session, plan.id, lock=True)
    if known := _in_line(work, wish):
        return known
    if wish.size not in full_sizes(work.session, plan, work.now):
        raise Refused(PlaceRefusal.NOT_FULL, field="size")
    return enter(work, plan, wish, "wait_list_joined")


def _in_line(work: UnitOfWork, wish: WaitWish) -> WaitEntry | None:
    return work.session.scalars(
        select(WaitEntry).where(
            WaitEntry.plan_id == wish.plan_id,
            WaitEntry.size == wish.size,
            WaitEntry.email == wish.email.strip().lower(),
            WaitEntry.status.in_(IN_LINE),
        )
    ).one_or_none()


def enter(work: UnitOfWork, plan: Plan, wish: WaitWish, letter: str) -> WaitEntry:
    """Write somebody at the end of the line, under the plan's lock, and promise the letter."""
    known = _in_line(work, wish)
    if known is not None:
        return known
    entry = WaitEntry(
        id=uuid.uuid4(),
        plan_id=plan.id,
        size=wish.size,
        email=wish.email.strip().lower(),
        name=wish.name.strip(),
        locale=wish.locale,
        status=WaitStatus.WAITING,
        joined_at=work.now,
    )
    work.session.add(entry)
    work.session.flush()
    promise_letter(
        work,
        letter,
        str(entry.id),
        entry.id,
        plan=plan.name,
        hold_days=plan.hold_days,
        entry_id=str(entry.id),
    )
    return entry


def leave_wait_list(work: UnitOfWork, entry_id: uuid.UUID) -> WaitEntry:
    """Take somebody out of the line; a place that was kept for them goes to the next."""
    found = work.session.get(WaitEntry, entry_id)
    if found is None:
        raise Refused(PlaceRefusal.UNKNOWN_ENTRY)
    limits_of(work.session, found.plan_id, lock=True)
    entry = work.session.get_one(WaitEntry, entry_id, with_for_update=True, populate_existing=True)
    if entry.status in IN_LINE:
        entry.status = WaitStatus.LEFT
        work.session.flush()
        offer_places(work, entry.plan_id)
    return entry
