"""Write entries into the money's diary, each once by what caused it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from app.core.clock import local_day
from app.core.database import among
from app.core.unit_of_work import UnitOfWork
from app.finance.models import Entry, Posting
from app.finance.period_queries import first_open_day
from app.finance.period_rules import month_of
from app.finance.rules import Ledger, Source
from app.subscriptions.models import Subscription


@dataclass(frozen=True)
class EntryDraft:
    """An entry to be written; debits positive, credits negative, in cents.

    `happened_at` is set where it was not now. A day whose month is closed becomes the first open
    day of the books, with the true one in the memo.
    """

    source: Source
    source_id: str
    currency: str
    memo: str
    postings: Mapping[Ledger, int]
    subscription_id: uuid.UUID | None = None
    invoice_id: uuid.UUID | None = None
    happened_at: datetime | None = None


@dataclass(frozen=True)
class _Books:
    """What places entries: the first open day, and plan and month of billing by invoice."""

    open_from: date
    origins: dict[uuid.UUID, tuple[uuid.UUID | None, date]]
    plans: dict[uuid.UUID, uuid.UUID]


def post(work: UnitOfWork, draft: EntryDraft) -> bool:
    """Write one entry; False when it stands there already."""
    return bool(post_all(work, [draft]))


def post_all(work: UnitOfWork, drafts: Sequence[EntryDraft]) -> set[str]:
    """Write many entries at once; return the source ids of those that are new.

    Entries that move nothing are not written.
    """
    moving = [draft for draft in drafts if any(draft.postings.values())]
    if not moving:
        return set()
    books = _books(work, moving)
    fresh = {
        (row.source, row.source_id): row.id
        for row in work.session.execute(
            insert(Entry)
            .on_conflict_do_nothing()
            .returning(Entry.id, Entry.source, Entry.source_id),
            [_entry_row(work, books, draft) for draft in moving],
        )
    }
    rows = [
        {
            "entry_id": fresh[draft.source.value, draft.source_id],
            "account": account,
            "amount_cents": cents,
        }
        for draft in moving
        if (draft.source.value, draft.source_id) in fresh
        for account, cents in draft.postings.items()
        if cents
    ]
    if rows:
        work.session.execute(insert(Posting), rows)
    return {source_id for _source, source_id in fresh}


def _entry_row(work: UnitOfWork, books: _Books, draft: EntryDraft) -> dict[str, object]:
    happened_at = draft.happened_at or work.now
    day = local_day(happened_at, work.shop.zone)
    booked = max(day, books.open_from)
    plan_id = books.plans.get(draft.subscription_id) if draft.subscription_id else None
    origin = (plan_id, month_of(booked))
    if draft.invoice_id is not None:
        origin = books.origins.get(draft.invoice_id, origin)
    return {
        "source": draft.source.value,
        "source_id": draft.source_id,
        "currency": draft.currency,
        "memo": draft.memo if day == booked else f"{draft.memo} ({day.isoformat()})",
        "subscription_id": draft.subscription_id,
        "invoice_id": draft.invoice_id,
        "plan_id": origin[0],
        "billed_month": origin[1],
        "effective_on": booked,
        "effective_at": happened_at,
        "posted_at": work.now,
    }


def _books(work: UnitOfWork, drafts: Sequence[EntryDraft]) -> _Books:
    invoices = {draft.invoice_id for draft in drafts if draft.invoice_id}
    first = (
        select(Entry.invoice_id, Entry.plan_id, Entry.billed_month)
        .ext(distinct_on(Entry.invoice_id))
        .where(among(Entry.invoice_id, invoices))
        .order_by(Entry.invoice_id, Entry.number)
    )
    wanted = {draft.subscription_id for draft in drafts if draft.subscription_id}
    plans = select(Subscription.id, Subscription.plan_id).where(among(Subscription.id, wanted))
    return _Books(
        open_from=first_open_day(work.session),
        origins={row[0]: (row[1], row[2]) for row in work.session.execute(first) if row[0]},
        plans={row[0]: row[1] for row in work.session.execute(plans)},
    )


def postings_of(work: UnitOfWork, source: Source, source_id: str) -> dict[Ledger, int]:
    """Return what an entry wrote; nothing if it was never written."""
    rows = work.session.execute(
        select(Posting.account, Posting.amount_cents)
        .join(Entry, Entry.id == Posting.entry_id)
        .where(Entry.source == source.value, Entry.source_id == source_id)
    )
    return {row.account: row.amount_cents for row in rows}
