"""Subscriptions in the API's words."""

from datetime import date

from app.catalog.rules import Grind
from app.core.unit_of_work import UnitOfWork
from app.people.queries import address_facts, address_of
from app.subscriptions.queries import SubscriptionRow, any_subscription, open_pause
from app.subscriptions.rules import SizeKind, SubscriptionStatus
from app.web.api.shapes import Id, Moment, Money, Params, Strict
from app.web.api.subscribers import Address


class SubscriptionPath(Params):
    """Names a subscription."""

    subscription_id: Id


class SubscriptionRowShape(Strict):
    """A subscription as lists show it; `number` is the short name people see."""

    id: Id
    number: int
    subscriber_id: Id
    email: str
    name: str
    plan: str
    size: int
    size_kind: SizeKind
    price: Money
    status: SubscriptionStatus
    anchor: date | None
    resumes_on: date | None


class Subscription(Strict):
    """A subscription; its price a box is the one agreed at sign-up."""

    id: Id
    number: int
    subscriber_id: Id
    plan: str
    size: int
    size_kind: SizeKind
    price: Money
    grind: Grind
    note: str
    status: SubscriptionStatus
    address: Address
    anchor: date | None
    resumes_on: date | None
    created_at: Moment
    activated_at: Moment | None
    cancelled_at: Moment | None
    cancel_reason: str | None


def shown_row(work: UnitOfWork, row: SubscriptionRow) -> SubscriptionRowShape:
    """Return a row of a list in the API's words."""
    return SubscriptionRowShape(
        id=row.id,
        number=row.number,
        subscriber_id=row.subscriber_id,
        email=row.email,
        name=row.name,
        plan=row.plan_code,
        size=row.size,
        size_kind=SizeKind(row.size_kind),
        price=Money(amount=row.price_cents, currency=work.shop.currency),
        status=SubscriptionStatus(row.status),
        anchor=row.anchor,
        resumes_on=row.resumes_on,
    )


def shown_subscription(work: UnitOfWork, subscription_id: Id) -> Subscription:
    """Return a subscription in the API's words; refuse an unknown one."""
    found = any_subscription(work.session, subscription_id)
    pause = open_pause(work.session, found.id)
    address = address_of(work.session, found.address_id)
    return Subscription(
        id=found.id,
        number=found.number,
        subscriber_id=found.subscriber_id,
        plan=found.plan.code,
        size=found.size,
        size_kind=found.plan.size_kind,
        price=Money(amount=found.price_cents, currency=work.shop.currency),
        grind=found.grind,
        note=found.note,
        status=found.status,
        address=Address(id=address.id, **address_facts(address)),
        anchor=found.anchor,
        resumes_on=pause.resumes_on if pause else None,
        created_at=found.created_at,
        activated_at=found.activated_at,
        cancelled_at=found.cancelled_at,
        cancel_reason=found.cancel_reason,
    )
