"""Changes what is in one box until its cut-off: pin, take out, swap, start over.

Only what differs from the box that would come anyway is stored.
"""

import uuid

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box, BoxChoice
from app.fulfilment.queries import own_box
from app.fulfilment.rules import BoxRefusal, ChoiceKind
from app.fulfilment.services.propose_box import ProposedBox, propose
from app.fulfilment.services.skip_box import refuse_late
from app.fulfilment.services.tell_composed import Cap, tell_capped
from app.fulfilment.shelf_queries import had_before
from app.personalization.rules import TasteEventKind
from app.personalization.services.note_taste import Detail, note_taste
from app.subscriptions.models import Subscription


def pin_product(
    work: UnitOfWork,
    subscriber_id: uuid.UUID,
    box_id: uuid.UUID,
    product_id: uuid.UUID,
    units: int = 1,
) -> ProposedBox:
    """Put so many units of a coffee into this box, and show what it would hold now.

    When there are fewer in stock, the box gets those, and both sides are told.
    """
    box = _open_box(work, subscriber_id, box_id)
    now = propose(work, box)
    _refuse_pin(work, box, now, (product_id, units))
    _choose(work, box, product_id, ChoiceKind.PIN, units)
    note_taste(work, subscriber_id, product_id, TasteEventKind.PIN, Detail(units))
    _note_reorder(work, subscriber_id, product_id)
    found = propose(work, box)
    given = sum(line.units for line in found.lines if line.product_id == product_id)
    if given == units:
        return found
    tell_capped(work, box, product_id, Cap(units, given))
    if not given:
        raise Refused(BoxRefusal.NOT_OFFERED)
    _choose(work, box, product_id, ChoiceKind.PIN, given)
    return propose(work, box)


def take_out(
    work: UnitOfWork, subscriber_id: uuid.UUID, box_id: uuid.UUID, product_id: uuid.UUID
) -> ProposedBox:
    """Keep a coffee out of this box; the recommender fills its place."""
    box = _open_box(work, subscriber_id, box_id)
    if product_id not in {line.product_id for line in propose(work, box).lines}:
        raise Refused(BoxRefusal.NOT_IN_BOX)
    _choose(work, box, product_id, ChoiceKind.OUT, 0)
    note_taste(work, subscriber_id, product_id, TasteEventKind.SWAP_OUT)
    return propose(work, box)


def swap_product(
    work: UnitOfWork,
    subscriber_id: uuid.UUID,
    box_id: uuid.UUID,
    out_id: uuid.UUID,
    in_id: uuid.UUID,
) -> ProposedBox:
    """Exchange one coffee of this box for another, unit for unit.

    It is granted at once or refused: see `app.fulfilment.swap_rules`.
    """
    box = _open_box(work, subscriber_id, box_id)
    now = propose(work, box)
    units = sum(line.units for line in now.lines if line.product_id == out_id)
    if not units:
        raise Refused(BoxRefusal.NOT_IN_BOX)
    refuse_kept(now, in_id)
    _choose(work, box, out_id, ChoiceKind.OUT, 0)
    _choose(work, box, in_id, ChoiceKind.PIN, units)
    note_taste(work, subscriber_id, out_id, TasteEventKind.SWAP_OUT)
    note_taste(work, subscriber_id, in_id, TasteEventKind.SWAP_IN)
    _note_reorder(work, subscriber_id, in_id)
    return propose(work, box)


def refuse_kept(now: ProposedBox, product_id: uuid.UUID) -> None:
    """Refuse a coffee that may not go into the box, or is kept for people whom it suits best."""
    wanted = [each for each in now.alternatives if each.product_id == product_id]
    if not wanted:
        raise Refused(BoxRefusal.NOT_OFFERED)
    if not wanted[0].granted:
        raise Refused(BoxRefusal.KEPT)


def forget_choice(
    work: UnitOfWork, subscriber_id: uuid.UUID, box_id: uuid.UUID, product_id: uuid.UUID
) -> ProposedBox:
    """Forget what was chosen about one coffee for this box alone."""
    box = _open_box(work, subscriber_id, box_id)
    work.session.execute(
        delete(BoxChoice).where(BoxChoice.box_id == box.id, BoxChoice.product_id == product_id)
    )
    return propose(work, box)


def reset_choices(work: UnitOfWork, subscriber_id: uuid.UUID, box_id: uuid.UUID) -> ProposedBox:
    """Forget what was chosen for this box alone."""
    box = _open_box(work, subscriber_id, box_id)
    work.session.execute(delete(BoxChoice).where(BoxChoice.box_id == box.id))
    return propose(work, box)


def _note_reorder(work: UnitOfWork, subscriber_id: uuid.UUID, product_id: uuid.UUID) -> None:
    if had_before(work.session, subscriber_id, [product_id]):
        note_taste(work, subscriber_id, product_id, TasteEventKind.REORDER)


def _open_box(work: UnitOfWork, subscriber_id: uuid.UUID, box_id: uuid.UUID) -> Box:
    box = own_box(work.session, subscriber_id, box_id, lock=True)
    refuse_late(work, box)
    return box


def _refuse_pin(work: UnitOfWork, box: Box, now: ProposedBox, wish: tuple[uuid.UUID, int]) -> None:
    product_id, units = wish
    subscription = work.session.get_one(Subscription, box.subscription_id)
    if product_id not in {line.product_id for line in now.lines}:
        refuse_kept(now, product_id)
    pinned = sum(line.units for line in now.lines if line.pinned and line.product_id != product_id)
    if not 1 <= units <= subscription.plan.max_per_item or pinned + units > now.slots:
        raise Refused(BoxRefusal.BOX_FULL)


def _choose(
    work: UnitOfWork, box: Box, product_id: uuid.UUID, kind: ChoiceKind, units: int
) -> None:
    work.session.execute(
        insert(BoxChoice)
        .values(box_id=box.id, product_id=product_id, kind=kind, units=units)
        .on_conflict_do_update(
            index_elements=["box_id", "product_id"], set_={"kind": kind, "units": units}
        )
    )
