"""Reads files of the coffee taste test and says how well likings were foretold.

The four coffees are those of October 2023: a washed Kenyan, a medium and a dark blend, and a
Colombian fermented in the cherry.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ml.arrays import Floats

COFFEES = pd.DataFrame(
    {
        "roast": ["light", "medium", "dark", "light"],
        "process": ["washed", "washed", "washed", "natural anaerobic"],
        "origin": ["Kenya", "Blend", "Blend", "Colombia"],
        "notes": [
            ["citrus", "currant"],
            ["chocolate", "nuts", "caramel"],
            ["dark chocolate", "smoky"],
            ["fruity", "winey"],
        ],
        "acidity": [8.5, 6.0, 3.5, 7.5],
        "body": [4.5, 6.0, 8.5, 5.5],
        "sweetness": [6.0, 6.5, 4.5, 7.5],
        "decaf": [False] * 4,
    },
    index=list("abcd"),
)
LIKINGS = [f"coffee_{letter}_liking_1_5" for letter in "abcd"]
CALLED = {"roast_level": "roast", "expertise_1_10": "expertise"}
SEVERAL = ("brew_methods", "additions", "dairy")
ANSWERS = (
    "cups_per_day",
    "favourite_drink",
    "style",
    "strength",
    "roast",
    "caffeine",
    "expertise",
    "brew_methods",
    "additions",
    "dairy",
    "monthly_spend_usd",
)
FIGURES = ("favourite_first", "pairs", "two_of_four", "rmse")
PAIRS = [(one, two) for one in range(4) for two in range(one)]


@dataclass(frozen=True, eq=False)
class Tasters:
    """People of one file: answers by person, likings (N, 4) with NaN where none was given, and the
    favourite (N,), -1 if unknown."""

    quiz: pd.DataFrame
    likings: Floats
    favourite: np.ndarray

    def only(self, which: np.ndarray) -> Tasters:
        """Return some of the people."""
        return Tasters(self.quiz[which], self.likings[which], self.favourite[which])

    def complete(self) -> Tasters:
        """Return those who rated all four coffees."""
        return self.only(np.isfinite(self.likings).all(axis=1))

    def ratings(self, coffees: tuple[int, ...] = (0, 1, 2, 3)) -> pd.DataFrame:
        """Return what was said of some of the coffees, as a table of ratings."""
        person, place = np.nonzero(np.isfinite(self.likings[:, coffees]))
        coffee = np.array(coffees, dtype=int)[place]
        return pd.DataFrame(
            {
                "subscriber": self.quiz.index[person],
                "product": COFFEES.index[coffee],
                "liking": self.likings[person, coffee],
            }
        )


def read_tasters(path: Path) -> Tasters:
    """Read a file; likings that are no number from 1 to 5 count as not given."""
    rows = pd.read_csv(path, dtype=str).rename(columns=CALLED)
    likings = rows[LIKINGS].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    likings = np.where((likings >= 1) & (likings <= 5), likings, np.nan)
    quiz = rows.reindex(columns=list(ANSWERS)).set_axis(
        [f"taster-{number}" for number in range(len(rows))], axis=0
    )
    named = rows.get("favourite_overall", pd.Series("", index=rows.index)).fillna("")
    letters = named.str.strip().str.lower().str[-1:]
    favourite = letters.map({letter: place for place, letter in enumerate("abcd")}).fillna(-1)
    return Tasters(quiz, likings, favourite.to_numpy(int))


def figures(expected: Floats, people: Tasters) -> dict[str, float]:
    """Return the four figures of merit for people who rated all four coffees.

    favourite_first: the coffee put first is the one named as favourite in the end; pairs: share of
    differently liked pairs in the right order; two_of_four: liking of a box of the best two; rmse.
    Coffees expected to be liked equally share a place: each order of them counts the same.
    """
    return {name: sums(each) for name, each in by_person(expected, people).items()}


def sums(parts: Floats) -> float:
    """Return the figure that (N, 2) parts come to: sum by count, and the root of it for squares."""
    total = float(parts[:, 0].sum() / max(parts[:, 1].sum(), 1.0))
    return float(np.sqrt(total)) if parts.shape[1] == 3 else total


def by_person(expected: Floats, people: Tasters) -> dict[str, Floats]:
    """Return each person's part in every figure: (N, 2) of sum and count."""
    likings, rows = people.likings, np.arange(len(people.likings))
    best = expected == expected.max(axis=1, keepdims=True)
    named = people.favourite >= 0
    first = (best / best.sum(axis=1, keepdims=True))[rows, np.maximum(people.favourite, 0)]
    differ = np.column_stack([likings[:, one] != likings[:, two] for one, two in PAIRS])
    right = np.column_stack(
        [
            np.sign(likings[:, one] - likings[:, two])
            * np.sign(expected[:, one] - expected[:, two])
            for one, two in PAIRS
        ]
    )
    box = (likings * _chosen(expected)).sum(axis=1) / 2.0
    error = ((expected - likings) ** 2).sum(axis=1)
    ones = np.ones(len(rows))
    return {
        "favourite_first": np.column_stack([first * named, named]),
        "pairs": np.column_stack([((1 + right) / 2 * differ).sum(axis=1), differ.sum(axis=1)]),
        "two_of_four": np.column_stack([box, ones]),
        "rmse": np.column_stack([error, 4 * ones, ones]),
    }


def _chosen(expected: Floats) -> Floats:
    """Return (N, 4): the share of the two places each coffee gets; equal ones share."""
    ahead = (expected[:, None, :] > expected[:, :, None]).sum(axis=2)
    level = (expected[:, None, :] == expected[:, :, None]).sum(axis=2)
    return np.clip((2.0 - ahead) / level, 0.0, 1.0)
