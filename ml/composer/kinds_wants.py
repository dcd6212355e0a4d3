"""Says what boxes that share a few bundles want, in whole numbers, and keeps prices on the move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.composer.problem import Problem

STEPS = 2**20  # scores become whole numbers, so that every sum is exact on every machine
BARRED = -(2.0**44)
ROWS_AT_ONCE = 2048
NOBODY = -1


@dataclass(frozen=True, eq=False)
class Wants:
    """What counts for N boxes and M items: `worth` (N, M) whole numbers as floats, BARRED where
    excluded; `slots` (N,); `stock` (M,); the `seed` and the unit of the numbers, `step`."""

    worth: Floats
    slots: Ints
    stock: Ints
    seed: int
    step: float


@dataclass(eq=False)
class Climb:
    """Prices that climb or fall by steps of their own (Rprop, Riedmiller and Braun 1993)."""

    prices: Floats
    step: Floats
    before: Floats

    def move(self, over: Floats) -> None:
        """Raise the prices of what is oversold, lower the others."""
        pull = np.sign(over)
        turn = pull * self.before
        step = np.where(turn > 0, self.step * 1.25, np.where(turn < 0, self.step / 2, self.step))
        self.step = np.rint(np.clip(step, 1.0, STEPS / 4.0))
        self.prices = np.maximum(self.prices + pull * self.step, 0.0)
        self.before = pull


def wants_of(problem: Problem) -> Wants:
    """Return the wants of all boxes; items without stock are barred."""
    scores = np.asarray(problem.scores[:], dtype=np.float64)
    allowed = np.asarray(problem.allowed[:])
    step = float(np.abs(np.where(allowed, scores, 0.0)).max(initial=0.0)) / STEPS or 1.0
    worth = np.where(allowed & (problem.stock > 0), np.rint(scores / step), BARRED)
    return Wants(worth, problem.slots, problem.stock, problem.seed, step)


def oversold(wants: Wants, bundles: Bools, of_box: Ints) -> Floats:
    """Return (M,) how many units more than the stock the bundles of all boxes need."""
    many = np.bincount(of_box[of_box >= 0], minlength=len(bundles))
    return np.asarray(many @ bundles.astype(np.float64) - wants.stock)


def gains_of(wants: Wants, bundles: Bools, prices: Floats, rows: Ints) -> Floats:
    """Return (rows, K): worth less prices of each bundle, BARRED where it may not be had."""
    packed = bundles.astype(np.float64).T
    gain = wants.worth[rows] @ packed
    fits = (gain > BARRED / 2) & (wants.slots[rows][:, None] == bundles.sum(axis=1))
    return np.where(fits, gain - prices @ packed, BARRED)


def chunks(rows: Ints) -> list[Ints]:
    """Return some thousands of boxes at once."""
    return [rows[start : start + ROWS_AT_ONCE] for start in range(0, len(rows), ROWS_AT_ONCE)]
