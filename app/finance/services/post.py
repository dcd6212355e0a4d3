"""Write entries into the money's diary, each once by what caused it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.unit_of_work import UnitOfWork
from app.finance.models import Entry, Posting
from app.finance.rules import Ledger, Source


@dataclass(frozen=True)
class EntryDraft:
    """An entry to be written; debits positive, credits negative, in cents."""

    source: Source
    source_id: str
    currency: str
    memo: str
    postings: Mapping[Ledger, int]
    subscription_id: uuid.UUID | None = None
    invoice_id: uuid.UUID | None = None


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
    fresh = {
        (row.source, row.source_id): row.id
        for row in work.session.execute(
            insert(Entry)
            .on_conflict_do_nothing()
            .returning(Entry.id, Entry.source, Entry.source_id),
            [_entry_row(work, draft) for draft in moving],
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


def _entry_row(work: UnitOfWork, draft: EntryDraft) -> dict[str, object]:
    return {
        "source": draft.source.value,
        "source_id": draft.source_id,
        "currency": draft.currency,
        "memo": draft.memo,
        "subscription_id": draft.subscription_id,
        "invoice_id": draft.invoice_id,
        "effective_at": work.now,
        "posted_at": work.now,
    }


def postings_of(work: UnitOfWork, source: Source, source_id: str) -> dict[Ledger, int]:
    """Return what an entry wrote; nothing if it was never written."""
    rows = work.session.execute(
        select(Posting.account, Posting.amount_cents)
        .join(Entry, Entry.id == Posting.entry_id)
        .where(Entry.source == source.value, Entry.source_id == source_id)
    )
    return {row.account: row.amount_cents for row in rows}
