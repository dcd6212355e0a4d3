"""Takes the named reasons away and looks whether the coffee's rank changes.

    python -m bench.explain FILE COFFEES [--samples 1000] [--lots 120] [--seed 0] [--json] [--write]

People of the taste test rate a few lots of a shelf of real coffees as the model expects of people
like them, with noise. A quarter has only answers, some only one answer, some nothing. Each gets the
four lots that suit best. For a sample of these lines the named reason is taken away (the answer out
of the quiz, the rating out of the list, for the crowd everybody's ratings of the lot, for an
attribute the trait made that of the average lot) and everything is scored again. The last line is
one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.catalog.coffee_file import choose_for_sale, read_coffees
from bench.tasting import COFFEES, read_tasters
from ml.arrays import Floats
from ml.taste.answers import QUESTIONS_WITH_SEVERAL_ANSWERS, words_of
from ml.taste.explain import explain
from ml.taste.model import TasteModel, Training, fit_taste, score
from ml.taste.reasons import Contribution, Explanation, Kind

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "explain.md"
LABEL = ("roast", "process", "origin", "notes", "acidity", "body", "sweetness", "decaf")
LINES = 4


@dataclass(frozen=True, eq=False)
class Scene:
    """A shop: its model, people, lots and ratings."""

    model: TasteModel
    quiz: pd.DataFrame
    lots: pd.DataFrame
    ratings: pd.DataFrame


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return 1 if a bar is missed."""
    asked = _arguments(arguments)
    scene = make_scene(asked)
    begun = time.process_time()
    told = explain_boxes(scene)
    cpu = time.process_time() - begun
    found = {
        "lines": len(told),
        "lines_with_two_reasons": sum(_has_two(each) for each in told) / len(told),
        "cpu_milliseconds_per_line": round(1e3 * cpu / len(told), 3),
        **_sampled(scene, told, asked),
    }
    if not asked.json:
        print("\n".join(f"{name.replace('_', ' ')}: {each}" for name, each in found.items()))
    if asked.write:
        _write(found, asked)
    print(json.dumps(found, sort_keys=True))
    good = found["lines_with_two_reasons"] == 1.0 and found["first_reason_changes_rank"] >= 0.95
    return 0 if good else 1


def make_scene(asked: argparse.Namespace) -> Scene:
    """Return a shop of real people and real lots; ratings of lots are drawn, those of the tasting
    are real."""
    rng = np.random.default_rng(asked.seed)
    tasters = read_tasters(asked.people)
    model = fit_taste(Training(tasters.quiz, COFFEES, tasters.ratings()))
    quiz = tasters.quiz.astype(object).where(tasters.quiz.notna(), None)
    kind = rng.choice(4, size=len(quiz), p=[0.7, 0.2, 0.05, 0.05])
    for column in quiz.columns:
        if column != "roast":
            quiz.loc[kind >= 2, column] = None
    quiz.loc[kind == 3, "roast"] = None
    lots = _lots(asked.coffees, asked.lots)
    rated = np.flatnonzero(kind == 0)
    person = np.repeat(rated, rng.integers(1, 8, size=len(rated)))
    product = rng.integers(len(lots), size=len(person))
    expected = score(model, quiz, lots, _no_ratings()).values[person, product]
    liking = np.clip(np.rint(expected + rng.normal(0.0, 1.1, size=len(person))), 1.0, 5.0)
    ratings = pd.DataFrame(
        {"subscriber": quiz.index[person], "product": lots.index[product], "liking": liking}
    ).drop_duplicates(["subscriber", "product"])
    return Scene(model, quiz, lots, ratings)


def explain_boxes(scene: Scene) -> list[Explanation]:
    """Return why everybody gets the lots that suit best."""
    values = score(scene.model, scene.quiz, scene.lots, scene.ratings).values
    best = np.argsort(-values, axis=1, kind="stable")[:, :LINES]
    pairs = [
        (str(scene.quiz.index[row]), str(scene.lots.index[column]))
        for row, columns in enumerate(best)
        for column in columns
    ]
    return explain(scene.model, scene.quiz, scene.lots, scene.ratings, pairs)


def rank_without(scene: Scene, told: Explanation, reason: Contribution) -> int:
    """Return the rank of the lot after the reason is really gone and all is scored again."""
    changed = _without(scene, told, reason)
    values = score(changed.model, changed.quiz, changed.lots, changed.ratings).values
    row = changed.quiz.index.get_loc(told.person)
    own = np.asarray(values[row])
    if reason.kind == Kind.ATTRIBUTE:
        own = own.copy()
        own[scene.lots.index.get_loc(told.product)] -= reason.contrast
    return _rank(own, int(scene.lots.index.get_loc(told.product)))


def _without(scene: Scene, told: Explanation, reason: Contribution) -> Scene:
    if reason.kind == Kind.ANSWER:
        quiz = scene.quiz.copy()
        cell = quiz.at[told.person, reason.question]
        left = None
        if reason.question in QUESTIONS_WITH_SEVERAL_ANSWERS:
            left = [word for word in words_of(cell, reason.question) if word != reason.answer]
        quiz.at[told.person, reason.question] = left
        return replace(scene, quiz=quiz)
    ratings = scene.ratings
    if reason.kind == Kind.RATING:
        gone = (ratings["subscriber"] == told.person) & (ratings["product"] == reason.product)
        return replace(scene, ratings=ratings[~gone])
    if reason.kind == Kind.CROWD:
        others = (ratings["subscriber"] != told.person) & (ratings["product"] == told.product)
        return replace(scene, ratings=ratings[~others])
    return scene


def _sampled(scene: Scene, told: list[Explanation], asked: argparse.Namespace) -> dict[str, Any]:
    rng = np.random.default_rng(asked.seed + 1)
    chosen = rng.choice(len(told), size=min(asked.samples, len(told)), replace=False)
    moved: list[list[bool]] = [[], []]
    foretold, ranks, kinds = 0, 0, dict.fromkeys(Kind, 0)
    for each in chosen:
        line = told[each]
        kinds[line.reasons[0].kind] += 1
        for place, reason in enumerate(line.reasons):
            rank = rank_without(scene, line, reason)
            moved[place].append(rank != line.rank)
            foretold += rank == reason.rank_without
            ranks += 1
    return {
        "samples": len(chosen),
        "first_reason_changes_rank": round(float(np.mean(moved[0])), 4),
        "second_reason_changes_rank": round(float(np.mean(moved[1])), 4),
        "either_reason_changes_rank": round(float(np.mean(np.any(moved, axis=0))), 4),
        "rank_foretold_exactly": round(foretold / ranks, 4),
        "first_reasons": {str(kind): count for kind, count in kinds.items() if count},
    }


def _has_two(told: Explanation) -> bool:
    one, other = told.reasons
    return one != other


def _rank(values: Floats, column: int) -> int:
    return int(np.argsort(-np.round(values, 9), kind="stable").tolist().index(column)) + 1


def _lots(path: Path, count: int) -> pd.DataFrame:
    lots = choose_for_sale(read_coffees(path.read_bytes()).lots, count)
    rows = [{name: getattr(lot.taste, name) for name in LABEL} for lot in lots]
    table = pd.DataFrame(rows, index=[lot.code for lot in lots], dtype=object)
    table["roast"] = [lot.taste.roast.value for lot in lots]
    return table


def _no_ratings() -> pd.DataFrame:
    return pd.DataFrame({"subscriber": [], "product": [], "liking": []})


def _write(found: dict[str, Any], asked: argparse.Namespace) -> None:
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    rows = "\n".join(f"| {name.replace('_', ' ')} | {each} |" for name, each in found.items())
    PAGE.write_text(
        "# Reasons that hold\n\n"
        f"`python -m bench.explain PEOPLE COFFEES --samples {asked.samples} --lots {asked.lots}"
        f" --seed {asked.seed} --write`\n\n"
        "Boxes of four real lots for the people of the taste test; in a sample of the lines the"
        " named reason is really taken away and all is scored again.\n\n"
        f"| figure | value |\n| --- | --- |\n{rows}\n",
        encoding="utf-8",
    )


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("people", type=Path, help="a file of the taste test's form")
    parser.add_argument("coffees", type=Path, help="a file of graded lots")
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--lots", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the JSON object alone")
    parser.add_argument(
        "--write", action="store_true", help="keep it in docs/benchmarks/explain.md"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
