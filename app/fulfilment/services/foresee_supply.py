"""Foresees when somebody's coffee is used up, and proposes a box that comes in time."""

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.core.clock import days_after, local_day
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.supply_queries import (
    Bags,
    PastBox,
    bags_told,
    kept_in_shop,
    lines_of_boxes,
    lines_of_ratings,
    past_boxes,
    words_said,
)
from app.fulfilment.supply_rules import (
    LATE,
    ON_ITS_WAY,
    SOON,
    NextBox,
    Proposal,
    ProposalKind,
    another_day,
    days_between,
    slower_for_skips,
)
from app.personalization.queries import answers_of, without_taste
from app.personalization.rules import QuizAnswers
from app.personalization.supply import (
    Outlook,
    first_guess,
    outlook_of,
    rhythm_for,
    supply_of,
)
from app.personalization.supply_rules import Supply, SupplyLine, SupplyWord, halves_asked
from app.subscriptions.models import Subscription
from app.subscriptions.queries import cut_off_of, rhythm_of
from app.subscriptions.rules import Cadence, SizeKind, SubscriptionStatus, is_open

QUIET_DAYS = 30
KNOWN_BOXES = 2


@dataclass(frozen=True)
class Foreseen:
    """When somebody's coffee is used up, the next box, and what may be done about it.

    `answers` are those to how many bags are left, in half bags; `told` is the one given today.
    """

    supply: Supply
    today: date
    next_on: date
    proposal: Proposal | None
    said: SupplyWord | None
    answers: tuple[int, ...]
    told: int | None


def foresee_supply(work: UnitOfWork, subscriber_id: uuid.UUID) -> Foreseen | None:
    """Return how long somebody's coffee lasts; None before the first box has come.

    Nothing is foreseen for people who want no box of their own taste, nor without a box ahead.
    """
    if without_taste(work.session, [subscriber_id]):
        return None
    today = local_day(work.now, work.shop.zone)
    boxes = past_boxes(work.session, subscriber_id, work.now, work.shop.zone)
    following = _boxes_ahead(work, subscriber_id)
    if not any(box.whole for box in boxes) or not following:
        return None
    said = words_said(work.session, subscriber_id, today)
    told = bags_told(work.session, subscriber_id, today, work.shop.zone)
    outlook = _outlook(work, subscriber_id, boxes, [*_lines_of_words(said), *_lines_of_bags(told)])
    supply = supply_of(outlook, today)
    quiet = any(
        word is SupplyWord.FINE and days_after(day, QUIET_DAYS) > today
        for day, word in said.items()
    )
    proposal = None if quiet else _proposal(work, outlook, boxes, following)
    now = told.get(today)
    return Foreseen(
        supply=supply,
        today=today,
        next_on=following[0].ships_on,
        proposal=proposal,
        said=said.get(today),
        answers=_answers(work, boxes, following[0]),
        told=now.halves if now else None,
    )


def _answers(work: UnitOfWork, boxes: list[PastBox], box: Box) -> tuple[int, ...]:
    """Return the answers that fit the bags of somebody's boxes."""
    subscription = work.session.get_one(Subscription, box.subscription_id)
    return halves_asked(_grams(subscription, boxes) / max(subscription.plan.portion_grams, 1))


def _lines_of_words(said: dict[date, SupplyWord]) -> list[SupplyLine]:
    return [
        SupplyLine(day, word.value) for day, word in said.items() if word is not SupplyWord.FINE
    ]


def _lines_of_bags(told: dict[date, Bags]) -> list[SupplyLine]:
    return [SupplyLine(day, "holds", grams=each.grams) for day, each in told.items()]


def _boxes_ahead(work: UnitOfWork, subscriber_id: uuid.UUID) -> list[Box]:
    """Return the next boxes that can change, of the subscription whose box comes first."""
    rows = work.session.scalars(
        select(Box)
        .join(Subscription, Subscription.id == Box.subscription_id)
        .where(
            Box.subscriber_id == subscriber_id,
            Box.status == BoxStatus.PLANNED,
            Subscription.status == SubscriptionStatus.ACTIVE,
        )
        .order_by(Box.ships_on, Box.number)
        .limit(20)
    ).all()
    open_now = [box for box in rows if is_open(box.cutoff_at, work.now)]
    return [box for box in open_now if box.subscription_id == open_now[0].subscription_id]


def _outlook(
    work: UnitOfWork, subscriber_id: uuid.UUID, boxes: list[PastBox], words: list[SupplyLine]
) -> Outlook:
    session, zone = work.session, work.shop.zone
    today = local_day(work.now, zone)
    lines = [
        *lines_of_boxes(boxes, today),
        *lines_of_ratings(session, subscriber_id, boxes, zone),
        *words,
    ]
    answers = answers_of(session, subscriber_id) or QuizAnswers()
    guess = first_guess(
        _ordered(work, subscriber_id, boxes),
        kept_in_shop(session, today),
        answers.brew_methods,
        answers.strength,
    )
    return outlook_of(lines, guess, today)


def _ordered(work: UnitOfWork, subscriber_id: uuid.UUID, boxes: list[PastBox]) -> float:
    """Return the grams a week that somebody's active subscriptions bring."""
    active = work.session.scalars(
        select(Subscription).where(
            Subscription.subscriber_id == subscriber_id,
            Subscription.status == SubscriptionStatus.ACTIVE,
        )
    )
    each = [7.0 * _grams(one, boxes) / days_between(rhythm_of(one)) for one in active]
    return max(sum(each), 1.0)


def _grams(subscription: Subscription, boxes: list[PastBox]) -> float:
    """Return what a box of a subscription holds: what the last one did, else what is ordered."""
    last = [box.whole for box in boxes if box.subscription_id == subscription.id and box.whole]
    if last:
        return last[-1]
    plan = subscription.plan
    return float(
        subscription.size * (1 if plan.size_kind is SizeKind.GRAMS else plan.portion_grams)
    )


def _proposal(
    work: UnitOfWork, outlook: Outlook, boxes: list[PastBox], ahead: list[Box]
) -> Proposal | None:
    subscription = work.session.get_one(Subscription, ahead[0].subscription_id)
    every = _rhythm(outlook, boxes, subscription)
    if every is not None:
        return Proposal(ProposalKind.RHYTHM, subscription.id, ahead[0].id, every=every)
    today, box = local_day(work.now, work.shop.zone), ahead[0]
    comes_in = (box.ships_on - today).days + ON_ITS_WAY
    runs_out_on = supply_of(outlook, today).runs_out_on
    cut_off = cut_off_of(subscription.plan, work.shop.zone)
    earliest = days_after(today, 1)
    while not is_open(cut_off.moment(earliest), work.now):
        earliest = days_after(earliest, 1)
    following = ahead[1].ships_on if len(ahead) > 1 else None
    return another_day(
        NextBox(box.id, subscription.id, box.ships_on, following, earliest),
        runs_out_on,
        outlook.gone_after(comes_in - SOON),
        1.0 - outlook.gone_after(comes_in + LATE),
    )


def _rhythm(outlook: Outlook, boxes: list[PastBox], subscription: Subscription) -> int | None:
    """Return another rhythm of the plan that suits better; never one that undoes what skips say."""
    rhythm = rhythm_of(subscription)
    offered = {
        every: days_between(Cadence(rhythm.unit, every, rhythm.day))
        for every in {subscription.plan.every, *subscription.plan.rhythms, rhythm.every}
    }
    own = [box for box in boxes if box.subscription_id == subscription.id]
    skipped = [box.skipped for box in reversed(own)]
    slower = slower_for_skips(skipped, rhythm.every, sorted(offered))
    sent = sum(not each for each in skipped)
    if slower is not None or sent < KNOWN_BOXES:
        return slower
    return rhythm_for(outlook, _grams(subscription, boxes), rhythm.every, offered)
