"""Holds boxes that nothing may go into: a person looks at them before anything is charged."""

from collections.abc import Sequence

from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus

NOTHING_FITS = "nothing on sale fits this box"


def hold_boxes(work: UnitOfWork, boxes: Sequence[Box]) -> None:
    """Hold locked boxes; tell their owners and the staff once."""
    for box in boxes:
        box.status = BoxStatus.HELD
        box.reason = NOTHING_FITS
        facts = {"ships_on": box.ships_on.isoformat(), "box": box.number}
        promise_letter(work, "box_held", f"{box.id}", box.subscriber_id, **facts)
        promise_letter(work, "box_held", f"{box.id}:staff", None, **facts)
    work.session.flush()
