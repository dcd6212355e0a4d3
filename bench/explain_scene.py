"""A shop of real tasters and real lots whose boxes are explained, and what is left of it when one
reason is really taken away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from app.catalog.coffee_file import choose_for_sale, read_coffees
from bench.tasting import COFFEES, read_tasters
from ml.arrays import Floats
from ml.recommender.habit_reasons import explain as explain_history
from ml.recommender.habits import HistoryModel, Known, fit_history, habits_of
from ml.recommender.habits import score as history_score
from ml.taste.answers import QUESTIONS_WITH_SEVERAL_ANSWERS, words_of
from ml.taste.explain import explain
from ml.taste.model import TasteModel, Training, fit_taste, score
from ml.taste.reasons import Contribution, Explanation, Kind

LABEL = ("roast", "process", "origin", "notes", "acidity", "body", "sweetness", "decaf")
LINES = 4  # lots of a box
MOST_BOXES = 8
FONDNESS = 0.6  # how far what somebody really likes lies beside what answers say
CALM = 0.2  # the smaller, the surer people choose what they like best
GIVEN_BACK = 0.1  # share of lines that are swapped out


@dataclass(frozen=True, eq=False)
class Scene:
    """A shop: its model, people, lots, ratings, and the diary (none for a model of taste)."""

    model: TasteModel | HistoryModel
    quiz: pd.DataFrame
    lots: pd.DataFrame
    ratings: pd.DataFrame
    events: pd.DataFrame

    @property
    def known(self) -> Known:
        """Return what a model of histories reads."""
        return Known(self.quiz, self.lots, self.ratings, self.events)


def taste_scene(people: Path, coffees: Path, lots: int, seed: int) -> Scene:
    """Return a shop with a model of taste; ratings of lots are drawn, those of the tasting are
    real. A quarter has only answers, some only one answer, some nothing."""
    rng = np.random.default_rng(seed)
    tasters = read_tasters(people)
    model = fit_taste(Training(tasters.quiz, COFFEES, tasters.ratings()))
    quiz = tasters.quiz.astype(object).where(tasters.quiz.notna(), None)
    kind = rng.choice(4, size=len(quiz), p=[0.7, 0.2, 0.05, 0.05])
    for column in quiz.columns:
        if column != "roast":
            quiz.loc[kind >= 2, column] = None
    quiz.loc[kind == 3, "roast"] = None
    offered = _lots(coffees, lots)
    rated = np.flatnonzero(kind == 0)
    person = np.repeat(rated, rng.integers(1, 8, size=len(rated)))
    product = rng.integers(len(offered), size=len(person))
    expected = score(model, quiz, offered, _no_ratings()).values[person, product]
    liking = np.clip(np.rint(expected + rng.normal(0.0, 1.1, size=len(person))), 1.0, 5.0)
    ratings = pd.DataFrame(
        {"subscriber": quiz.index[person], "product": offered.index[product], "liking": liking}
    ).drop_duplicates(["subscriber", "product"])
    return Scene(model, quiz, offered, ratings, pd.DataFrame())


def history_scene(scene: Scene, seed: int) -> Scene:
    """Return the shop after some months of boxes, with a model of histories learnt from them.

    Everybody had up to MOST_BOXES boxes of lots near to what the answers say and a fondness of
    their own, which nobody told; some lines were swapped out. Ratings stand in the diary too.
    """
    assert isinstance(scene.model, TasteModel)
    rng = np.random.default_rng(seed + 2)
    said = score(scene.model, scene.quiz, scene.lots, _no_ratings()).values
    liked = (said + rng.normal(0.0, FONDNESS, said.shape)) / CALM
    person = np.repeat(np.arange(len(said)), rng.integers(0, MOST_BOXES + 1, len(said)))
    drawn = liked[person] + rng.gumbel(size=(len(person), said.shape[1]))
    lots = np.argsort(-drawn, axis=1)[:, :LINES].ravel()
    first = np.flatnonzero(np.diff(person, prepend=-1))
    box = np.arange(len(person)) - np.repeat(first, np.diff(np.append(first, len(person))))
    back = rng.random(len(lots)) < GIVEN_BACK
    boxes = pd.DataFrame(
        {
            "subscriber": scene.quiz.index[np.repeat(person, LINES)],
            "product": scene.lots.index[lots],
            "kind": np.where(back, "swap_out", "keep"),
            "value": np.nan,
            "at": np.repeat(box, LINES) * 30.0,
            "box": np.repeat(box, LINES),
        }
    )
    told = scene.ratings.rename(columns={"liking": "value"}).assign(kind="rating", box=0.0)
    events = pd.concat([boxes, told.assign(at=1.0)], ignore_index=True)
    taught = replace(scene, events=events)
    return replace(taught, model=fit_history(scene.model, taught.known, "bench", seed))


def explain_boxes(scene: Scene) -> list[Explanation]:
    """Return why everybody gets the lots that suit best."""
    values = _everybodys(scene)
    best = np.argsort(-np.round(values, 9), axis=1, kind="stable")[:, :LINES]
    pairs = [
        (str(scene.quiz.index[row]), str(scene.lots.index[column]))
        for row, columns in enumerate(best)
        for column in columns
    ]
    if isinstance(scene.model, HistoryModel):
        return explain_history(scene.model, scene.known, pairs)
    return explain(scene.model, scene.quiz, scene.lots, scene.ratings, pairs)


def rank_without(scene: Scene, told: Explanation, reason: Contribution) -> int:
    """Return the rank of the lot after the reason is really gone and all is scored again.

    An answer goes out of the quiz, a rating out of the list and the diary, for the crowd everybody
    else's ratings of the lot, what was kept out of the diary. An attribute becomes that of the
    average lot; of a habit of others nothing counts for this lot.
    """
    column = int(scene.lots.index.get_loc(told.product))
    changed = _without(scene, told, reason)
    taste = _taste_of(changed, told.person)
    if reason.kind == Kind.ATTRIBUTE:
        taste[column] -= reason.contrast
    own = _moved(changed, told.person, taste)
    if reason.kind == Kind.HABIT and not reason.value:
        own[column] = taste[column]
    return int(np.argsort(-np.round(own, 9), kind="stable").tolist().index(column)) + 1


def _everybodys(scene: Scene) -> Floats:
    if isinstance(scene.model, HistoryModel):
        return history_score(scene.model, scene.known)
    return score(scene.model, scene.quiz, scene.lots, scene.ratings).values


def _taste_of(scene: Scene, person: str) -> Floats:
    model = scene.model.taste if isinstance(scene.model, HistoryModel) else scene.model
    values = score(model, scene.quiz, scene.lots, scene.ratings).values
    return np.array(values[scene.quiz.index.get_loc(person)], dtype=np.float64)


def _moved(scene: Scene, person: str, taste: Floats) -> Floats:
    """Return what is expected of one person in the end (M,)."""
    if not isinstance(scene.model, HistoryModel):
        return taste.copy()
    own = scene.events[scene.events["subscriber"] == person]
    habits = habits_of(
        scene.model.recommender, replace(scene.known, quiz=scene.quiz.loc[[person]], events=own)
    )
    return scene.model.lift.lifted(taste, habits.odds[0]) if len(habits.rows) else taste.copy()


def _without(scene: Scene, told: Explanation, reason: Contribution) -> Scene:
    if reason.kind == Kind.ANSWER:
        quiz = scene.quiz.copy()
        cell = quiz.at[told.person, reason.question]
        left = None
        if reason.question in QUESTIONS_WITH_SEVERAL_ANSWERS:
            left = [word for word in words_of(cell, reason.question) if word != reason.answer]
        quiz.at[told.person, reason.question] = left
        return replace(scene, quiz=quiz)
    events = scene.events
    if reason.kind == Kind.HABIT and reason.value:
        return replace(scene, events=events[~_of(events, told.person, told.product)])
    ratings = scene.ratings
    if reason.kind == Kind.RATING:
        ratings = ratings[~_of(ratings, told.person, reason.product)]
        if len(events):
            gone = _of(events, told.person, reason.product) & (events["kind"] == "rating")
            events = events[~gone]
        return replace(scene, ratings=ratings, events=events)
    if reason.kind == Kind.CROWD:
        others = (ratings["subscriber"] != told.person) & (ratings["product"] == told.product)
        return replace(scene, ratings=ratings[~others])
    return scene


def _of(table: pd.DataFrame, person: str, product: str | None) -> pd.Series[bool]:
    return (table["subscriber"] == person) & (table["product"] == product)


def _lots(path: Path, count: int) -> pd.DataFrame:
    lots = choose_for_sale(read_coffees(path.read_bytes()).lots, count)
    rows = [{name: getattr(lot.taste, name) for name in LABEL} for lot in lots]
    table = pd.DataFrame(rows, index=[lot.code for lot in lots], dtype=object)
    table["roast"] = [lot.taste.roast.value for lot in lots]
    return table


def _no_ratings() -> pd.DataFrame:
    return pd.DataFrame({"subscriber": [], "product": [], "liking": []})
