"""Reads gifts for those who make them and for those who get them; prices only for the first."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.term_queries import COUNTED
from app.people.models import Address, Person
from app.people.rules import AddressFields
from app.subscriptions.models import Gift, Plan, Subscription, Term


@dataclass(frozen=True)
class GiftRow:
    """A gift as pages show it; `address` is None while nobody knows where it goes.

    `packed` says whether the first box was locked, `sent` how many of `boxes` have left.
    """

    subscription_id: uuid.UUID
    recipient_id: uuid.UUID
    recipient: str
    email: str
    giver: str
    message: str
    reveals_on: date
    revealed_at: datetime | None
    claimed_at: datetime | None
    plan_name: dict[str, str]
    size: int
    size_kind: str
    boxes: int
    price_cents: int
    status: str
    first_on: date | None
    sent: int
    packed: bool
    address: AddressFields | None


def gifts_of(session: Session, payer_id: uuid.UUID) -> list[GiftRow]:
    """Return the gifts that somebody made, the newest first."""
    return _read(session, Subscription.payer_id == payer_id)


def gift_of(session: Session, subscription_id: uuid.UUID) -> GiftRow | None:
    """Return one gift."""
    return next(iter(_read(session, Subscription.id == subscription_id)), None)


def _read(session: Session, which: ColumnElement[bool]) -> list[GiftRow]:
    giver = aliased(Person)
    counts = (
        select(
            Box.subscription_id,
            func.count().filter(Box.status == BoxStatus.SHIPPED).label("sent"),
            func.count().filter(Box.status.in_(COUNTED)).label("packed"),
        )
        .group_by(Box.subscription_id)
        .subquery()
    )
    rows = session.execute(
        select(Gift, Subscription, Plan, Term, Person.name, giver.name, Address, counts)
        .join(Subscription, Subscription.id == Gift.subscription_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .join(Term, (Term.subscription_id == Subscription.id) & (Term.number == 1))
        .join(Person, Person.id == Gift.recipient_id)
        .join(giver, giver.id == Subscription.payer_id)
        .join(Address, Address.id == Subscription.address_id)
        .outerjoin(counts, counts.c.subscription_id == Subscription.id)
        .where(which)
        .order_by(Subscription.number.desc())
    )
    return [_row(*row[:7], sent=row.sent or 0, packed=bool(row.packed)) for row in rows]


def _row(  # noqa: PLR0913 - one row of a join, unpacked
    gift: Gift,
    subscription: Subscription,
    plan: Plan,
    term: Term,
    recipient: str,
    giver: str,
    address: Address,
    *,
    sent: int,
    packed: bool,
) -> GiftRow:
    return GiftRow(
        subscription_id=subscription.id,
        recipient_id=gift.recipient_id,
        recipient=recipient,
        email=gift.email,
        giver=giver,
        message=gift.message,
        reveals_on=gift.reveals_on,
        revealed_at=gift.revealed_at,
        claimed_at=gift.claimed_at,
        plan_name=plan.name,
        size=subscription.size,
        size_kind=plan.size_kind.value,
        boxes=term.boxes,
        price_cents=term.price_cents,
        status=subscription.status.value,
        first_on=subscription.anchor,
        sent=sent,
        packed=packed,
        address=_known(address),
    )


def _known(address: Address) -> AddressFields | None:
    if not address.line1:
        return None
    return AddressFields(
        address.name,
        address.line1,
        address.city,
        address.postcode,
        address.country,
        address.line2,
        address.region,
    )
