"""Writes down what somebody says about their coffee at home; on one day the last word counts."""

import uuid

from sqlalchemy.dialects.postgresql import insert

from app.core.clock import local_day
from app.core.unit_of_work import UnitOfWork
from app.personalization.models import SupplySaid
from app.personalization.supply_rules import SupplyWord


def note_supply(work: UnitOfWork, subscriber_id: uuid.UUID, word: SupplyWord) -> None:
    """Keep a word; saying it again on the same day changes nothing."""
    said = insert(SupplySaid).values(
        subscriber_id=subscriber_id,
        said_on=local_day(work.now, work.shop.zone),
        word=word,
        at=work.now,
    )
    work.session.execute(
        said.on_conflict_do_update(
            index_elements=["subscriber_id", "said_on"],
            set_={"word": said.excluded.word, "at": said.excluded.at},
        )
    )
