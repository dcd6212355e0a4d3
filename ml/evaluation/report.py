"""Puts a recommender beside the plain methods on the same people and the same next box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats, Singles
from ml.evaluation.baselines import BASELINES, Method
from ml.evaluation.calibration import Calibration, calibration, ratio_by_segment
from ml.evaluation.metrics import Verdict, by_segment, judge
from ml.recommender.cuts import Cut, cut_last_box, known_people
from ml.recommender.examples import had_before, wanted_of
from ml.recommender.log import checked, log_of
from ml.recommender.ranking import Difference, paired_difference
from ml.recommender.recommender import Recommender
from ml.recommender.scoring import score


@dataclass(frozen=True, eq=False)
class Report:
    """One examination: verdicts by method ("product" is the recommender), its calibration, by
    segment, and its lead over the best plain method in NDCG@10."""

    verdicts: dict[str, Verdict]
    calibration: Calibration
    segments: dict[str, float]
    ratios: dict[str, float]
    best_baseline: str
    lead: Difference


@dataclass(frozen=True, eq=False)
class Exam:
    """What a recommender is examined on: the log before `cut`, everybody's quiz, all products.

    `again` is False where nobody takes the same thing twice; what she had is then no candidate.
    """

    cut: Cut
    quiz: pd.DataFrame
    products: pd.DataFrame
    again: bool = True

    @property
    def people(self) -> pd.DataFrame:
        """Return the quiz of those whose next box is known."""
        names = known_people(self.cut.target, self.quiz.iloc[:0])
        return self.quiz.reindex(names)

    @property
    def wanted(self) -> Bools:
        """Return (N, M): what the next box of these people held."""
        return wanted_of(self.cut.target, self.people.index, self.products.index)


def last_box_exam(events: pd.DataFrame, quiz: pd.DataFrame, products: pd.DataFrame) -> Exam:
    """Return the examination on everybody's last box."""
    return Exam(cut_last_box(checked(events)), quiz, products)


def examine(recommender: Recommender, exam: Exam, seed: int = 0) -> Report:
    """Return the report on a recommender that was fitted on `exam.cut.past` or earlier."""
    people, wanted = exam.people, exam.wanted
    scores = score(recommender, exam.cut.past, people, exam.products)
    had = had_before(scores.view)
    chances = np.empty(scores.shape, np.float32)
    for start, end in scores.view.ranges():
        allowed = None if exam.again else ~had[start:end]
        chances[start:end] = scores.block(start, end, allowed)
    verdicts = {"product": judge(chances, wanted, had, exam.again)}
    verdicts |= {
        name: judge(found, wanted, had, exam.again) for name, found in baseline_scores(exam).items()
    }
    best = _best_but_product(verdicts)
    lead = paired_difference(verdicts["product"].ndcg, verdicts[best].ndcg, seed)
    segments = by_segment(verdicts["product"].ndcg, scores.view.boxes)
    true = calibration(*_candidates(chances, wanted, had, exam.again))
    ratios = ratio_by_segment(chances, wanted, scores.view.boxes)
    return Report(verdicts, true, segments, ratios, best, lead)


def baseline_scores(exam: Exam) -> dict[str, Floats]:
    """Return (N, M) of every baseline, its setting chosen on the box before the last of the log."""
    return {
        name: tuned_scores(each.method, each.settings, exam) for name, each in BASELINES.items()
    }


def tuned_scores(method: Method, settings: tuple[tuple[float, ...], ...], exam: Exam) -> Floats:
    """Return (N, M) of a method (log, setting) with the setting that foresaw the newest box of the
    past best."""
    setting = settings[0]
    if len(settings) > 1:
        earlier = Exam(cut_last_box(exam.cut.past), exam.quiz, exam.products, exam.again)
        worth = [_worth(method, each, earlier) for each in settings]
        setting = settings[int(np.argmax(worth))]
    return _of_people(method, setting, exam)


def _worth(method: Method, setting: tuple[float, ...], exam: Exam) -> float:
    log = log_of(exam.cut.past, exam.people.index, exam.products.index)
    had = np.zeros((log.people, log.products), dtype=np.bool_)
    had[log.person[log.taken], log.product[log.taken]] = True
    verdict = judge(_of_people(method, setting, exam), exam.wanted, had, exam.again)
    return verdict.means()["ndcg10"]


def _of_people(method: Method, setting: tuple[float, ...], exam: Exam) -> Floats:
    """Return (N, M): the method learns from everybody and scores those that are asked for."""
    everybody = known_people(exam.cut.past, exam.people)
    log = log_of(exam.cut.past, everybody, exam.products.index)
    rows = everybody.get_indexer(exam.people.index)
    return np.asarray(method(log, setting)[rows], dtype=np.float64)


def _candidates(chances: Singles, wanted: Bools, had: Bools, again: bool) -> tuple[Singles, Bools]:
    return (chances, wanted) if again else (chances[~had], wanted[~had])


def _best_but_product(verdicts: dict[str, Verdict]) -> str:
    others = {name: each.means()["ndcg10"] for name, each in verdicts.items() if name != "product"}
    return max(others, key=lambda name: others[name])
