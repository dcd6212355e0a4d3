"""Tries models of histories, tastes and the plain methods on the newest boxes, none of which any of
them has seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats, Ints, Singles
from ml.evaluation.calibration import calibration, ratio_by_segment
from ml.evaluation.metrics import Verdict, judge
from ml.evaluation.report import Exam, baseline_scores
from ml.recommender.cuts import Cut, cut_at
from ml.recommender.habits import BOXES, Known, fit_history, habits_of, score
from ml.recommender.log import checked, log_of, moments, takes
from ml.taste.learn import fit_taste
from ml.taste.model import score as taste_score
from ml.taste.trained import TasteModel, Training

LEAST_IN_SEGMENT = 30  # people; of fewer nothing is said apart
NEWEST = 0.8  # share of what was taken that lies before the cut


@dataclass(frozen=True, eq=False)
class Foreseen:
    """What one way expected of the people asked: liking (N, M), and chances of those with a
    history (P, M) with their rows (P,), if it has any."""

    liking: Floats
    rows: Ints
    chances: Singles


Way = Callable[[Known, pd.DataFrame], Foreseen]


@dataclass(frozen=True, eq=False)
class HistoryTried:
    """How well one way did: measures of its ranking, predicted over actual chance (NaN for one
    that has none), the mean distance of both, and the ratio by number of boxes."""

    verdict: Verdict
    ratio: float
    ece: float
    by_segment: dict[str, float]


def newest_moment(events: pd.DataFrame) -> float:
    """Return the moment that parts the newest fifth of what was taken from what came before."""
    log = checked(events)
    taken = log["at"].to_numpy(np.float64)[takes(log)]
    if not len(taken):
        return np.inf
    later = taken > taken.min()
    chosen = np.quantile(taken, NEWEST, method="lower")
    return float(max(chosen, taken[later].min())) if later.any() else np.inf


def history_way(taste: TasteModel | None, seen: Known, seed: int = 0) -> Way:
    """Return the way of learning habits anew from what was `seen`, on a taste that learns nothing
    more, or on one that is learnt anew as well (None)."""

    def way(past: Known, people: pd.DataFrame) -> Foreseen:
        before = _before(seen, past)
        made = fit_history(_taste_of(taste, before), before, "on trial", seed)
        asked = replace(past, quiz=people)
        habits = habits_of(made.recommender, asked)
        chances = np.asarray(1.0 / (1.0 + np.exp(-habits.odds)), dtype=np.float32)
        return Foreseen(score(made, asked), habits.rows, chances)

    return way


def taste_way(taste: TasteModel | None, seen: Known) -> Way:
    """Return the way of a taste, as for `history_way`."""

    def way(past: Known, people: pd.DataFrame) -> Foreseen:
        made = _taste_of(taste, _before(seen, past))
        liking = taste_score(made, people, past.products, past.ratings).values
        nobody = np.empty((0, liking.shape[1]), np.float32)
        return Foreseen(liking, np.empty(0, np.int64), nobody)

    return way


def history_trial(known: Known, ways: Mapping[str, Way]) -> dict[str, HistoryTried]:
    """Return how each way and each plain method foresaw the first box after one moment.

    Only people who had BOXES boxes before it and another one after it are asked. Nothing of what
    happened after the moment, ratings included, is known to anybody. Empty if nobody can be asked.
    """
    moment = newest_moment(known.events)
    cut = _of_the_experienced(cut_at(checked(known.events), moment))
    if cut.target.empty:
        return {}
    past = replace(known, ratings=_rated(cut.past), events=cut.past)
    exam = Exam(cut, known.quiz, known.products)
    people, wanted = exam.people, exam.wanted
    found = {name: way(past, people) for name, way in ways.items()}
    plain = {name: np.round(scores, 9) for name, scores in baseline_scores(exam).items()}
    had, boxes = _past_of(past, people)
    tried = {name: _plain(judge(scores, wanted, had)) for name, scores in plain.items()}
    return tried | {name: _tried(each, wanted, had, boxes) for name, each in found.items()}


def _tried(foreseen: Foreseen, wanted: Bools, had: Bools, boxes: Ints) -> HistoryTried:
    verdict = judge(foreseen.liking, wanted, had)
    if not len(foreseen.rows):
        return _plain(verdict)
    happened = wanted[foreseen.rows]
    true = calibration(foreseen.chances, happened)
    own = boxes[foreseen.rows]
    many = [old for old in (True, False) if ((own > BOXES) == old).sum() >= LEAST_IN_SEGMENT]
    asked = np.isin(own > BOXES, many)
    segments = ratio_by_segment(foreseen.chances[asked], happened[asked], own[asked])
    return HistoryTried(verdict, true.ratio, true.ece, segments)


def _plain(verdict: Verdict) -> HistoryTried:
    return HistoryTried(verdict, float("nan"), float("nan"), {})


def _taste_of(taste: TasteModel | None, known: Known) -> TasteModel:
    if taste is not None:
        return taste
    return fit_taste(Training(known.quiz, known.products, known.ratings))


def _before(seen: Known, past: Known) -> Known:
    """Return what of `seen` lies in the past."""
    last = past.events["at"].max()
    events = seen.events[moments(seen.events) <= last].reset_index(drop=True)
    return replace(seen, ratings=_rated(checked(events)), events=events)


def _rated(events: pd.DataFrame) -> pd.DataFrame:
    """Return the ratings that count at the end of the events: the last of each pair, unless it
    was taken back."""
    rated = events[events["kind"] == "rating"]
    last = rated.drop_duplicates(["subscriber", "product"], keep="last").dropna(subset=["value"])
    return pd.DataFrame(
        {
            "subscriber": last["subscriber"].astype(str),
            "product": last["product"].astype(str),
            "liking": last["value"].astype(float),
        }
    ).reset_index(drop=True)


def _of_the_experienced(cut: Cut) -> Cut:
    """Leave those out who had fewer than BOXES boxes: of them habits say nothing."""
    taken = cut.past[takes(cut.past)]
    boxes = taken.groupby("subscriber")["box"].nunique()
    target = cut.target[cut.target["subscriber"].isin(boxes.index[boxes >= BOXES])]
    return Cut(cut.past, target.reset_index(drop=True))


def _past_of(past: Known, people: pd.DataFrame) -> tuple[Bools, Ints]:
    """Return (N, M) what people had before and (N,) how many boxes."""
    log = log_of(past.events, people.index, past.products.index)
    had = np.zeros((log.people, log.products), dtype=np.bool_)
    had[log.person[log.taken], log.product[log.taken]] = True
    return had, log.boxes
