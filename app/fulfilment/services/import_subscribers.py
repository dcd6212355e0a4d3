"""Brings subscribers over from another system, all at once; the same file again changes nothing.

Somebody with a card starts here, somebody without one waits for it. What is here already belongs
to its owner: a file never changes a subscription that has started. Nobody is written a letter.
"""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, time

from sqlalchemy import func, select, update

from app.billing.ports import CardFacts
from app.billing.services.adopt_cards import adopt_cards
from app.core.clock import instant_of
from app.core.database import among
from app.core.file_lines import ImportReport
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.services.plan_cycles import plan_cycles
from app.people.services.register_many import register_many
from app.people.services.register_person import NewPerson
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.rules import Billing
from app.subscriptions.services.bring_over import Wish, bring_over, charged_on, wishes_of
from app.subscriptions.subscriber_file import SubscriberFile

BILLED_AT = time(2, 0)


def import_subscribers(work: UnitOfWork, file: SubscriberFile) -> ImportReport:
    """Register people, take their cards over, and start their subscriptions."""
    wishes = _with_people(work, list(wishes_of(work, file.rows)))
    arrived = bring_over(work, wishes, _take_cards(work, wishes))
    moving = [*arrived.new, *arrived.started]
    if moving:
        plan_cycles(work, moving)
        _bill_first_boxes(work, moving)
    return ImportReport(
        new=len(arrived.new),
        changed=len(arrived.started),
        unchanged=len(wishes) - len(moving),
        problems=tuple(sorted(file.problems, key=lambda each: each.line)),
    )


def _with_people(work: UnitOfWork, wishes: Sequence[Wish]) -> list[Wish]:
    people = [NewPerson(each.row.email, each.row.name, None, each.row.locale) for each in wishes]
    ids = register_many(work, people).ids
    return [replace(each, person_id=ids[each.row.email.lower()]) for each in wishes]


def _take_cards(work: UnitOfWork, wishes: Sequence[Wish]) -> frozenset[uuid.UUID]:
    """Take cards over; return everybody who can be charged."""
    cards = {each.person_id: CardFacts(**asdict(each.row.card)) for each in wishes if each.row.card}
    adopted = adopt_cards(work, frozenset(each.person_id for each in wishes), cards)
    for wish in wishes:
        if wish.row.card and wish.person_id in adopted.elsewhere:
            wish.row.line.drop_value(
                "customer_id", "This is another account than the one that is known here."
            )
    return adopted.with_card


def _bill_first_boxes(work: UnitOfWork, subscriptions: Sequence[uuid.UUID]) -> None:
    """Let first boxes of plans that are paid ahead be charged on their day.

    Whoever signs up here pays for the first box at once; whoever moves here has done so there.
    """
    first = (
        select(Plan, Box.ships_on, func.array_agg(Box.id))
        .join(Subscription, Subscription.plan_id == Plan.id)
        .join(Box, Box.subscription_id == Subscription.id)
        .where(among(Subscription.id, subscriptions), Plan.billing == Billing.AHEAD, Box.cycle == 0)
        .group_by(Plan.id, Box.ships_on)
    )
    for plan, ships_on, boxes in work.session.execute(first).all():
        _bill_on(work, charged_on(plan, ships_on), boxes)


def _bill_on(work: UnitOfWork, day: date, boxes: Sequence[uuid.UUID]) -> None:
    moment = instant_of(day, BILLED_AT, work.shop.zone)
    work.session.execute(update(Box).where(among(Box.id, boxes)).values(bill_at=moment))
