"""Saves what a curator settles for the boxes of some days, or forgets it."""

import uuid
from datetime import date

from app.catalog.queries import product_of
from app.core.clock import local_day
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.personalization.curation import (
    CurationFields,
    CurationKind,
    CurationRefusal,
    contradiction,
)
from app.personalization.curation_queries import covers, curation_row, elsewhere
from app.personalization.models import CurationRow, CurationRuleRow


def save_curation(
    work: UnitOfWork, fields: CurationFields, curation_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Add a curation, or change one; return its id.

    Refused where it contradicts itself, another curation, or days that have passed. Boxes that
    are composed already stay as they are.
    """
    today = local_day(work.now, work.shop.zone)
    row = _row(work, curation_id)
    _refuse(work, fields, today, curation_id)
    row.starts_on, row.ends_on = fields.starts_on, fields.ends_on
    row.theme = dict(fields.theme)
    # Rules that go must be gone before those that come: a coffee stands in one rule.
    row.rules.clear()
    work.session.flush()
    row.rules.extend(
        CurationRuleRow(
            position=position,
            kind=rule.kind,
            product_id=rule.product_id,
            instead_id=rule.instead_id if rule.kind is CurationKind.REPLACE else None,
            until=rule.until if rule.kind is CurationKind.EMBARGO else None,
        )
        for position, rule in enumerate(fields.rules, start=1)
    )
    work.session.flush()
    return row.id


def forget_curation(work: UnitOfWork, curation_id: uuid.UUID) -> None:
    """Take a curation back; boxes that are composed already stay as they are."""
    work.session.delete(curation_row(work.session, curation_id))
    work.session.flush()


def _row(work: UnitOfWork, curation_id: uuid.UUID | None) -> CurationRow:
    if curation_id:
        return curation_row(work.session, curation_id)
    row = CurationRow(rules=[])
    work.session.add(row)
    return row


def _refuse(
    work: UnitOfWork, fields: CurationFields, today: date, curation_id: uuid.UUID | None
) -> None:
    with work.session.no_autoflush:
        for rule in fields.rules:
            for product_id in (rule.product_id, rule.instead_id):
                if product_id:
                    product_of(work.session, product_id)
        wrong = contradiction(fields, elsewhere(work.session, today, curation_id))
        if wrong:
            raise Refused(wrong)
        if fields.ends_on < today:
            raise Refused(CurationRefusal.DAYS_PAST, field="ends_on")
        days = (fields.starts_on, fields.ends_on)
        if covers(work.session, days, curation_id):
            raise Refused(CurationRefusal.DAYS_TAKEN, field="starts_on")
