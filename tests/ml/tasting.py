"""Measures a taste model on the real taste test, when its file lies beside the repository; copies
nothing from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from ml.taste.model import Training

SURVEY = Path(__file__).resolve().parents[3] / "shared" / "data" / "coffee" / "taste_test.csv"

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

Model = Callable[[Training, pd.DataFrame], np.ndarray]


def survey() -> tuple[pd.DataFrame, np.ndarray]:
    """Return the quiz and the (people, 4) likings of everybody who rated all four."""
    rows = pd.read_csv(SURVEY, dtype=str)
    likings = rows[[f"coffee_{name}_liking_1_5" for name in "abcd"]].apply(
        pd.to_numeric, errors="coerce"
    )
    complete = likings.notna().all(axis=1)
    return rows[complete].rename(columns={"roast_level": "roast"}).set_index(
        "respondent_id"
    ), likings[complete].to_numpy()


def measure(model: Model, folds: int = 5) -> dict[str, float]:
    """Return the four figures of merit, each person's likings predicted by a model that never saw
    that person."""
    quiz, likings = survey()
    fold = np.random.default_rng(0).permutation(len(quiz)) % folds
    expected = np.zeros_like(likings)
    for held_out in range(folds):
        seen, unseen = fold != held_out, fold == held_out
        ratings = pd.DataFrame(
            {
                "subscriber": np.repeat(quiz.index[seen], 4),
                "product": np.tile(COFFEES.index, int(seen.sum())),
                "liking": likings[seen].ravel(),
            }
        )
        expected[unseen] = model(Training(quiz[seen], COFFEES, ratings), quiz[unseen])
    return figures(expected, likings)


def figures(expected: np.ndarray, likings: np.ndarray) -> dict[str, float]:
    """Return favourite ranked first (ties share), pairs in the right order, liking of a two-of-four
    box, RMSE."""
    top = likings == likings.max(axis=1, keepdims=True)
    alone = top.sum(axis=1) == 1
    first = top[np.arange(len(top)), expected.argmax(axis=1)]
    pairs = [(one, two) for one in range(4) for two in range(one)]
    differ = np.concatenate([likings[:, one] != likings[:, two] for one, two in pairs])
    right = np.concatenate(
        [
            (likings[:, one] > likings[:, two]) == (expected[:, one] > expected[:, two])
            for one, two in pairs
        ]
    )
    chosen = np.argsort(-expected, axis=1, kind="stable")[:, :2]
    return {
        "favourite first": float(first[alone].mean()),
        "favourite first, ties count": float(first.mean()),
        "pairs": float(right[differ].mean()),
        "two of four": float(np.take_along_axis(likings, chosen, axis=1).mean()),
        "rmse": float(np.sqrt(((expected - likings) ** 2).mean())),
    }
