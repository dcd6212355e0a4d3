"""Switches a person's own taste off and on again, and forgets it altogether."""

import uuid

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.core.unit_of_work import UnitOfWork
from app.personalization.models import BagsTold, SupplySaid, TasteEvent, TasteOff, TasteProfile
from app.personalization.services.keep_household import forget_household


def switch_taste(work: UnitOfWork, subscriber_id: uuid.UUID, on: bool) -> None:
    """Use somebody's taste for their boxes, or leave it alone.

    While it is off their boxes hold what most people like, exclusions and own picks are kept, and
    nothing that they said or do is learnt from. Switching twice changes nothing.
    """
    if on:
        work.session.execute(delete(TasteOff).where(TasteOff.subscriber_id == subscriber_id))
        return
    work.session.execute(
        insert(TasteOff)
        .values(subscriber_id=subscriber_id, since=work.now)
        .on_conflict_do_nothing()
    )


def forget_taste(work: UnitOfWork, subscriber_id: uuid.UUID) -> None:
    """Delete somebody's answers and diary, and who shares their boxes. Exclusions stay, since they
    keep people safe."""
    forget_household(work, subscriber_id)
    mark = func.set_config("boxwright.forgetting", str(subscriber_id), True)
    work.session.execute(select(mark))
    work.session.execute(delete(TasteEvent).where(TasteEvent.subscriber_id == subscriber_id))
    work.session.execute(delete(SupplySaid).where(SupplySaid.subscriber_id == subscriber_id))
    work.session.execute(delete(BagsTold).where(BagsTold.subscriber_id == subscriber_id))
    work.session.execute(delete(TasteProfile).where(TasteProfile.subscriber_id == subscriber_id))
    work.session.execute(select(func.set_config("boxwright.forgetting", "", True)))
