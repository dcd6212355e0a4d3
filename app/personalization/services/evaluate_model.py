"""Judges a model against the live one and the baselines, on people none of them ever saw."""

import math
from dataclasses import asdict, dataclass

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.personalization import learning
from app.personalization.brain import Model
from app.personalization.habits import Rival, trial_of_habits
from app.personalization.learning import CANDIDATE, Contender
from app.personalization.model_queries import (
    file_of,
    lessons,
    live_row,
    model_row,
    newest_row,
)
from app.personalization.model_rules import (
    Gain,
    HistoryJudgement,
    Judgement,
    ModelKind,
    ModelRefusal,
    Verdict,
    judge,
    judge_history,
)
from app.personalization.models import ModelRow
from app.personalization.services.read_history import read_history
from app.personalization.services.train_model import ensure_first, hold_models


@dataclass(frozen=True)
class Evaluation:
    """What a trial came to: a judgement by name, gains on the live model, and the verdict."""

    version: str
    against: str
    judged: dict[str, Judgement] | dict[str, HistoryJudgement]
    gains: dict[str, Gain]
    verdict: Verdict


def evaluate_model(work: UnitOfWork, version: str | None = None) -> Evaluation:
    """Judge a model, the newest if unnamed, and write the judgement beside it.

    Tastes are judged by ratings; where habits are on either side, both by the newest boxes. Refuse
    when there is nothing of the kind. What is used reaches as far as either model read.
    """
    hold_models(work)
    ensure_first(work)
    live = live_row(work.session)
    row = model_row(work.session, version) if version else newest_row(work.session)
    assert live is not None and row is not None
    habits = ModelKind.HISTORY in (row.kind, live.kind)
    found = _by_boxes(work, row, live) if habits else _by_ratings(work, row, live)
    row.metrics = _plain(found)
    row.evaluated_at = work.now
    work.session.flush()
    return found


def _by_ratings(work: UnitOfWork, row: ModelRow, live: ModelRow) -> Evaluation:
    known = lessons(work.session, _last_read(row, live))
    judged, gains = learning.trial(known, _contender(work, row), _contender(work, live))
    if not judged[CANDIDATE].people:
        raise Refused(ModelRefusal.NOTHING_TO_JUDGE)
    verdict = judge(judged[CANDIDATE], gains)
    return Evaluation(row.version, live.version, judged, gains, verdict)


def _by_boxes(work: UnitOfWork, row: ModelRow, live: ModelRow) -> Evaluation:
    history = read_history(work, _last_read(row, live))
    judged, gains = trial_of_habits(history, _rival(work, row), _rival(work, live))
    verdict = judge_history(row.kind, live.kind, judged[CANDIDATE], gains["ndcg10"])
    return Evaluation(row.version, live.version, judged, gains, verdict)


def _last_read(row: ModelRow, live: ModelRow) -> int | None:
    return max(row.last_event_id or 0, live.last_event_id or 0) or None


def _rival(work: UnitOfWork, row: ModelRow) -> Rival:
    model = _opened(work, row)
    seen = read_history(work, row.last_event_id)
    return Rival(row.kind, seen, learning.hand_set_taste(model))


def _contender(work: UnitOfWork, row: ModelRow) -> Contender:
    if row.last_event_id is None:
        return Contender(None, learning.taste_in(_opened(work, row)))
    return Contender(lessons(work.session, row.last_event_id), None)


def _opened(work: UnitOfWork, row: ModelRow) -> Model:
    return learning.open_model(file_of(work.session, row))


def _plain(found: Evaluation) -> dict[str, object]:
    """Return an evaluation as JSON can hold it: what is no number is left out."""
    judged = {
        name: {
            key: value
            for key, value in asdict(each).items()
            if not isinstance(value, float) or math.isfinite(value)
        }
        for name, each in found.judged.items()
    }
    return {
        "against": found.against,
        "judged": judged,
        "gains": {name: asdict(gain) for name, gain in found.gains.items()},
        "passed": found.verdict.passed,
        "objections": list(found.verdict.objections),
    }
