"""Brings many subscriptions over at once: each starts, waits for a card, or stays paused."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import local_day
from app.core.database import among
from app.core.unit_of_work import UnitOfWork
from app.people.models import Address
from app.subscriptions.models import Pause, Plan, Subscription
from app.subscriptions.queries import all_plans
from app.subscriptions.rules import (
    Billing,
    Cadence,
    CadenceUnit,
    SubscriptionStatus,
    bill_date,
    first_regular_day,
)
from app.subscriptions.subscriber_file import SubscriberRow, first_day, wrong_day, wrong_size

NOBODY = uuid.UUID(int=0)


@dataclass(frozen=True)
class Wish:
    """A row of the file, the plan that it names, and the person once there is one."""

    row: SubscriberRow
    plan: Plan
    person_id: uuid.UUID = NOBODY


@dataclass(frozen=True)
class Arrived:
    """What became of wishes: new subscriptions, and old ones that waited and have started now."""

    new: tuple[uuid.UUID, ...]
    started: tuple[uuid.UUID, ...]


def wishes_of(work: UnitOfWork, rows: Sequence[SubscriberRow]) -> Iterator[Wish]:
    """Return the rows that can be taken; the others are named in the file's problems."""
    plans = {plan.code: plan for plan in all_plans(work.session)}
    today = local_day(work.now, work.shop.zone)
    for row in rows:
        plan = plans.get(row.plan)
        if plan is None:
            row.line.drop("plan", "There is no such plan.")
        elif fault := wrong_size(row.size, [each.size for each in plan.sizes]):
            row.line.drop("size", fault)
        elif fault := wrong_day(row.next_ships_on, today):
            row.line.drop("next_ships_on", fault)
        else:
            yield Wish(row, plan)


def bring_over(
    work: UnitOfWork, wishes: Sequence[Wish], with_card: frozenset[uuid.UUID]
) -> Arrived:
    """Add the subscriptions that are new, and start those that waited for a card."""
    known = _known(work, wishes)
    new = [each for each in wishes if (each.person_id, each.plan.id) not in known]
    started = _start_waiting(work, wishes, known, with_card)
    _say_what_differs(wishes, known)
    return Arrived(_add(work, new, with_card), started)


def _known(
    work: UnitOfWork, wishes: Sequence[Wish]
) -> dict[tuple[uuid.UUID, uuid.UUID], Subscription]:
    """Return what people have here already, by person and plan; what has ended is no more."""
    found = work.session.scalars(
        select(Subscription)
        .where(
            among(Subscription.subscriber_id, {each.person_id for each in wishes}),
            Subscription.status != SubscriptionStatus.CANCELLED,
        )
        .order_by(Subscription.number.desc())
        .with_for_update(of=Subscription)
        .execution_options(populate_existing=True)
    )
    return {(each.subscriber_id, each.plan_id): each for each in found}


def _add(
    work: UnitOfWork, wishes: Sequence[Wish], with_card: frozenset[uuid.UUID]
) -> tuple[uuid.UUID, ...]:
    if not wishes:
        return ()
    addresses = [_address(work, each) for each in wishes]
    rows = [
        _subscription(work, wish, address["id"], wish.person_id in with_card)
        for wish, address in zip(wishes, addresses, strict=True)
    ]
    work.session.execute(insert(Address), addresses)
    work.session.execute(insert(Subscription), rows)
    paused = [row["id"] for row in rows if row["status"] is SubscriptionStatus.PAUSED]
    if paused:
        today = local_day(work.now, work.shop.zone)
        work.session.execute(
            insert(Pause), [{"subscription_id": key, "starts_on": today} for key in paused]
        )
    return tuple(row["id"] for row in rows)


def _address(work: UnitOfWork, wish: Wish) -> dict[str, Any]:
    return {
        "id": uuid.uuid4(),
        "person_id": wish.person_id,
        "created_at": work.now,
        **asdict(wish.row.address),
    }


def _subscription(
    work: UnitOfWork, wish: Wish, address_id: uuid.UUID, has_card: bool
) -> dict[str, Any]:
    row, plan = wish.row, wish.plan
    price = next(each.price_cents for each in plan.sizes if each.size == row.size)
    start = _start(work, wish)
    waiting = {"status": SubscriptionStatus.PENDING, **dict.fromkeys(start.keys() - {"status"})}
    return {
        "id": uuid.uuid4(),
        "subscriber_id": wish.person_id,
        "plan_id": plan.id,
        "address_id": address_id,
        "size": row.size,
        "price_cents": price,
        "grind": row.grind,
        "note": row.note,
        "created_at": work.now,
        **(start if has_card else waiting),
    }


def _start_waiting(
    work: UnitOfWork,
    wishes: Sequence[Wish],
    known: Mapping[tuple[uuid.UUID, uuid.UUID], Subscription],
    with_card: frozenset[uuid.UUID],
) -> tuple[uuid.UUID, ...]:
    """Start what came without a card before and has one now."""
    rows = []
    for wish in wishes:
        old = known.get((wish.person_id, wish.plan.id))
        if old is None or old.status is not SubscriptionStatus.PENDING or wish.row.paused:
            continue
        if wish.person_id in with_card:
            rows.append({"id": old.id, **_start(work, wish)})
    if rows:
        work.session.execute(update(Subscription), rows)
    return tuple(row["id"] for row in rows)


def _start(work: UnitOfWork, wish: Wish) -> dict[str, Any]:
    """Return the columns of a subscription that ships: when, and from when on."""
    row, plan = wish.row, wish.plan
    today = local_day(work.now, work.shop.zone)
    asked = row.next_ships_on
    day = row.anchor_day or (asked.day if asked else plan.day)
    cadence = Cadence(plan.unit, plan.every, day)
    if plan.unit is CadenceUnit.WEEK:
        day, cadence = plan.day, Cadence(plan.unit, plan.every, plan.day)
    first = asked or first_regular_day(cadence, today)
    anchor = first_day(first, cadence, lambda ships_on: charged_on(plan, ships_on), today)
    if asked and anchor != asked:
        row.line.change_value("next_ships_on", f"The first box from here ships on {anchor}.")
    return {
        "status": SubscriptionStatus.PAUSED if row.paused else SubscriptionStatus.ACTIVE,
        "anchor": anchor,
        "anchor_day": day,
        "activated_at": work.now,
    }


def charged_on(plan: Plan, ships_on: date) -> date:
    """Return the day on which a box of a plan is charged: at its lock, or ahead."""
    if plan.billing is Billing.AHEAD:
        return bill_date(ships_on, plan.bill_day or ships_on.day)
    return ships_on - timedelta(days=plan.cutoff_days - 1)


def _say_what_differs(
    wishes: Sequence[Wish], known: Mapping[tuple[uuid.UUID, uuid.UUID], Subscription]
) -> None:
    """Name what a file says otherwise of subscriptions that are here: their owner's word counts."""
    for wish in wishes:
        old = known.get((wish.person_id, wish.plan.id))
        if old is not None and old.size != wish.row.size:
            wish.row.line.drop_value("size", f"Here this subscription has size {old.size}.")
