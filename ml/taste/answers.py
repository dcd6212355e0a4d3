"""Turns quiz answers into a table of noughts and ones; words it does not know leave no trace."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ml.arrays import Floats, Ints

OPTIONS: dict[str, tuple[str, ...]] = {
    "roast": ("nordic", "blonde", "light", "medium", "dark", "italian", "french"),
    "style": (
        "fruity",
        "bright",
        "juicy",
        "floral",
        "sweet",
        "caramalized",
        "chocolatey",
        "nutty",
        "full bodied",
        "bold",
        "complex",
        "light",
    ),
    "strength": ("weak", "somewhat light", "medium", "somewhat strong", "very strong"),
    "brew_methods": (
        "pour over",
        "french press",
        "espresso",
        "coffee brewing machine (e.g. mr. coffee)",
        "pod/capsule machine (e.g. keurig/nespresso)",
        "instant coffee",
        "bean-to-cup machine",
        "cold brew",
        "coffee extract (e.g. cometeer)",
        "other",
    ),
    "additions": (
        "no - just black",
        "milk, dairy alternative, or coffee creamer",
        "sugar or sweetener",
        "flavor syrup",
        "other",
    ),
    "caffeine": ("full caffeine", "half caff", "decaf"),
    "expertise": ("beginner", "some", "much", "expert"),
}

# The same answer in other words, and in the spelling of other quizzes.
ALSO_CALLED = {
    "caramelized": "caramalized",
    "caramelised": "caramalized",
    "full-bodied": "full bodied",
    "full": "full caffeine",
    "half": "half caff",
    "black": "no - just black",
    "none": "no - just black",
    "milk": "milk, dairy alternative, or coffee creamer",
    "cream": "milk, dairy alternative, or coffee creamer",
    "sugar": "sugar or sweetener",
    "syrup": "flavor syrup",
    "drip": "coffee brewing machine (e.g. mr. coffee)",
    "coffee machine": "coffee brewing machine (e.g. mr. coffee)",
    "pod": "pod/capsule machine (e.g. keurig/nespresso)",
    "capsule": "pod/capsule machine (e.g. keurig/nespresso)",
    "instant": "instant coffee",
    # Expertise on a scale from 1 to 10.
    **dict.fromkeys(("1", "2", "3"), "beginner"),
    **dict.fromkeys(("4", "5"), "some"),
    **dict.fromkeys(("6", "7"), "much"),
    **dict.fromkeys(("8", "9", "10"), "expert"),
}

QUESTIONS_WITH_SEVERAL_ANSWERS = ("brew_methods", "additions")

ANSWER_NAMES: tuple[str, ...] = tuple(
    f"{question}: {word}" for question, words in OPTIONS.items() for word in words
)

QUESTION_OF_ANSWER: Ints = np.repeat(
    np.arange(len(OPTIONS), dtype=np.int64), [len(words) for words in OPTIONS.values()]
)


def answer_table(quiz: pd.DataFrame) -> Floats:
    """Return (N, number of ANSWER_NAMES) of 0 and 1, rows as in `quiz`.

    `quiz` may lack any of the columns named in OPTIONS, and any cell may be empty. A question with
    several answers takes a list of them, or one text in which they are joined.
    """
    columns = [
        _one_question(quiz[question], question)
        if question in quiz
        else np.zeros((len(quiz), len(words)))
        for question, words in OPTIONS.items()
    ]
    return np.hstack(columns)


def _one_question(cells: pd.Series[Any], question: str) -> Floats:
    place = {word: column for column, word in enumerate(OPTIONS[question])}
    table = np.zeros((len(cells), len(place)))
    for row, cell in enumerate(cells):
        for word in words_of(cell, question):
            if word in place:
                table[row, place[word]] = 1.0
    return table


def words_of(cell: Any, question: str) -> Iterable[str]:
    """Return the answers in a cell of the quiz, in the words of OPTIONS as far as known."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and np.isfinite(cell):
        return [ALSO_CALLED.get(f"{cell:g}", "")]
    if isinstance(cell, str):
        text = plain(cell)
        if question in QUESTIONS_WITH_SEVERAL_ANSWERS:
            # Some answers contain commas themselves, so the text is searched, not split.
            return [word for word in OPTIONS[question] if word in text] or [
                ALSO_CALLED.get(text, text)
            ]
        return [ALSO_CALLED.get(text, text)]
    if isinstance(cell, list | tuple | set | frozenset | np.ndarray):
        texts = [plain(word) for word in cell if isinstance(word, str)]
        return [ALSO_CALLED.get(text, text) for text in texts]
    return []


def plain(text: str) -> str:
    """Return the text in small letters with single blanks."""
    return " ".join(text.lower().split())
