"""Turns quiz answers and product labels, whatever their columns, into numbers of known meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ml.arrays import Floats, Ints

FEWEST = 3  # a word must be used this often to count
MOST_WORDS = 200
STEPS = 4  # a number becomes this many steps: it may be liked in the middle


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words that count: "column=word", or "column>edge" for numbers."""

    words: tuple[str, ...]

    def encode(self, table: pd.DataFrame) -> Floats:
        """Return (rows, words) of 0 and 1; columns that are missing or unknown count as unsaid."""
        found = np.zeros((len(table), len(self.words)))
        cells = {name: _different(table[name]) for name in table.columns}
        for place, word in enumerate(self.words):
            column, sign, meant = _split(word)
            if column not in cells:
                continue
            row, said, number = cells[column]
            if sign == ">":
                found[:, place] = (number > float(meant))[row]
            else:
                found[:, place] = np.array([meant in cell for cell in said])[row]
        return found


def vocabulary_of(table: pd.DataFrame) -> Vocabulary:
    """Return the words that at least three rows use and at least one does not, most used first."""
    counts: dict[str, int] = {}
    for name in table.columns:
        number = numbers_in(table[name])
        if np.isfinite(number).sum() > len(table) / 2:
            counts |= _steps(str(name), number)
        else:
            for cell in table[name]:
                for word in _words(cell):
                    key = f"{name}={word}"
                    counts[key] = counts.get(key, 0) + 1
    useful = [word for word, count in counts.items() if FEWEST <= count < len(table)]
    useful.sort(key=lambda word: (-counts[word], word))
    return Vocabulary(tuple(sorted(useful[:MOST_WORDS])))


def numbers_in(column: pd.Series[Any]) -> Floats:
    """Return (rows,) the column as numbers, NaN where it is none; true and false are words."""
    cells = [np.nan if isinstance(cell, bool | np.bool_ | list) else cell for cell in column]
    numbers = pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce")
    return numbers.to_numpy(np.float64)


def _different(column: pd.Series[Any]) -> tuple[Ints, list[frozenset[str]], Floats]:
    """Return (rows,) which of the different cells each row has, their words and their numbers."""
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in ("string", "boolean", "floating", "integer"):
        row, names = pd.factorize(column)
        cells = pd.Series([*names, None], dtype=object)
        return (
            row.astype(np.int64) % len(cells),
            [_words(cell) for cell in cells],
            numbers_in(cells),
        )
    every = np.arange(len(column), dtype=np.int64)
    return every, [_words(cell) for cell in column], numbers_in(column)


def _steps(name: str, number: Floats) -> dict[str, int]:
    known = number[np.isfinite(number)]
    edges = np.unique(np.quantile(known, np.arange(1, STEPS) / STEPS, method="lower"))
    return {f"{name}>{edge:.9g}": int((known > edge).sum()) for edge in edges}


def _words(cell: Any) -> frozenset[str]:
    if isinstance(cell, list | tuple | set | frozenset | np.ndarray):
        return frozenset(str(word).strip().casefold() for word in cell if str(word).strip())
    if isinstance(cell, str):
        return frozenset([cell.strip().casefold()]) - {""}
    if isinstance(cell, bool | np.bool_):
        return frozenset([str(bool(cell)).casefold()])
    return frozenset()


def _split(word: str) -> tuple[str, str, str]:
    """Return (column, sign, meaning); columns hold neither sign."""
    for place, letter in enumerate(word):
        if letter in "=>":
            return word[:place], letter, word[place + 1 :]
    return word, "=", ""
