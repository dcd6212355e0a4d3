"""Tells people 30, 15 and 3 days ahead that the card on file expires; a renewed one ends that."""

import uuid
from calendar import monthrange
from datetime import date

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on

from app.billing.models import Account
from app.core.clock import days_after, local_day
from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.models import Subscription
from app.subscriptions.rules import SubscriptionStatus

DAYS_BEFORE = (3, 15, 30)
Months = list[tuple[int, int]]


def tell_expiring(work: UnitOfWork) -> int:
    """Promise a letter to everybody with a live subscription whose card expires soon.

    Each card gets one letter for each of the days ahead; a shop that stood still for some days
    tells the nearest. Return how many people were told about.
    """
    today = local_day(work.now, work.shop.zone)
    rows = work.session.execute(
        select(Account, Subscription)
        .join(Subscription, Subscription.subscriber_id == Account.subscriber_id)
        .where(
            Account.card_id.is_not(None),
            tuple_(Account.card_exp_year, Account.card_exp_month).in_(_months(today)),
            Subscription.status == SubscriptionStatus.ACTIVE,
        )
        .ext(distinct_on(Account.subscriber_id))
        .order_by(Account.subscriber_id, Subscription.number)
    ).all()
    return sum(_tell(work, account, subscription, today) for account, subscription in rows)


def _months(today: date) -> Months:
    """Return the months in which cards expire that are to be told about today."""
    ends = (today, days_after(today, max(DAYS_BEFORE)))
    return sorted({(day.year, day.month) for day in ends})


def expires_on(year: int, month: int) -> date:
    """Return the last day on which a card of this date is good."""
    return date(year, month, monthrange(year, month)[1])


def _tell(work: UnitOfWork, account: Account, subscription: Subscription, today: date) -> bool:
    last_day = expires_on(account.card_exp_year or today.year, account.card_exp_month or 12)
    ahead = (last_day - today).days
    nearest = next((days for days in DAYS_BEFORE if 0 <= ahead <= days), None)
    if nearest is None:
        return False
    promise_letter(
        work,
        "card_expiring",
        _reference(account.subscriber_id, str(account.card_id), last_day, nearest),
        account.subscriber_id,
        card_last4=account.card_last4,
        expires_on=last_day.isoformat(),
        plan=subscription.plan.name,
    )
    return True


def _reference(person: uuid.UUID, card_id: str, last_day: date, days: int) -> str:
    return f"{person}:{card_id}:{last_day.isoformat()}:{days}"
