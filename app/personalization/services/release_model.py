"""Lets a model score the boxes: through the gate, or by the word of a person."""

from dataclasses import dataclass

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.personalization import learning
from app.personalization.model_queries import file_of, live_row, model_row
from app.personalization.model_rules import ModelRefusal, ModelStatus
from app.personalization.models import ModelRow
from app.personalization.services.evaluate_model import evaluate_model
from app.personalization.services.train_model import ensure_first, hold_models


@dataclass(frozen=True)
class Released:
    """Which model is live now, which one was before, and by what right it took over."""

    version: str
    before: str | None
    note: str


def release_model(work: UnitOfWork, version: str, force: str | None = None) -> Released:
    """Make a model the live one if it passes the gate; `force` is a person's reason not to ask.

    Refuse one whose file cannot be opened, forced or not. A model that is live stays so.
    """
    hold_models(work)
    ensure_first(work)
    row = model_row(work.session, version)
    if row.status is ModelStatus.LIVE:
        return Released(row.version, row.replaced, row.release_note)
    note = f"forced: {force}" if force is not None else _passed(work, row)
    return take_over(work, row, note)


def take_over(work: UnitOfWork, row: ModelRow, note: str, back: bool = False) -> Released:
    """Retire the live model and put another in its place; going back is remembered no further."""
    learning.open_model(file_of(work.session, row))
    before = live_row(work.session)
    if before is not None:
        before.status = ModelStatus.RETIRED
        work.session.flush()
    row.status, row.released_at, row.release_note = ModelStatus.LIVE, work.now, note
    if not back:
        row.replaced = before.version if before else None
    work.session.flush()
    return Released(row.version, before.version if before else None, note)


def _passed(work: UnitOfWork, row: ModelRow) -> str:
    """Refuse what does not pass; a judgement against the same live model is not made twice."""
    live = live_row(work.session)
    if live is None or row.metrics.get("against") != live.version:
        evaluate_model(work, row.version)
    if not row.metrics["passed"]:
        raise Refused(ModelRefusal.NOT_GOOD_ENOUGH, offer="; ".join(row.metrics["objections"]))
    return "passed the gate"
