"""Reads about the days to think it over: when somebody is charged first, and until when not."""

import uuid
from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import days_after, local_day
from app.core.database import among
from app.subscriptions.cooling_rules import (
    Cooling,
    charged_from,
    last_free_day,
)
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.queries import beginning_of, cut_off_of
from app.subscriptions.rules import OVER, WELCOME_CUT_OFF, Billing, CutOff


def first_cut_off(plan: Plan, now: datetime, zone: ZoneInfo) -> datetime:
    """Return until when somebody who signs up now can change their first box."""
    start, cut_off = beginning_of(plan, now, zone), cut_off_of(plan, zone)
    if start.welcome_on is None:
        return cut_off.moment(start.anchor)
    return CutOff(*WELCOME_CUT_OFF, zone).moment(start.welcome_on)


def cooling_of(plan: Plan, now: datetime, zone: ZoneInfo, ahead: bool = False) -> Cooling | None:
    """Return what a plan grants somebody who signs up now; None where it grants no days.

    A box that is charged when it is packed is so on the day after its cut-off. What is paid
    `ahead` is charged as soon as the days are over.
    """
    first = charged_from(now, plan.cooling_days, zone)
    if first is None:
        return None
    charged_on = local_day(first, zone)
    if not (ahead or plan.charge_every > 1 or plan.billing is Billing.AHEAD):
        charged_on = days_after(local_day(first_cut_off(plan, now, zone), zone), 1)
    return Cooling(last_free_day(first, zone), charged_on)


def free_until(subscription: Subscription, now: datetime, zone: ZoneInfo) -> date | None:
    """Return until when somebody may still leave and pay nothing; None once that is over."""
    first = None if subscription.status in OVER else subscription.charged_from
    return last_free_day(first, zone) if first and first > now else None


def first_charges(
    session: Session, subscriptions: Collection[uuid.UUID], after: datetime
) -> dict[uuid.UUID, datetime]:
    """Return from when on those may be charged that may not be charged yet at `after`."""
    rows = session.execute(
        select(Subscription.id, Subscription.charged_from).where(
            among(Subscription.id, subscriptions), Subscription.charged_from > after
        )
    )
    return {key: moment for key, moment in rows if moment}
