"""Expects liking from taste and habit together: what the quiz and ratings say, moved by the chance
that the person keeps the coffee."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats, Ints, Singles
from ml.recommender.cuts import Cut, cut_last_box
from ml.recommender.examples import met_before, wanted_of
from ml.recommender.fitting import fit
from ml.recommender.log import checked
from ml.recommender.ranking import best, ndcg
from ml.recommender.recommender import Arrays, Recommender
from ml.recommender.scoring import Scores, log_odds_block
from ml.recommender.scoring import score as chances
from ml.taste.model import score as taste_score
from ml.taste.parts import DIGITS, LEAST, MOST
from ml.taste.trained import TasteModel

BOXES = 3  # boxes that somebody must have had before habits say anything of them
STRENGTHS = (0.25, 0.5, 1.0, 2.0, 4.0)
FURTHEST = 2.0  # spreads from the middle; beyond that a chance says no more
EDGE = 0.02  # how near to the ends of the scale a taste is taken to be at most


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of people and products: quiz by person, products, ratings (subscriber,
    product, liking), and events as for `fitting.fit`."""

    quiz: pd.DataFrame
    products: pd.DataFrame
    ratings: pd.DataFrame
    events: pd.DataFrame


@dataclass(frozen=True)
class Lift:
    """How log odds of being kept move a liking: `middle` moves nothing, `spread` is one step, and
    a step is worth `strength` on the logistic scale between the least and the most liking."""

    middle: float
    spread: float
    strength: float

    def lifted(self, liking: Floats, odds: Floats | Singles) -> Floats:
        """Return liking (1 to 5) moved by log odds of the same shape; rises with both."""
        steps = np.clip((odds - self.middle) / self.spread, -FURTHEST, FURTHEST)
        share = np.clip((liking - LEAST) / (MOST - LEAST), EDGE, 1.0 - EDGE)
        whole = np.log(share / (1.0 - share)) + self.strength * np.asarray(steps, np.float64)
        moved = LEAST + (MOST - LEAST) / (1.0 + np.exp(-whole))
        return np.asarray(np.round(moved, DIGITS), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class HistoryModel:
    """The taste it stands on, the recommender, and how the one moves the other."""

    version: str
    taste: TasteModel
    recommender: Recommender
    lift: Lift

    def parts(self) -> tuple[dict[str, Any], Arrays, dict[str, Any]]:
        """Return facts, arrays and estimators, as they may be stored without pickle."""
        lift = {
            "middle": self.lift.middle,
            "spread": self.lift.spread,
            "strength": self.lift.strength,
        }
        facts = {"version": self.version, "lift": lift, "taste": self.taste.to_dict()}
        return facts, *self.recommender.parts()

    @staticmethod
    def from_parts(
        facts: dict[str, Any], arrays: Arrays, estimators: dict[str, Any]
    ) -> HistoryModel:
        """Return the model that `parts` took apart; raise BadModel or BadRecommender (both
        ValueError) if it cannot be one of this version."""
        try:
            lift = Lift(**{name: float(value) for name, value in facts["lift"].items()})
            taste, version = dict(facts["taste"]), str(facts["version"])
        except (AttributeError, KeyError, TypeError, ValueError) as reason:
            raise ValueError(f"the history model cannot be read: {reason}") from reason
        if not (np.isfinite([lift.middle, lift.spread, lift.strength]).all() and lift.spread > 0):
            raise ValueError("the lift of the history model is no number")
        made = Recommender.from_parts(arrays, estimators)
        return HistoryModel(version, TasteModel.from_dict(taste), made, lift)


@dataclass(frozen=True, eq=False)
class Habits:
    """What habits say of people: `rows` (P,) of those with boxes enough, their likings by taste
    alone (P, M), log odds (P, M), and the scores that these come from."""

    rows: Ints
    odds: Singles
    scores: Scores


def fit_history(taste: TasteModel, known: Known, version: str, seed: int = 0) -> HistoryModel:
    """Return the model that has learnt from all events, standing on a taste.

    How much a habit counts is chosen on everybody's newest box, foreseen from what was known
    before it. Raises TooLittle when hardly anybody has had two boxes.
    """
    log = checked(known.events)
    cut = cut_last_box(log)
    earlier = fit(cut.past, known.quiz, known.products, seed)
    lift = _lift_of(taste, earlier, known, cut)
    made = fit(log, known.quiz, known.products, seed)
    return HistoryModel(version, taste, made, lift)


def score(model: HistoryModel, known: Known) -> Floats:
    """Return expected liking (N, M), 1 to 5: by taste alone for who has had few boxes."""
    values = taste_score(model.taste, known.quiz, known.products, known.ratings).values.copy()
    habits = habits_of(model.recommender, known)
    if len(habits.rows):
        values[habits.rows] = model.lift.lifted(values[habits.rows], habits.odds)
    return values


def habits_of(recommender: Recommender, known: Known) -> Habits:
    """Return what habits say of those people of the quiz who have had BOXES boxes or more."""
    whole = chances(recommender, known.events, known.quiz, known.products)
    rows = np.flatnonzero(whole.view.boxes >= BOXES).astype(np.int64)
    some = chances(recommender, known.events, known.quiz.iloc[rows], known.products)
    return Habits(rows, _odds(some), some)


def _odds(scores: Scores) -> Singles:
    odds = np.zeros(scores.shape, np.float32)
    for start, end in scores.view.ranges():
        odds[start:end] = log_odds_block(scores.recommender, scores.view, (start, end))
    return odds


def _lift_of(taste: TasteModel, earlier: Recommender, known: Known, cut: Cut) -> Lift:
    """Return the lift whose ranking foresaw the newest boxes best; ties go to the weaker one."""
    asked = known.quiz.loc[known.quiz.index.isin(cut.target["subscriber"])]
    past = Known(asked, known.products, known.ratings, cut.past)
    habits = habits_of(earlier, past)
    if not len(habits.rows):
        return Lift(0.0, 1.0, STRENGTHS[0])
    liking = taste_score(taste, asked, known.products, known.ratings).values[habits.rows]
    wanted: Bools = wanted_of(cut.target, asked.index, known.products.index)[habits.rows]
    met = met_before(habits.scores.view)
    odds = habits.odds.astype(np.float64)
    middle = float(odds[met].mean()) if met.any() else float(odds.mean())
    spread = max(float(odds.std()), 1e-6)
    lifts = [Lift(round(middle, 6), round(spread, 6), strength) for strength in STRENGTHS]
    worth = [float(np.nanmean(_worth(each, liking, odds, wanted))) for each in lifts]
    return lifts[int(np.argmax(np.round(worth, 6)))]


def _worth(lift: Lift, liking: Floats, odds: Floats, wanted: Bools) -> Floats:
    worth = ndcg(best(lift.lifted(liking, odds)), wanted)
    return np.where(np.isnan(worth), 0.0, worth)
