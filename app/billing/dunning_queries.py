"""Reads about unpaid boxes: a plan's terms, until when a box can be paid, worn cards."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.billing.dunning_rules import (
    ENDS_AT_ONCE,
    LONGEST_CAP,
    DunningTerms,
    EndAction,
    next_try,
)
from app.billing.models import Attempt, Dunning, Invoice
from app.billing.rules import NO_ANSWER, AttemptStatus
from app.core.clock import days_after, instant_of, local_day
from app.core.shop import Shop
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.queries import cut_off_of, cycle_date, first_dates


@dataclass(frozen=True)
class Collecting:
    """The terms under which an invoice is collected, and until when its box can be paid."""

    terms: DunningTerms
    until: datetime | None


def shop_terms(shop: Shop) -> DunningTerms:
    """Return the shop's own terms, for plans that have none."""
    return DunningTerms(
        days=shop.dunning_days,
        after_unpaid=shop.pause_after_unpaid,
        cancel_after_days=shop.cancel_after_days,
    )


def terms_of_plan(session: Session, shop: Shop, plan_id: uuid.UUID) -> DunningTerms:
    """Return how unpaid boxes of a plan are dealt with."""
    row = session.get(Dunning, plan_id)
    return row.terms() if row else shop_terms(shop)


def has_own_terms(session: Session, plan_id: uuid.UUID) -> bool:
    """Say whether a plan has terms of its own."""
    return session.get(Dunning, plan_id) is not None


def collecting(session: Session, shop: Shop, invoice: Invoice) -> Collecting:
    """Return the terms of an invoice's plan and the end of the time in which it can be paid."""
    subscription = session.get_one(Subscription, invoice.subscription_id)
    terms = terms_of_plan(session, shop, subscription.plan_id)
    if invoice.on_account_at is not None:
        # The box has left: there is nothing to call off, and no end of the time to pay.
        return Collecting(replace(terms, end=EndAction.NOTHING), None)
    return Collecting(terms, _until(subscription, invoice, terms, shop.zone))


def _until(
    subscription: Subscription, invoice: Invoice, terms: DunningTerms, zone: ZoneInfo
) -> datetime | None:
    """Return the next cycle's cut-off, or the end of the plan's days for late packing if sooner."""
    if invoice.ships_on is None or subscription.anchor is None or invoice.cycle is None:
        return None
    cycle = invoice.cycle + 1
    while (following := cycle_date(subscription, cycle)) <= invoice.ships_on:
        cycle += 1
    ends = cut_off_of(subscription.plan, zone).moment(following)
    return _end_of(ends, invoice.ships_on, terms, zone)


def _end_of(ends: datetime, ships_on: date, terms: DunningTerms, zone: ZoneInfo) -> datetime:
    """Return when a box can be packed no more: at the next cut-off, or sooner as the plan says."""
    if terms.late_days is None:
        return ends
    return min(ends, instant_of(days_after(ships_on, terms.late_days + 1), time(0), zone))


def declined_at(session: Session, card_id: str, now: datetime) -> Sequence[datetime]:
    """Return when a card was declined within the longest window, the newest first."""
    return session.scalars(
        select(Attempt.begun_at)
        .where(
            Attempt.card_id == card_id,
            Attempt.status == AttemptStatus.FAILED,
            Attempt.decline_code != NO_ANSWER,
            Attempt.begun_at > now - LONGEST_CAP,
        )
        .order_by(Attempt.begun_at.desc())
    ).all()


@dataclass(frozen=True)
class CollectingDay:
    """A moment in the life of a declined charge: charge, try, last_try, ships or end."""

    at: datetime
    kind: str


def collecting_days(
    plan: Plan, terms: DunningTerms, now: datetime, shop: Shop
) -> tuple[CollectingDay, ...]:
    """Return what happens, and when, to the next box of a plan if it is declined and stays so."""
    ships_on, following, *_ = first_dates(plan, now, shop.zone)
    cut_off = cut_off_of(plan, shop.zone)
    locked = days_after(local_day(cut_off.moment(ships_on), shop.zone), 1)
    charged = instant_of(locked, shop.locks_at, shop.zone)
    until = _end_of(cut_off.moment(following), ships_on, terms, shop.zone)
    found = [CollectingDay(charged, "charge")]
    moment, again = charged, next_try(charged, charged, terms.days, until)
    while again.at is not None:
        moment = again.at
        found.append(CollectingDay(moment, "last_try" if again.last else "try"))
        again = next_try(charged, moment, terms.days, until)
    found.append(CollectingDay(instant_of(ships_on, time(12), shop.zone), "ships"))
    found.append(CollectingDay(moment if terms.end in ENDS_AT_ONCE else until, "end"))
    return tuple(sorted(found, key=lambda each: each.at))
