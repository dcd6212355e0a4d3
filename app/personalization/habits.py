"""The bridge by which the shop learns habits: the diary becomes a model, a file and a judgement."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.catalog.models import Product
from app.core.refusals import Refused
from app.personalization.brain import (
    HistoryModel,
    Known,
    TasteModel,
    Tasting,
    known_of,
)
from app.personalization.model_queries import Lessons
from app.personalization.model_rules import Gain, HistoryJudgement, ModelKind, ModelRefusal
from app.personalization.queries import Line
from ml.artefact import Artefact, pack, sha256_of, unpack
from ml.evaluation.history_trial import HistoryTried, Way, history_trial, history_way, taste_way
from ml.evaluation.taste_trial import paired_gain
from ml.recommender.fitting import TooLittle
from ml.recommender.habits import fit_history

CANDIDATE, LIVE, TASTE = "candidate", "live", "taste"
TRUSTED = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)


@dataclass(frozen=True, eq=False)
class History:
    """What habits are learnt from: answers and ratings, the diary, and all coffees in either."""

    lessons: Lessons
    lines: Sequence[Line]
    products: Sequence[Product]


@dataclass(frozen=True, eq=False)
class Rival:
    """A model on trial: its kind, what it had read by then, and its taste if that is hand-set."""

    kind: ModelKind
    seen: History
    fixed: TasteModel | None


def known(history: History) -> Known:
    """Return what habits are learnt from as the learning part reads it."""
    answers = dict(history.lessons.people)
    people = sorted(answers.keys() | {line.subscriber_id for line in history.lines})
    return known_of(
        Tasting(
            people=[(person, answers.get(person)) for person in people],
            products=history.products,
            ratings=history.lessons.ratings,
            lines=history.lines,
        )
    )


def sha_of(history: History, taste: TasteModel) -> str:
    """Return the SHA-256 of all that decides what is learnt."""
    read, digest = known(history), hashlib.sha256(taste.version.encode())
    for table in (read.quiz, read.products, read.ratings, read.events):
        digest.update(repr(list(table.index)).encode())
        digest.update(repr(table.values.tolist()).encode())
    return digest.hexdigest()


def learn_habits(history: History, taste: TasteModel, version: str) -> HistoryModel:
    """Learn habits on a taste; refuse by name if the diary holds too little."""
    try:
        return fit_history(taste, known(history), version)
    except TooLittle as reason:
        raise Refused(ModelRefusal.TOO_LITTLE_HISTORY, offer=str(reason)) from reason


def file_of_habits(model: HistoryModel) -> tuple[bytes, str]:
    """Return the file of a model and its sum."""
    content = pack(Artefact(ModelKind.HISTORY.value, *model.parts()))
    return content, sha256_of(content)


def open_habits(content: bytes, sha256: str) -> HistoryModel:
    """Return the model that a file holds; raise BadArtefact or ValueError if it is not sound."""
    found = unpack(content, sha256, ModelKind.HISTORY.value, TRUSTED)
    return HistoryModel.from_parts(dict(found.facts), dict(found.arrays), dict(found.estimators))


def trial_of_habits(
    history: History, candidate: Rival, live: Rival
) -> tuple[dict[str, HistoryJudgement], dict[str, Gain]]:
    """Judge two models, the taste of the candidate and the plain methods on the newest boxes.

    Return a judgement of each and what the candidate gains on the live one, person by person.
    Refuse if nobody can be asked, or a model of histories finds too little before those boxes.
    """
    ways: dict[str, Way] = {
        TASTE: taste_way(candidate.fixed, known(candidate.seen)),
        LIVE: _way(live),
        CANDIDATE: _way(candidate),
    }
    try:
        tried = history_trial(known(history), ways)
    except TooLittle as reason:
        raise Refused(ModelRefusal.TOO_LITTLE_HISTORY, offer=str(reason)) from reason
    if not tried:
        raise Refused(ModelRefusal.NOTHING_TO_JUDGE)
    new, old = tried[CANDIDATE].verdict, tried[LIVE].verdict
    gains = {"ndcg10": Gain(*paired_gain(new.ndcg, old.ndcg))}
    return _judgements(tried), gains


def _way(rival: Rival) -> Way:
    seen = known(rival.seen)
    if rival.kind is ModelKind.TASTE:
        return taste_way(rival.fixed, seen)
    return history_way(rival.fixed, seen)


def _judgements(tried: Mapping[str, HistoryTried]) -> dict[str, HistoryJudgement]:
    return {name: _judgement(each) for name, each in tried.items()}


def _judgement(tried: HistoryTried) -> HistoryJudgement:
    means = tried.verdict.means()
    return HistoryJudgement(
        people=int(np.isfinite(tried.verdict.ndcg).sum()),
        ndcg10=round(means["ndcg10"], 4),
        recall10=round(means["recall10"], 4),
        repeat_ndcg10=round(means["repeat_ndcg10"], 4),
        explore_ndcg10=round(means["explore_ndcg10"], 4),
        coverage=round(means["coverage"], 4),
        calibration=round(tried.ratio, 4),
        ece=round(tried.ece, 4),
        by_segment={name: round(ratio, 4) for name, ratio in tried.by_segment.items()},
    )
