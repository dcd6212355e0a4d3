"""Units in boxes, kept as lines: as many as there are, not as many as there could be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ml.arrays import Ints

Units = npt.NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Plan:
    """Lines of boxes: `units` (L,) >= 1 of `item` (L,) in `box` (L,), one line per pair, sorted by
    box, then item; `shape` says how many boxes and items there are."""

    shape: tuple[int, int]
    box: Ints
    item: Ints
    units: Ints

    @cached_property
    def first(self) -> Ints:
        """Where the lines of each box begin, (N + 1,)."""
        return np.searchsorted(self.box, np.arange(self.shape[0] + 1))

    @cached_property
    def in_box(self) -> Ints:
        """Units in each box, (N,)."""
        return _added(self.box, self.units, self.shape[0])

    @cached_property
    def kinds_in_box(self) -> Ints:
        """Different items in each box, (N,)."""
        return np.bincount(self.box, minlength=self.shape[0])

    @cached_property
    def of_item(self) -> Ints:
        """Units of each item, (M,)."""
        return _added(self.item, self.units, self.shape[1])

    def rows(self, rows: slice | Ints) -> Plan:
        """Return some boxes alone, numbered from 0."""
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(self.shape[0])
            lines = slice(self.first[start], self.first[max(start, stop)])
            box = self.box[lines] - start
            return Plan(
                (max(stop - start, 0), self.shape[1]), box, self.item[lines], self.units[lines]
            )
        many = self.first[rows + 1] - self.first[rows]
        box = np.repeat(np.arange(len(rows)), many)
        skipped = np.repeat(np.cumsum(many) - many, many)
        at = np.repeat(self.first[rows], many) + np.arange(len(box)) - skipped
        return Plan((len(rows), self.shape[1]), box, self.item[at], self.units[at])

    def dense(self, rows: slice | Ints = slice(None)) -> Units:
        """Return some boxes as a table of units, (rows, M) int16."""
        part = self.rows(rows)
        table = np.zeros(part.shape, np.int16)
        table[part.box, part.item] = part.units
        return table


def no_lines(shape: tuple[int, int]) -> Plan:
    """Return boxes with nothing in them."""
    nothing = np.zeros(0, np.int64)
    return Plan(shape, nothing, nothing, nothing)


def lines_of(table: npt.ArrayLike) -> Plan:
    """Return the lines of a dense (N, M) table of units."""
    dense = np.asarray(table)
    box, item = np.nonzero(dense)
    return Plan(
        (int(dense.shape[0]), int(dense.shape[1])), box, item, dense[box, item].astype(np.int64)
    )


def gathered(shape: tuple[int, int], box: Ints, item: Ints, units: Ints | None = None) -> Plan:
    """Return lines from units in any order; what stands twice is added up."""
    width = max(shape[1], 1)
    key = box * width + item
    if units is None:
        key, total = np.unique(key, return_counts=True)
    else:
        key, place = np.unique(key, return_inverse=True)
        total = _added(place, units, len(key))
    return Plan(shape, key // width, key % width, total.astype(np.int64))


def together(one: Plan, other: Plan) -> Plan:
    """Return the units of both plans."""
    if not len(one.box) or not len(other.box):
        return one if len(one.box) else other
    return gathered(
        one.shape,
        np.concatenate([one.box, other.box]),
        np.concatenate([one.item, other.item]),
        np.concatenate([one.units, other.units]),
    )


def _added(place: Ints, units: Ints, size: int) -> Ints:
    # Sums of whole numbers this small are exact in float64.
    return np.bincount(place, weights=units, minlength=size).astype(np.int64)
