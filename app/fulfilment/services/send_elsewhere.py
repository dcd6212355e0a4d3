"""Sends all boxes that are not packed yet, or the next one alone, to another address."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import null

from app.billing.pricing_rules import Quote
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.move_boxes import next_planned, open_boxes
from app.fulfilment.services.propose_box import propose
from app.people.rules import AddressFields, PeopleRefusal
from app.people.services.save_address import save_address
from app.subscriptions.models import Subscription
from app.subscriptions.queries import own_subscription
from app.subscriptions.services.change_terms import change_address

# A person and a subscription of theirs.
Whose = tuple[uuid.UUID, uuid.UUID]


@dataclass(frozen=True)
class AddressPreview:
    """The next box as it is priced now, and as it would be at another address."""

    ships_on: date
    cutoff_at: datetime
    before: Quote
    after: Quote


def send_elsewhere(
    work: UnitOfWork, whose: Whose, fields: AddressFields, only_next: bool = False
) -> None:
    """Send all boxes that can still change to another address, or only the next of them.

    What was said of one box alone holds for that box, until all of them go elsewhere.
    """
    subscription = own_subscription(work.session, *whose, lock=True)
    if only_next:
        _next_alone(work, subscription, fields)
        return
    address = save_address(work, whose[0], fields)
    change_address(work, *whose, address.id)
    for box in _planned(work, subscription):
        box.address = null()  # type: ignore[assignment]  # None would be stored as JSON's own null
    work.session.flush()


def preview_address(
    work: UnitOfWork, whose: Whose, fields: AddressFields, only_next: bool = False
) -> AddressPreview | None:
    """Return what another address does to the price of the next box; None while there is none.

    It is found by doing it: `work` must be a rehearsal.
    """
    subscription = own_subscription(work.session, *whose, lock=True)
    planned = _planned(work, subscription)
    before = propose(work, planned[0]).quote if planned else Quote(())
    send_elsewhere(work, whose, fields, only_next)
    if not planned:
        return None
    work.session.refresh(planned[0])
    after = propose(work, planned[0]).quote
    return AddressPreview(planned[0].ships_on, planned[0].cutoff_at, before, after)


def _next_alone(work: UnitOfWork, subscription: Subscription, fields: AddressFields) -> None:
    missing = fields.missing()
    if missing:
        raise Refused(PeopleRefusal.ADDRESS_INCOMPLETE, field=missing[0])
    next_planned(work, subscription).address = fields.kept()
    work.session.flush()


def _planned(work: UnitOfWork, subscription: Subscription) -> list[Box]:
    opened = open_boxes(work, subscription)
    return [box for box in opened if box.status is BoxStatus.PLANNED]
