"""Gives boxes to somebody else: they get them, the giver pays, and nobody is told too early."""

import uuid
from dataclasses import asdict, dataclass

from sqlalchemy import select

from app.catalog.rules import Grind, SaleStatus
from app.core.clock import local_day
from app.core.outbox import promise_letter
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.services.keep_back import Cause, keep_back, let_go
from app.fulfilment.term_queries import terms_for
from app.people.models import Address, Person
from app.people.rules import AddressFields, Role
from app.people.services.register_person import roles_named
from app.people.services.save_address import save_address
from app.subscriptions.gift_rules import MOST_BOXES, GiftRefusal, Recipient, refuse_recipient
from app.subscriptions.models import Gift, Plan, Subscription
from app.subscriptions.queries import given_by, plan_of
from app.subscriptions.rules import OVER, Pricing, SubscriptionRefusal, SubscriptionStatus
from app.subscriptions.services.order_term import write_term
from app.subscriptions.services.sign_up import price_of
from app.subscriptions.term_rules import TermRefusal, offer_of

NO_ADDRESS = "no address is known yet"
CAUSE = "gift_address"


@dataclass(frozen=True)
class GiftWish:
    """What somebody gives: `boxes` boxes of a plan, charged to them at once."""

    payer_id: uuid.UUID
    plan_id: uuid.UUID
    size: int
    boxes: int
    recipient: Recipient
    grind: Grind = Grind.WHOLE


def give_boxes(work: UnitOfWork, wish: GiftWish) -> Subscription:
    """Write a gift down; it waits for the giver's card like any subscription.

    It does not renew. Without an address its boxes are held until somebody gives one.
    """
    plan = _plan(work, wish)
    _check(work, wish.recipient)
    recipient = _person(work, wish)
    subscription = Subscription(
        id=uuid.uuid4(),
        subscriber_id=recipient.id,
        payer_id=wish.payer_id,
        plan_id=plan.id,
        address_id=_address(work, recipient.id, wish.recipient).id,
        size=wish.size,
        price_cents=price_of(plan, wish.size),
        grind=wish.grind,
        status=SubscriptionStatus.PENDING,
        created_at=work.now,
    )
    work.session.add(subscription)
    work.session.flush()
    work.session.refresh(subscription)
    work.session.add(_gift(work, subscription, wish.recipient))
    write_term(work, subscription, wish.boxes, (offer_of(plan.prepaid, wish.boxes) or 0, False))
    _keep_back_homeless(work, subscription, wish.recipient)
    return subscription


def _plan(work: UnitOfWork, wish: GiftWish) -> Plan:
    plan = plan_of(work.session, wish.plan_id)
    if plan.status is not SaleStatus.ON_SALE:
        raise Refused(SubscriptionRefusal.UNKNOWN_PLAN, field="plan")
    if plan.pricing is not Pricing.FIXED:
        raise Refused(TermRefusal.CONTENTS_VARY, field="plan")
    if not 1 <= wish.boxes <= MOST_BOXES:
        raise Refused(GiftRefusal.HOW_MANY, field="boxes")
    return plan


def _check(work: UnitOfWork, recipient: Recipient) -> None:
    wrong = refuse_recipient(recipient, local_day(work.now, work.shop.zone))
    if wrong:
        raise Refused(wrong[0], field=wrong[1])


def _person(work: UnitOfWork, wish: GiftWish) -> Person:
    """Return the recipient as a person of their own: with tastes, but with no way to sign in."""
    key = uuid.uuid4()
    payer = work.session.get_one(Person, wish.payer_id)
    person = Person(
        id=key,
        email=f"gift-{key}@recipient.invalid",
        name=wish.recipient.name.strip(),
        locale=payer.locale,
        created_at=work.now,
        roles=roles_named(work, [Role.SUBSCRIBER]),
    )
    work.session.add(person)
    work.session.flush()
    return person


def _address(work: UnitOfWork, person_id: uuid.UUID, recipient: Recipient) -> Address:
    """Return where the boxes go; an address without a street stands for one that nobody knows."""
    if recipient.address is not None:
        return save_address(work, person_id, recipient.address)
    unknown = AddressFields(recipient.name.strip(), "", "", "", work.shop.country)
    address = Address(id=uuid.uuid4(), person_id=person_id, created_at=work.now, **asdict(unknown))
    work.session.add(address)
    work.session.flush()
    return address


def _gift(work: UnitOfWork, subscription: Subscription, recipient: Recipient) -> Gift:
    return Gift(
        subscription_id=subscription.id,
        recipient_id=subscription.subscriber_id,
        email=recipient.email.strip(),
        message=recipient.message.strip(),
        reveals_on=recipient.reveals_on,
        made_at=work.now,
    )


def change_recipient(
    work: UnitOfWork, payer_id: uuid.UUID, subscription_id: uuid.UUID, recipient: Recipient
) -> None:
    """Give the boxes to somebody else, or tell them on another day, until the first is locked."""
    subscription, gift = given_by(work.session, payer_id, subscription_id, lock=True)
    first = work.session.execute(
        select(Box.ships_on, Box.locked_at)
        .where(Box.subscription_id == subscription.id)
        .order_by(Box.locked_at.is_(None), Box.cycle)
        .limit(1)
    ).one_or_none()
    if first and first.locked_at:
        raise Refused(GiftRefusal.PACKED)
    _check(work, recipient)
    if first and recipient.reveals_on > first.ships_on:
        raise Refused(GiftRefusal.REVEAL_AFTER_BOX, field="reveals_on")
    if gift.email != recipient.email.strip():
        gift.revealed_at = gift.claimed_at = None
    gift.email, gift.message = recipient.email.strip(), recipient.message.strip()
    gift.reveals_on = recipient.reveals_on
    work.session.get_one(Person, gift.recipient_id).name = recipient.name.strip()
    _move(work, subscription, recipient)


def _move(work: UnitOfWork, subscription: Subscription, recipient: Recipient) -> None:
    let_go(work, Cause(CAUSE, str(subscription.address_id)))
    address = _address(work, subscription.subscriber_id, recipient)
    subscription.address_id = address.id
    work.session.flush()
    _keep_back_homeless(work, subscription, recipient)


def give_address(
    work: UnitOfWork, payer_id: uuid.UUID, subscription_id: uuid.UUID, fields: AddressFields
) -> None:
    """Let the giver say where the boxes go that have not left."""
    subscription, _ = given_by(work.session, payer_id, subscription_id, lock=True)
    if subscription.status in OVER:
        raise Refused(GiftRefusal.OVER)
    send_gift_to(work, subscription, fields)


def send_gift_to(work: UnitOfWork, subscription: Subscription, fields: AddressFields) -> None:
    """Send all boxes of a gift that have not left here, the held ones first."""
    waiting = Cause(CAUSE, str(subscription.address_id))
    address = save_address(work, subscription.subscriber_id, fields)
    subscription.address_id = address.id
    held = work.session.scalars(
        select(Box).where(Box.subscription_id == subscription.id, Box.status == "held")
    ).all()
    for box in held:
        box.address = {
            name: getattr(address, name)
            for name in ("name", "line1", "line2", "city", "region", "postcode", "country")
        }
    work.session.flush()
    let_go(work, waiting)


def _keep_back_homeless(work: UnitOfWork, subscription: Subscription, who: Recipient) -> None:
    if who.address is None:
        keep_back(work, subscription.id, Cause(CAUSE, str(subscription.address_id)), NO_ADDRESS)


def tell_homeless(work: UnitOfWork, batch_id: uuid.UUID) -> int:
    """Tell the givers whose boxes were just held for want of an address; return how many."""
    rows = work.session.execute(
        select(Box, Subscription, Person.name)
        .join(Subscription, Subscription.id == Box.subscription_id)
        .join(Gift, Gift.subscription_id == Subscription.id)
        .join(Person, Person.id == Gift.recipient_id)
        .where(Box.batch_id == batch_id, Box.status == "held", Box.reason == NO_ADDRESS)
    ).all()
    for box, subscription, name in rows:
        promise_letter(
            work,
            "gift_address_missing",
            str(box.id),
            subscription.paid_by,
            plan=subscription.plan.name,
            recipient=name,
            ships_on=box.ships_on.isoformat(),
        )
    return len(rows)


def tell_given(work: UnitOfWork, subscription: Subscription, gift: Gift) -> None:
    """Promise the giver a receipt; whoever gets the boxes hears nothing yet."""
    term = terms_for(work.session, [subscription.id])[0]
    promise_letter(
        work,
        "gift_given",
        str(subscription.id),
        subscription.paid_by,
        plan=subscription.plan.name,
        recipient=work.session.get_one(Person, gift.recipient_id).name,
        boxes=term.boxes,
        amount_cents=term.price_cents,
        currency=term.currency,
        reveals_on=gift.reveals_on.isoformat(),
        first_on=subscription.anchor.isoformat() if subscription.anchor else None,
    )
