"""Reads about curations: the calendar, one of them, and what holds on a day."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.core.refusals import Refused
from app.personalization.curation import (
    UNCURATED,
    Curation,
    CurationKind,
    CurationRefusal,
    CurationRule,
    Elsewhere,
    curated,
    in_force,
)
from app.personalization.models import CurationRow, CurationRuleRow
from app.personalization.queries import offers_on_sale
from app.personalization.rules import Offer


@dataclass(frozen=True)
class CurationPage:
    """A curation as pages show it."""

    id: uuid.UUID
    starts_on: date
    ends_on: date
    theme: dict[str, str]
    rules: tuple[CurationRule, ...]

    def of(self, kind: str) -> list[CurationRule]:
        """Return the rules of one kind."""
        return [rule for rule in self.rules if rule.kind.value == kind]


def curations(session: Session, since: date) -> list[CurationPage]:
    """Return the curations whose last day is `since` or later, by day."""
    rows = session.scalars(
        select(CurationRow)
        .where(CurationRow.ends_on >= since)
        .options(selectinload(CurationRow.rules))
        .order_by(CurationRow.starts_on)
    )
    return [_page(row) for row in rows]


def curation_row(session: Session, curation_id: uuid.UUID) -> CurationRow:
    """Return the row of a curation with its rules; refuse an unknown one."""
    row = session.scalar(
        select(CurationRow)
        .where(CurationRow.id == curation_id)
        .options(selectinload(CurationRow.rules))
    )
    if row is None:
        raise Refused(CurationRefusal.UNKNOWN)
    return row


def curation_page(session: Session, curation_id: uuid.UUID) -> CurationPage:
    """Return a curation; refuse an unknown one."""
    return _page(curation_row(session, curation_id))


def curation_on(session: Session, day: date) -> Curation:
    """Return what holds for the boxes that ship on a day."""
    row = session.scalar(
        select(CurationRow)
        .where(CurationRow.starts_on <= day, CurationRow.ends_on >= day)
        .options(selectinload(CurationRow.rules))
    )
    kept_back = session.scalars(
        select(CurationRuleRow.product_id).where(
            CurationRuleRow.kind == CurationKind.EMBARGO, CurationRuleRow.until > day
        )
    ).all()
    if row is None:
        return in_force({}, (), kept_back) if kept_back else UNCURATED
    return in_force(row.theme, _rules(row.rules), kept_back)


def offers_on(session: Session, day: date) -> tuple[list[Offer], Curation]:
    """Return what may go into the boxes of a day, with what a curator settled for it."""
    curation = curation_on(session, day)
    return curated(offers_on_sale(session), curation), curation


def covers(
    session: Session, days: tuple[date, date], but: uuid.UUID | None = None
) -> CurationPage | None:
    """Return a curation other than `but` that has one of these days, or None."""
    query = (
        select(CurationRow)
        .where(CurationRow.starts_on <= days[1], CurationRow.ends_on >= days[0])
        .options(selectinload(CurationRow.rules))
        .order_by(CurationRow.starts_on)
    )
    if but:
        query = query.where(CurationRow.id != but)
    row = session.scalars(query.limit(1)).first()
    return _page(row) if row else None


def elsewhere(session: Session, today: date, but: uuid.UUID | None = None) -> Elsewhere:
    """Return embargoes and heroes of the other curations that are not over yet."""
    query = (
        select(CurationRuleRow, CurationRow)
        .join(CurationRow, CurationRow.id == CurationRuleRow.curation_id)
        .where(CurationRuleRow.kind.in_([CurationKind.EMBARGO, CurationKind.HERO]))
        .order_by(CurationRow.starts_on.desc(), CurationRuleRow.until)
    )
    if but:
        query = query.where(CurationRow.id != but)
    embargoes: dict[uuid.UUID, date] = {}
    heroes: dict[uuid.UUID, date] = {}
    for rule, row in session.execute(query):
        if rule.until:
            embargoes[rule.product_id] = max(rule.until, embargoes.get(rule.product_id, rule.until))
        elif row.ends_on >= today:
            heroes[rule.product_id] = row.starts_on
    return Elsewhere(embargoes, heroes)


def _page(row: CurationRow) -> CurationPage:
    return CurationPage(row.id, row.starts_on, row.ends_on, row.theme, _rules(row.rules))


def _rules(rows: Sequence[CurationRuleRow]) -> tuple[CurationRule, ...]:
    return tuple(CurationRule(row.kind, row.product_id, row.instead_id, row.until) for row in rows)
