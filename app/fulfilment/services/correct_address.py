"""Corrects where one frozen box goes, as long as it has not left."""

import uuid

from sqlalchemy import select

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxRefusal, BoxStatus
from app.people.rules import AddressFields, PeopleRefusal

_REFUSALS = {
    BoxStatus.SHIPPED: BoxRefusal.ALREADY_SHIPPED,
    BoxStatus.CANCELLED: BoxRefusal.ENDED,
    BoxStatus.VOIDED: BoxRefusal.ENDED,
}
_FROZEN = (BoxStatus.LOCKED, BoxStatus.HELD, BoxStatus.COMPOSED, BoxStatus.RELEASED)


def correct_address(work: UnitOfWork, box_id: uuid.UUID, fields: AddressFields) -> None:
    """Send one locked or released box elsewhere; the next version of the export says so.

    The subscription's own address stays as it is. Boxes not locked yet follow that one.
    """
    missing = fields.missing()
    if missing:
        raise Refused(PeopleRefusal.ADDRESS_INCOMPLETE, field=missing[0])
    box = work.session.scalars(select(Box).where(Box.id == box_id).with_for_update()).one_or_none()
    if box is None:
        raise Refused(BoxRefusal.UNKNOWN)
    if box.status not in _FROZEN:
        raise Refused(_REFUSALS.get(box.status, BoxRefusal.NOT_FROZEN))
    box.address = fields.kept()
    work.session.flush()
