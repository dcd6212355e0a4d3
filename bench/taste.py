"""Foretells how people like four coffees from a quiz alone, and says how well.

    python -m bench.taste --train FILE --test FILE [--json]
    python -m bench.taste --folds 5 FILE [--seed 0] [--json] [--write]

The first learns from one file of the taste test's form and reports on the people of another; the
second leaves each person out once. `product` is one model for all coffees. Yardsticks: popularity,
and a plain ridge regression for each coffee, on every answer of the file and on those that the
product reads. `with_three_ratings` foretells each coffee from the quiz and the other three;
`new_coffee` each coffee from the ratings of the other three by other people. The last line is one
JSON object.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from bench.tasting import (
    ANSWERS,
    COFFEES,
    FIGURES,
    SEVERAL,
    Tasters,
    by_person,
    figures,
    read_tasters,
    sums,
)
from ml.arrays import Floats
from ml.taste.answers import OPTIONS, answer_table
from ml.taste.model import Training, fit_taste, score

NOTHING = pd.DataFrame({"subscriber": [], "product": [], "liking": []})
PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "taste.md"
PENALTY = 30.0  # the best of 1, 3, 10, 30, 100 for the plain ridge
DRAWS = 1000
Foretold = dict[str, Floats]


def main(arguments: list[str] | None = None) -> int:
    """Measure what was asked for and print it."""
    asked = _arguments(arguments)
    if asked.folds:
        people = read_tasters(asked.file).complete()
        foretold, cpu = in_folds(people, asked.folds, asked.seed)
    else:
        people = read_tasters(asked.test).complete()
        foretold, cpu = foretell(read_tasters(asked.train), people)
    found = report(foretold, people, cpu)
    table = _table(found)
    if not asked.json:
        print(table)
    if asked.write:
        command = f"python -m bench.taste --folds {asked.folds} --seed {asked.seed} FILE --write"
        _write(command, table, found)
    print(json.dumps(found, sort_keys=True))
    return 0


def foretell(known: Tasters, people: Tasters) -> tuple[Foretold, float]:
    """Return what each method expects of `people` (N, 4), and the CPU seconds of one fit."""
    begun = time.process_time()
    model = fit_taste(Training(known.quiz, COFFEES, known.ratings()))
    cpu = time.process_time() - begun
    same, everything = (
        _ridge(known, people, table)
        for table in (answer_table, lambda quiz: _all_answers(quiz, known.quiz))
    )
    three, new = np.zeros(people.likings.shape), np.zeros(people.likings.shape)
    for coffee in range(4):
        others = tuple(each for each in range(4) if each != coffee)
        told = score(model, people.quiz, COFFEES, people.ratings(others)).values
        three[:, coffee] = told[:, coffee]
        without = fit_taste(Training(known.quiz, COFFEES.iloc[list(others)], known.ratings(others)))
        new[:, coffee] = score(without, people.quiz, COFFEES, NOTHING).values[:, coffee]
    mean = np.nanmean(known.likings, axis=0)
    return {
        "product": score(model, people.quiz, COFFEES, NOTHING).values,
        "popularity": np.tile(mean, (len(people.likings), 1)),
        "ridge_per_coffee": everything,
        "ridge_per_coffee_same_questions": same,
        "with_three_ratings": three,
        "new_coffee": new,
    }, cpu


def report(foretold: Foretold, people: Tasters, cpu: float) -> dict[str, Any]:
    """Return the figures of every method, and the product's lead over the ridge."""
    found: dict[str, Any] = {
        name: {figure: round(amount, 4) for figure, amount in figures(each, people).items()}
        for name, each in foretold.items()
    }
    lead = _lead(foretold["product"], foretold["ridge_per_coffee"], people)
    return {
        **found,
        "lead_over_ridge": lead,
        "people": len(people.likings),
        "questions": list(OPTIONS),
        "fit_cpu_seconds": round(cpu, 3),
    }


def in_folds(people: Tasters, folds: int, seed: int) -> tuple[Foretold, float]:
    """Return what each method expects of everybody, learnt from those in other folds, and the CPU
    seconds of the longest fit."""
    fold = np.random.default_rng(seed).permutation(len(people.likings)) % folds
    whole: Foretold = {}
    seconds = 0.0
    for each in range(folds):
        found, cpu = foretell(people.only(fold != each), people.only(fold == each))
        seconds = max(seconds, cpu)
        for name, values in found.items():
            whole.setdefault(name, np.zeros(people.likings.shape))[fold == each] = values
    return whole, seconds


def _lead(product: Floats, ridge: Floats, people: Tasters) -> dict[str, list[float]]:
    """Return for each figure the product's lead and its 95 % interval, by drawing people again."""
    ours, theirs = by_person(product, people), by_person(ridge, people)
    count = len(product)
    often = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), DRAWS)
    found = {}
    for name in FIGURES:
        drawn = [often @ each[name] for each in (ours, theirs)]
        leads = [sums(one[None]) - sums(other[None]) for one, other in zip(*drawn, strict=True)]
        middle = sums(ours[name]) - sums(theirs[name])
        interval = (middle, *np.quantile(leads, [0.025, 0.975]))
        found[name] = [round(float(each), 4) for each in interval]
    return found


def _ridge(known: Tasters, people: Tasters, table: Any) -> Floats:
    answers, theirs = table(known.quiz), table(people.quiz)
    expected = np.zeros(people.likings.shape)
    for coffee in range(4):
        rated = np.isfinite(known.likings[:, coffee])
        ridge = Ridge(alpha=PENALTY).fit(answers[rated], known.likings[rated, coffee])
        expected[:, coffee] = ridge.predict(theirs)
    return expected


def _all_answers(quiz: pd.DataFrame, known: pd.DataFrame) -> Floats:
    """Return noughts and ones for every answer that occurs among the known people."""
    columns = []
    for question in ANSWERS:
        cells = quiz[question].fillna("?")
        seen = known[question].fillna("?")
        if question in SEVERAL:
            choices = sorted({word for cell in seen for word in cell.split(", ")})
            columns += [cells.str.contains(choice, regex=False) for choice in choices]
        else:
            columns += [cells == choice for choice in sorted(seen.unique())]
    return np.column_stack([column.to_numpy(np.float64) for column in columns])


def _table(found: dict[str, Any]) -> str:
    lines = [
        "| method | favourite first | pairs | 2-of-4 box | RMSE |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, row in found.items():
        if isinstance(row, dict) and name != "lead_over_ridge":
            cells = " | ".join(f"{row[figure]:.4f}" for figure in FIGURES)
            lines.append(f"| {name.replace('_', ' ')} | {cells} |")
    return "\n".join(lines)


def _write(command: str, table: str, found: dict[str, Any]) -> None:
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    lead = "; ".join(
        f"{name.replace('_', ' ')} {middle:+.4f} ({low:+.4f} to {high:+.4f})"
        for name, (middle, low, high) in found["lead_over_ridge"].items()
    )
    PAGE.write_text(
        f"# Tastes from a quiz alone\n\n`{command}`\n\n"
        f"{found['people']} people who tasted the same four coffees blind, each foretold by a model"
        " that never saw that person. Higher is better, but for RMSE.\n\n"
        f"{table}\n\nLead of the product over the ridge on all answers, with 95 % intervals from"
        f" drawing people again: {lead}.\n\nOne fit: {found['fit_cpu_seconds']} CPU seconds."
        " `with three ratings` foretells each coffee from the quiz and the person's ratings of the"
        " other three; `new coffee` each coffee from what other people said of the other three.\n"
        "The favourite is the coffee named as such after the tasting.\n",
        encoding="utf-8",
    )


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", type=Path, nargs="?", help="for --folds")
    parser.add_argument("--train", type=Path)
    parser.add_argument("--test", type=Path)
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the JSON object alone")
    parser.add_argument("--write", action="store_true", help="keep it in docs/benchmarks/taste.md")
    asked = parser.parse_args(arguments)
    if bool(asked.folds) != bool(asked.file) or bool(asked.train) != bool(asked.test):
        parser.error("give --train and --test, or --folds and one file")
    if not asked.folds and not asked.train:
        parser.error("give --train and --test, or --folds and one file")
    if asked.write and not asked.folds:
        parser.error("--write keeps the figures of --folds")
    return asked


if __name__ == "__main__":
    raise SystemExit(main())
