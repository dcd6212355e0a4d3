"""Write an entry by hand, where something came to light that no event will ever tell."""

from sqlalchemy import select

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.finance.account_rules import Correction
from app.finance.models import Entry
from app.finance.rules import Source
from app.finance.services.post import EntryDraft, post


def correct_books(work: UnitOfWork, wanted: Correction) -> int:
    """Write a correction dated today and return its number; the same key writes it once.

    Raises Refused where one of the accounts is proved line by line, or something is missing.
    """
    refusal = wanted.refusal()
    if refusal:
        raise Refused(refusal[0], field=refusal[1])
    post(
        work,
        EntryDraft(
            source=Source.CORRECTION,
            source_id=wanted.key,
            currency=work.shop.currency,
            memo=f"{wanted.memo.strip()} ({work.actor.kind}:{work.actor.id})",
            postings={wanted.debit: wanted.cents, wanted.credit: -wanted.cents},
        ),
    )
    return work.session.scalars(
        select(Entry.number).where(
            Entry.source == Source.CORRECTION.value, Entry.source_id == wanted.key
        )
    ).one()
