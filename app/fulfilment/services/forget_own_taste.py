"""Forgets somebody's taste, or somebody who shared their boxes, and the reasons that past boxes
tell of it."""

import uuid

from sqlalchemy import select, update

from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box, BoxLine
from app.personalization.services.keep_household import remove_member
from app.personalization.services.personal_taste import forget_taste


def forget_own_taste(work: UnitOfWork, subscriber_id: uuid.UUID) -> None:
    """Delete answers, ratings and diary of a person, and the reasons stored with their lines.

    So goes everybody who shares their boxes. Boxes, invoices and exclusions stay as they are.
    Doing it again changes nothing.
    """
    forget_taste(work, subscriber_id)
    own = select(Box.id).where(Box.subscriber_id == subscriber_id)
    work.session.execute(
        update(BoxLine)
        .where(BoxLine.box_id.in_(own))
        .values(reasons={})
        .execution_options(synchronize_session=False)
    )


def let_member_go(work: UnitOfWork, subscriber_id: uuid.UUID, member_id: uuid.UUID) -> None:
    """Take somebody out of a household, with the reasons of past boxes that speak of them."""
    remove_member(work, subscriber_id, member_id)
    own = select(Box.id).where(Box.subscriber_id == subscriber_id)
    work.session.execute(
        update(BoxLine)
        .where(BoxLine.box_id.in_(own), BoxLine.reasons["for"]["member"].astext == str(member_id))
        .values(reasons={})
        .execution_options(synchronize_session=False)
    )
