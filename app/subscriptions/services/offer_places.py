"""Gives free places to those who wait, in their turn, and tells staff when a plan is full.

The plan's limits are locked first, so that a place is given to one person only.
"""

import uuid
from collections.abc import Iterator, Sequence

from sqlalchemy import select

from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.models import Plan
from app.subscriptions.place_models import Capacity, WaitEntry
from app.subscriptions.place_queries import (
    limits_of,
    plans_to_offer,
    prices_of,
    taken_of,
    waiting_of,
)
from app.subscriptions.place_rules import (
    WHOLE,
    Limit,
    Taken,
    WaitStatus,
    fits,
    kept_until,
    take,
)
from app.subscriptions.queries import plan_of

AT_ONCE = 500


def offer_all(work: UnitOfWork) -> int:
    """Give what is free of every plan to those who wait; return how many places."""
    return sum(offer_places(work, plan_id) for plan_id in sorted(plans_to_offer(work.session)))


def offer_places(work: UnitOfWork, plan_id: uuid.UUID) -> int:
    """Take back what nobody took up, and keep what is free for the next in line; return how many.

    Who wanted a size that is still full stays in line; a later one for another size is served.
    """
    limits = limits_of(work.session, plan_id, lock=True)
    plan = plan_of(work.session, plan_id)
    _lapse(work, plan_id)
    served = list(_serve(work, plan, [each.limit() for each in limits]))
    for entry in served:
        _offer(work, plan, entry)
    work.session.flush()
    note_full(work, plan, limits)
    return len(served)


def _lapse(work: UnitOfWork, plan_id: uuid.UUID) -> None:
    late = work.session.scalars(
        select(WaitEntry)
        .where(
            WaitEntry.plan_id == plan_id,
            WaitEntry.status == WaitStatus.OFFERED,
            WaitEntry.held_until < work.now,
        )
        .order_by(WaitEntry.number)
        .with_for_update()
    )
    for entry in late:
        entry.status = WaitStatus.LAPSED
    work.session.flush()


def _serve(work: UnitOfWork, plan: Plan, limits: Sequence[Limit]) -> Iterator[WaitEntry]:
    """Yield who gets a place, in turn, for as long as one fits."""
    prices, taken = prices_of(plan), taken_of(work.session, plan.id, work.now)
    wanted = waiting_of(work.session, plan.id)
    if not any(fits(limits, taken, size, prices.get(size, 0)) for size in wanted):
        return
    waiting = work.session.scalars(
        select(WaitEntry)
        .where(WaitEntry.plan_id == plan.id, WaitEntry.status == WaitStatus.WAITING)
        .order_by(WaitEntry.number)
        .limit(AT_ONCE)
        .with_for_update()
    )
    for entry in waiting:
        price = prices.get(entry.size, 0)
        if fits(limits, taken, entry.size, price):
            taken = take(taken, entry.size, price)
            yield entry


def _offer(work: UnitOfWork, plan: Plan, entry: WaitEntry) -> None:
    entry.status = WaitStatus.OFFERED
    entry.held_until = kept_until(work.now, plan.hold_days, work.shop.zone)
    promise_letter(
        work,
        "place_free",
        str(entry.id),
        entry.id,
        plan=plan.name,
        held_until=entry.held_until.isoformat(),
        entry_id=str(entry.id),
    )


def note_full(work: UnitOfWork, plan: Plan, limits: Sequence[Capacity]) -> None:
    """Write down since when nothing is free, and tell staff once each time."""
    if not limits:
        return
    taken = taken_of(work.session, plan.id, work.now)
    for row in limits:
        full = _is_full(plan, row, taken)
        if full and row.closed_at is None:
            row.closed_at = work.now
            _tell_staff(work, plan, row, taken.get(row.size, Taken()))
        elif not full:
            row.closed_at = None
    work.session.flush()


def _is_full(plan: Plan, row: Capacity, taken: dict[int, Taken]) -> bool:
    """Say whether no box fits under this limit, whatever other limits there are."""
    concerned = [
        (size, cents) for size, cents in prices_of(plan).items() if row.size in (WHOLE, size)
    ]
    return not any(fits([row.limit()], taken, size, cents) for size, cents in concerned)


def _tell_staff(work: UnitOfWork, plan: Plan, row: Capacity, taken: Taken) -> None:
    promise_letter(
        work,
        "plan_full",
        f"{plan.id}:{row.size}:{work.now.isoformat()}",
        None,
        plan=plan.name,
        size=row.size or None,
        boxes=taken.boxes,
        amount_cents=taken.cents,
        currency=work.shop.currency,
    )
