"""Answers to API requests that carry an idempotency key: one effect and one answer for each key.

A change of one unit of work keeps its answer in its own transaction, so that a crash loses both or
neither. Work of several units first writes that it began, and its steps are safe to run again.
Ages are counted on the machine's clock.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import real_now
from app.core.records import ApiReply
from app.core.refusals import Refusal, Refused
from app.core.unit_of_work import UnitOfWork

KEEP = timedelta(hours=24)
# How long work of several units may take before the same request may begin it again.
LEASE = timedelta(minutes=10)


class ReplyRefusal(Refusal):
    """Why a request that carries a known key is not done."""

    OTHER_REQUEST = "This Idempotency-Key was used for another request."
    UNDER_WAY = "A request with this Idempotency-Key is still under way. Please ask again."


@dataclass(frozen=True)
class Ticket:
    """One request: its key, whose key that is, and what was asked."""

    key: str
    api_key_id: str
    fingerprint: str


@dataclass(frozen=True)
class KeptReply:
    """The answer that was given before."""

    status: int
    text: str


def find_reply(work: UnitOfWork, ticket: Ticket) -> KeptReply | None:
    """Hold a key until this unit ends, and return the answer that it had before.

    Refuse a key that another request holds just now, or that was used for something else.
    """
    held = work.session.scalar(
        text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"api reply {ticket.api_key_id} {ticket.key}"},
    )
    if not held:
        raise Refused(ReplyRefusal.UNDER_WAY)
    row = _row(work, ticket)
    if row is None:
        return None
    if row.created_at <= real_now() - KEEP:
        drop_reply(work, ticket)
        return None
    if row.fingerprint != ticket.fingerprint:
        raise Refused(ReplyRefusal.OTHER_REQUEST, field="Idempotency-Key")
    return KeptReply(row.status, row.body["text"]) if row.status and row.body else None


def begin_reply(work: UnitOfWork, ticket: Ticket) -> KeptReply | None:
    """Write down that work of several units begins, unless it was answered or is under way."""
    kept = find_reply(work, ticket)
    if kept is not None:
        return kept
    row = _row(work, ticket)
    if row is not None and row.created_at > real_now() - LEASE:
        raise Refused(ReplyRefusal.UNDER_WAY)
    drop_reply(work, ticket)
    _write(work, ticket, None)
    return None


def keep_reply(work: UnitOfWork, ticket: Ticket, reply: KeptReply) -> None:
    """Keep the answer for as long as keys are remembered; the first one stays."""
    row = _row(work, ticket)
    if row is not None and row.status is not None:
        return
    drop_reply(work, ticket)
    _write(work, ticket, reply)


def drop_reply(work: UnitOfWork, ticket: Ticket) -> None:
    """Forget one key, after work that came to nothing."""
    work.session.execute(delete(ApiReply).where(*_named(ticket)))


def forget_replies(work: UnitOfWork) -> int:
    """Forget the keys that are older than a day; return how many."""
    gone = work.session.execute(
        delete(ApiReply).where(ApiReply.created_at <= real_now() - KEEP).returning(ApiReply.key)
    ).all()
    return len(gone)


def _named(ticket: Ticket) -> tuple[ColumnElement[bool], ...]:
    return ApiReply.key == ticket.key, ApiReply.api_key_id == ticket.api_key_id


def _row(work: UnitOfWork, ticket: Ticket) -> ApiReply | None:
    return work.session.scalar(
        select(ApiReply).where(*_named(ticket)).execution_options(populate_existing=True)
    )


def _write(work: UnitOfWork, ticket: Ticket, reply: KeptReply | None) -> None:
    work.session.execute(
        insert(ApiReply)
        .values(
            key=ticket.key,
            api_key_id=ticket.api_key_id,
            fingerprint=ticket.fingerprint,
            status=reply.status if reply else None,
            body={"text": reply.text} if reply else None,
            created_at=real_now(),
        )
        .on_conflict_do_nothing()
    )
