"""Stores what a person rules out. From then on no box of theirs contains it."""

import uuid

from sqlalchemy import delete

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.personalization.models import ExclusionRow
from app.personalization.rules import Exclusion, ExclusionKind, TasteRefusal

WITHOUT_VALUE = frozenset({ExclusionKind.DECAF, ExclusionKind.CAFFEINE})


def set_exclusions(
    work: UnitOfWork,
    subscriber_id: uuid.UUID,
    exclusions: tuple[Exclusion, ...],
    member_id: uuid.UUID | None = None,
) -> None:
    """Replace somebody's exclusions by these: a subscriber's, or those of one of the household."""
    for each in exclusions:
        if (each.kind in WITHOUT_VALUE) == bool(each.value.strip()):
            raise Refused(TasteRefusal.UNKNOWN_EXCLUSION, field=each.kind.value)
    work.session.execute(
        delete(ExclusionRow).where(
            ExclusionRow.subscriber_id == subscriber_id, ExclusionRow.member_id == member_id
        )
    )
    clean = sorted({(each.kind, each.value.strip().casefold()) for each in exclusions})
    work.session.add_all(
        ExclusionRow(subscriber_id=subscriber_id, member_id=member_id, kind=kind, value=value)
        for kind, value in clean
    )
    work.session.flush()
