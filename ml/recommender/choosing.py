"""Tries ways of learning on everybody's newest box, and keeps the one that foresaw it best."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats, Singles
from ml.recommender.cuts import Cut
from ml.recommender.examples import (
    ROWS,
    Examples,
    Lesson,
    draw,
    had_before,
    met_before,
    together,
    wanted_of,
)
from ml.recommender.knowledge import Knowledge, Settings, learn, look
from ml.recommender.ranker import fit_trees
from ml.recommender.ranking import best, ndcg, paired_difference
from ml.recommender.recommender import Recommender
from ml.recommender.scorecard import Scorecard, fit_scorecard, is_met
from ml.recommender.scoring import log_odds_block, tree_block

DEPTHS = (1, 3)  # how many boxes back the models look for examples
CANDIDATES = (24, 60)
PENALTIES = (30.0, 100.0, 300.0, 1000.0, 3000.0)
FEWEST = 30  # pairs taken before chances are set right
TRIED = 1_000_000  # pairs by which chances are set right at most
NOTHING = np.array([1.0, 0.0])


@dataclass(frozen=True, eq=False)
class Choice:
    """One way to learn, as it was fitted, and its NDCG for each person (N,)."""

    made: Recommender
    worth: Floats


def best_penalty(cut: Cut, quiz: pd.DataFrame, products: pd.DataFrame, seed: int) -> float:
    """Return the penalty with which the linear model alone best foresees what is new to people."""
    asked = quiz.loc[quiz.index.isin(cut.target["subscriber"])].iloc[:5000]
    wanted = wanted_of(cut.target, asked.index, products.index)
    found = []
    for penalty in PENALTIES:
        knowledge = learn(cut.past, quiz, products, Settings(penalty, seed))
        view = look(knowledge, cut.past, asked, products)
        new = ~had_before(view)
        said = view.crowd_of(np.arange(len(asked)))[0]
        worth = ndcg(best(np.where(new, said, -np.inf)), wanted & new)
        found.append((float(np.nanmean(worth)) if np.isfinite(worth).any() else 0.0, -penalty))
    return -max(found)[1]


def choose(lessons: list[Lesson], seed: int) -> tuple[Recommender, dict[str, float]]:
    """Return the recommender that learnt from all but the newest lesson and foresaw that best, its
    chances set right there, and what was measured; `lessons` newest first, two at least."""
    depths = sorted({min(depth, len(lessons) - 1) for depth in DEPTHS})
    tried = [each for depth in depths for each in _tries(lessons, depth, seed)]
    card = _best([each for each in tried if each.made.layer == "scorecard"])
    ranker = _best([each for each in tried if each.made.layer == "trees"])
    difference = paired_difference(ranker.worth, card.worth, seed)
    measured = {
        "ndcg10 scorecard": float(np.nanmean(card.worth)),
        "ndcg10 trees": float(np.nanmean(ranker.worth)),
        "trees gain": difference.mean,
        "trees gain low": difference.low,
        "trees gain high": difference.high,
    }
    return (ranker if difference.wins else card).made, measured


def examples_of(lessons: list[Lesson], seed: int) -> Examples:
    """Return rows drawn from these lessons, ROWS in all."""
    rows = ROWS // max(len(lessons), 1)
    return together([draw(each, rows, seed + place) for place, each in enumerate(lessons)])


def learnt(
    knowledge: Knowledge, examples: Examples, like: Recommender | None, seed: int
) -> Recommender:
    """Return a recommender fitted on these rows; layer, candidates and stretch as in `like`."""
    card = fit_scorecard(examples.features, examples.label, examples.offset)
    stretch = np.tile(NOTHING, (3, 1)) if like is None else like.stretch
    trees = None
    if like is not None and like.layer == "trees":
        trees = fit_trees(examples.features, examples.label, seed)
    return Recommender(
        knowledge,
        Scorecard(card.met.stretched(*stretch[0]), card.new.stretched(*stretch[1])),
        trees,
        _drawn(examples),
        stretch,
        CANDIDATES[0] if like is None else like.candidates,
        "scorecard" if like is None else like.layer,
        1 if like is None else like.depth,
        seed,
        {} if like is None else like.trial,
    )


def _tries(lessons: list[Lesson], depth: int, seed: int) -> list[Choice]:
    """Return the scorecard and the trees learnt from the `depth` lessons before the newest."""
    newest = lessons[0]
    examples = examples_of(lessons[1 : 1 + depth], seed)
    rough = learnt(lessons[1].knowledge, examples, None, seed)
    card = _set_right(replace(rough, depth=depth), newest)
    trees = fit_trees(examples.features, examples.label, seed)
    choices = [_judged(card, newest)]
    for candidates in CANDIDATES:
        made = replace(card, layer="trees", trees=trees, candidates=candidates)
        choices.append(_judged(_trees_set_right(made, newest), newest))
    return choices


def _judged(made: Recommender, newest: Lesson) -> Choice:
    worth = [
        ndcg(best(log_odds_block(made, newest.view, each)), newest.wanted[each[0] : each[1]])
        for each in newest.view.ranges()
    ]
    return Choice(made, np.concatenate(worth))


def _best(choices: list[Choice]) -> Choice:
    return max(choices, key=lambda choice: float(np.nanmean(choice.worth)))


def _set_right(made: Recommender, lesson: Lesson) -> Recommender:
    """Return the recommender whose scorecard's chances agree with what happened in the lesson."""
    card = made.scorecard
    odds = np.concatenate([card.block(lesson.view, *each) for each in lesson.view.ranges()])
    met = met_before(lesson.view)
    stretch = made.stretch.copy()
    stretch[0] = _stretch(odds[met], lesson.wanted[met], made.seed)
    stretch[1] = _stretch(odds[~met], lesson.wanted[~met], made.seed)
    cards = Scorecard(card.met.stretched(*stretch[0]), card.new.stretched(*stretch[1]))
    return replace(made, scorecard=cards, stretch=stretch)


def _trees_set_right(made: Recommender, lesson: Lesson) -> Recommender:
    """Return the recommender whose trees' chances agree with what happened to the candidates."""
    odds, wanted = [], []
    for each in lesson.view.ranges():
        block = made.scorecard.block(lesson.view, *each)
        person, product, said = tree_block(made, lesson.view, block, each[0])
        odds.append(said)
        wanted.append(lesson.wanted[person + each[0], product])
    stretch = made.stretch.copy()
    stretch[2] = _stretch(np.concatenate(odds), np.concatenate(wanted), made.seed)
    return replace(made, stretch=stretch)


def _stretch(odds: Singles | Floats, happened: Bools, seed: int) -> Floats:
    """Return (slope, shift) that set log odds right: a logistic regression on them alone."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to load

    if len(odds) > TRIED:
        some = np.random.default_rng(seed).integers(0, len(odds), TRIED)
        odds, happened = odds[some], happened[some]
    if happened.sum() < FEWEST or happened.all():
        return NOTHING
    model = LogisticRegression(C=1e6).fit(np.asarray(odds, np.float64)[:, None], happened)
    slope = float(model.coef_[0, 0])
    return np.array([slope, float(model.intercept_[0])]) if slope > 0 else NOTHING


def _drawn(examples: Examples) -> Floats:
    """Return (2,): log share drawn of what was not taken, known to the person and new to her."""
    met = is_met(examples.features)
    shares = [examples.offset[kind] for kind in (met, ~met)]
    return np.array([float(share.mean()) if len(share) else 0.0 for share in shares])
