"""Asks people to look at their pledge again where a round is not covered yet."""

import uuid

from sqlalchemy import select

from app.core.clock import local_day
from app.core.outbox import promise_letter
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.round_queries import DatedRound, rounds_of
from app.fulfilment.rules import BoxStatus
from app.subscriptions.models import Subscription
from app.subscriptions.pledge_rules import PledgeRefusal
from app.subscriptions.queries import plan_of


def ask_pledges(work: UnitOfWork, plan_id: uuid.UUID) -> int:
    """Write to everybody whose box is in the next open round, once a round; return to how many.

    Raises:
        Refused: No round is open, or the pledges cover it.
    """
    plan = plan_of(work.session, plan_id)
    rounds = rounds_of(work.session, plan, local_day(work.now, work.shop.zone))
    coming = next((each for each in rounds if each.cutoff_at >= work.now), None)
    if coming is None:
        raise Refused(PledgeRefusal.NO_ROUND)
    if not coming.stands.short_cents:
        raise Refused(PledgeRefusal.COVERED)
    asked = work.session.execute(
        select(Box, Subscription)
        .join(Subscription, Subscription.id == Box.subscription_id)
        .where(
            Subscription.plan_id == plan.id,
            Box.ships_on == coming.ships_on,
            Box.status == BoxStatus.PLANNED,
            Box.cutoff_at >= work.now,
        )
        .order_by(Subscription.number)
    ).all()
    for box, subscription in asked:
        _ask(work, box, subscription, coming)
    return len(asked)


def _ask(work: UnitOfWork, box: Box, subscription: Subscription, coming: DatedRound) -> None:
    promise_letter(
        work,
        "pledge_asked",
        f"{subscription.id}:{coming.ships_on.isoformat()}",
        subscription.paid_by,
        plan=subscription.plan.name,
        subscription_number=subscription.number,
        ships_on=coming.ships_on.isoformat(),
        cutoff_at=box.cutoff_at.isoformat(),
        missing_cents=coming.stands.short_cents,
        each_cents=coming.stands.short_each_cents,
        currency=work.shop.currency,
        pledge_path=f"/plan/{subscription.id}/pledge",
    )
