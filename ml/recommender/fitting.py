"""Learns a recommender from the log, and lets the log's own newest boxes choose how."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ml.recommender.choosing import DEPTHS, best_penalty, choose, examples_of, learnt
from ml.recommender.cuts import known_people, rolling_origin
from ml.recommender.examples import lesson
from ml.recommender.knowledge import Settings, learn
from ml.recommender.log import checked
from ml.recommender.recommender import Recommender

FEWEST = 30  # pairs in the next box before anything can be learnt from it


class TooLittle(ValueError):
    """The log holds too few boxes that follow another to learn from."""


def fit(
    events: pd.DataFrame, quiz: pd.DataFrame, products: pd.DataFrame, seed: int = 0
) -> Recommender:
    """Return a recommender that knows the log as it stands.

    events: subscriber, product, kind (log.KINDS), at, and if known value and box, in any order;
    quiz by subscriber and products by product, any columns. Everybody's newest box is foreseen from
    what was known before it; on those boxes the penalty of the linear model, the number of earlier
    boxes to learn from and the layer are chosen, and chances set right. Gradient boosting is taken
    only if it beats the scorecard in a paired bootstrap over people. Then all is learnt once more,
    with the newest box. Raises TooLittle when hardly anybody has had two boxes.
    """
    log = checked(events)
    people = quiz.reindex(known_people(log, quiz))
    cuts = [cut for cut in rolling_origin(log, 1 + max(DEPTHS)) if len(cut.target) >= FEWEST]
    if not cuts:
        raise TooLittle("hardly anybody has had two boxes yet")
    settings = Settings(best_penalty(cuts[0], people, products, seed), seed)
    lessons = [lesson(cut, people, products, settings) for cut in cuts]
    lessons = [each for each in lessons if each.wanted.sum() >= FEWEST]
    if not lessons:
        raise TooLittle("hardly anything that was taken is still offered")
    now = learn(log, people, products, settings)
    if len(lessons) == 1:
        return learnt(now, examples_of(lessons, seed), None, seed)
    chosen, measured = choose(lessons, seed)
    like = replace(chosen, trial=measured | {"penalty": settings.penalty})
    return learnt(now, examples_of(lessons[: chosen.depth], seed), like, seed)
