"""Turns scores into whole numbers in which no two answers are equal, so that every machine breaks a
tie alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.arrays import Floats, Ints
from ml.composer.problem import Problem
from ml.composer.tables import Streamed, blocks_of

SCORE_STEPS = 2**23  # a score is told apart from another down to 1 / 2**23 of the largest one
TIE_STEPS = 256  # below that, a draw decides
LARGEST = SCORE_STEPS * TIE_STEPS

_WORD = np.uint64
_GOLDEN = _WORD(0x9E3779B97F4A7C15)
_FIRST = _WORD(0xBF58476D1CE4E5B9)
_SECOND = _WORD(0x94D049BB133111EB)


def draw(seed: int, box: npt.ArrayLike, item: npt.ArrayLike) -> npt.NDArray[np.uint64]:
    """Return 64 evenly spread bits for every (box, item), a function of the seed and the two
    positions alone.

    Method: the finaliser of SplitMix64 (Steele, Lea and Flood 2014), applied once per coordinate.
    """
    with np.errstate(over="ignore"):
        state = _mix(np.asarray(box, dtype=_WORD) * _GOLDEN + _mix(np.asarray([seed], dtype=_WORD)))
        return _mix(state + (np.asarray(item, dtype=_WORD) + _WORD(1)) * _GOLDEN)


def _mix(word: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    word = (word ^ (word >> _WORD(30))) * _FIRST
    word = (word ^ (word >> _WORD(27))) * _SECOND
    return word ^ (word >> _WORD(31))


@dataclass(frozen=True)
class Worth:
    """What one unit is worth, in whole numbers: `scale` stands for LARGEST."""

    scale: float
    seed: int
    repeat_values: tuple[float, ...]

    def of(self, scores: Floats, box: Any, item: Any, unit: Any) -> Ints:
        """Return the worth of the `unit`-th unit (1 = first), shapes broadcast; a later unit is
        always worth less."""
        steps = (
            np.rint(np.clip(scores, -self.scale, self.scale) / self.scale * SCORE_STEPS).astype(
                np.int64
            )
            * TIE_STEPS
        )
        steps += (draw(self.seed, box, item) >> _WORD(56)).astype(np.int64)
        order = np.asarray(unit, dtype=np.int64) - 1
        lost = 1.0 - np.asarray(self.repeat_values)[np.minimum(order, len(self.repeat_values) - 1)]
        return np.asarray(steps - np.rint(lost * np.abs(steps)).astype(np.int64) - order)


def worth_of(problem: Problem, weights: Floats | None = None) -> Worth:
    """Return the yardstick for one problem: its largest allowed score, weighted, fills the scale.

    One pass over scores and mask, block by block, unless a stream says what its `largest` is.
    """
    largest = problem.scores.largest if isinstance(problem.scores, Streamed) else None
    if largest is None:
        largest = _largest(problem, weights)
    elif weights is not None:
        largest *= float(weights.max(initial=0.0))
    return Worth(largest or 1.0, problem.seed, problem.repeat_values)


def _largest(problem: Problem, weights: Floats | None) -> float:
    largest = 0.0
    for rows in blocks_of(problem.boxes if problem.items else 0):
        allowed = problem.scores[rows] * problem.allowed[rows]
        most = np.maximum(allowed.max(axis=1), -allowed.min(axis=1)).astype(np.float64)
        largest = max(largest, float((most if weights is None else most * weights[rows]).max()))
    return largest


def unit_values(scores: Floats, unit: int, repeat_values: tuple[float, ...]) -> Floats:
    """Return the exact worth of the `unit`-th unit of each score, in the unit of the scores."""
    value = repeat_values[min(unit, len(repeat_values)) - 1]
    return np.asarray(scores - (1.0 - value) * np.abs(scores)) if value < 1.0 else scores
