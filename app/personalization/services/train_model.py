"""Learns a model from everything known, and puts it beside the live one without a say."""

from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.database import think_long
from app.core.unit_of_work import UnitOfWork
from app.personalization import learning
from app.personalization.learning import Learnt
from app.personalization.model_queries import (
    Lessons,
    answer_counts,
    coffees_on_sale,
    lessons,
    live_row,
)
from app.personalization.model_rules import ModelStatus
from app.personalization.models import ArtefactRow, ModelRow


@dataclass(frozen=True)
class Trained:
    """What was learnt: the version, whether it is new, and from how much."""

    version: str
    new: bool
    people: int
    ratings: int
    coffees: int


def train_model(work: UnitOfWork) -> Trained:
    """Learn from all answers and ratings; what was learnt before to the same end is not new."""
    hold_models(work)
    ensure_first(work)
    known = lessons(work.session)
    learnt = learning.learn(known)
    new = store_model(work, learnt, ModelStatus.SHADOW, known)
    return Trained(learnt.version, new, len(known.people), len(known.ratings), len(known.products))


def hold_models(work: UnitOfWork) -> None:
    """Let nobody else learn, judge or release until this unit ends."""
    think_long(work.session)
    work.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('models', 0))"))


def ensure_first(work: UnitOfWork) -> None:
    """Make the hand-set taste the first live model of a shop that has none."""
    if live_row(work.session) is None:
        store_model(work, learning.hand_set(), ModelStatus.LIVE, None)


def keep_artefact(work: UnitOfWork, sha256: str, content: bytes) -> None:
    """Keep a file under its sum; the same file is kept once."""
    work.session.execute(
        insert(ArtefactRow)
        .values(sha256=sha256, content=content, created_at=work.now)
        .on_conflict_do_nothing()
    )


def store_model(
    work: UnitOfWork, learnt: Learnt, status: ModelStatus, known: Lessons | None
) -> bool:
    """Store a model and say whether it is new; of a known one remember how far it has read."""
    keep_artefact(work, learnt.sha256, learnt.content)
    first, last = (known and known.events) or ((None, None), (None, None))
    live = status is ModelStatus.LIVE
    read = {
        "code_sha": learnt.code_sha,
        "input_sha": learnt.input_sha,
        "first_event_id": first[0],
        "first_event_at": first[1],
        "last_event_id": last[0],
        "last_event_at": last[1],
        "learnt_from": _counts(work, known) if known else {},
    }
    row = work.session.scalars(
        select(ModelRow).where(ModelRow.version == learnt.version)
    ).one_or_none()
    if row is None:
        work.session.add(
            ModelRow(
                version=learnt.version,
                kind=learnt.kind,
                status=status,
                artefact_sha=learnt.sha256,
                libraries=learnt.libraries,
                created_at=work.now,
                released_at=work.now if live else None,
                release_note="the taste that a shop starts with" if live else "",
                **read,
            )
        )
    elif last[0] is not None and row.last_event_id is not None:
        for name, value in read.items():
            setattr(row, name, value)
    work.session.flush()
    return row is None


def _counts(work: UnitOfWork, known: Lessons) -> dict[str, object]:
    return {
        "people": len(known.people),
        "ratings": len(known.ratings),
        "coffees": len(known.products),
        "on_sale": coffees_on_sale(work.session),
        "answers": answer_counts(profile for _, profile in known.people if profile),
    }
