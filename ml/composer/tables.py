"""Tables of boxes by items that need not stand in memory as a whole: arrays, packed masks, streams.

Wherever the composer reads a table it asks for some rows or some cells, so that an array and a
stream of blocks serve alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ml.arrays import Bools, Ints

ROWS_AT_ONCE = 8192

Block = npt.NDArray[Any]


class BadProblem(ValueError):
    """The batch cannot be composed as described; the message names the first thing wrong."""


class Source(Protocol):
    """Anything that can make the rows `start` to `stop` of its table again and again, always the
    same: (stop - start, M) float32 or float64 for scores, bool for a mask.

    It may also have `pick(rows)`, which makes single rows faster than whole blocks of them, and
    `largest`, a number that no score exceeds in size, which saves a pass over all of them.
    """

    @property
    def shape(self) -> tuple[int, int]:
        """Boxes and items."""

    def rows(self, start: int, stop: int) -> Block:
        """Return the rows from `start` up to `stop`."""


@dataclass(frozen=True, eq=False)
class Streamed:
    """A table that is made block by block; it is indexed like an array, by rows or by cells.

    Raises BadProblem where a block has another shape than was promised, or is not finite.
    """

    source: Source
    kind: str

    @property
    def shape(self) -> tuple[int, int]:
        """Boxes and items."""
        boxes, items = self.source.shape
        return int(boxes), int(items)

    @property
    def largest(self) -> float | None:
        """What no score exceeds in size, if the source says so."""
        largest = getattr(self.source, "largest", None)
        return None if largest is None else float(largest)

    def __getitem__(self, key: Any) -> Block:
        """Return some rows (a slice or positions), or single cells (a pair of positions)."""
        if isinstance(key, slice):
            start, stop, _ = key.indices(self.shape[0])
            return self._block(start, max(start, stop))
        if isinstance(key, tuple):
            box, item = np.broadcast_arrays(*key)
            return self._gathered(box, lambda block, row, at: block[row, item[at]], ())
        pick = getattr(self.source, "pick", None)
        rows = np.asarray(key)
        if pick is not None:
            return self._sound(np.asarray(pick(rows)), len(rows))
        return self._gathered(rows, lambda block, row, _: block[row], self.shape[1:])

    def _block(self, start: int, stop: int) -> Block:
        return self._sound(np.asarray(self.source.rows(start, stop)), stop - start)

    def _sound(self, block: Block, rows: int) -> Block:
        if block.shape != (rows, self.shape[1]):
            raise BadProblem(f"{self.kind}: a block of shape {block.shape} instead of {rows} rows")
        if self.kind == "allowed" and block.dtype != np.bool_:
            raise BadProblem(f"allowed: true or false is needed, not {block.dtype}")
        if self.kind == "scores" and not np.isfinite(block).all():
            raise BadProblem("scores: every score must be a finite number")
        return block

    def _gathered(
        self, box: Ints, take: Callable[[Block, Ints, Any], Block], tail: tuple[int, ...]
    ) -> Block:
        """Put the asked cells together from every window of rows that holds any of them."""
        window = box // ROWS_AT_ONCE
        found: Block | None = None
        for number in np.unique(window):
            at = np.nonzero(window == number)
            start = int(number) * ROWS_AT_ONCE
            block = self._block(start, min(start + ROWS_AT_ONCE, self.shape[0]))
            part = take(block, box[at] - start, at)
            if found is None:
                found = np.zeros(box.shape + tail, part.dtype)
            found[at] = part
        return np.zeros(box.shape + tail) if found is None else found


@dataclass(frozen=True, eq=False)
class PackedMask:
    """A mask at one bit a pair: `bits` (N, ceil(M / 8)) uint8 as `numpy.packbits(mask, axis=1)`
    makes them."""

    bits: npt.NDArray[np.uint8]
    items: int

    @property
    def shape(self) -> tuple[int, int]:
        """Boxes and items."""
        return len(self.bits), self.items

    def rows(self, start: int, stop: int) -> Bools:
        """Return the rows from `start` up to `stop`."""
        return self.pick(slice(start, stop))

    def pick(self, rows: slice | Ints) -> Bools:
        """Return single rows."""
        return np.unpackbits(self.bits[rows], axis=1, count=self.items).view(np.bool_)


ScoreTable = npt.NDArray[Any] | Streamed
Mask = Bools | Streamed


def blocks_of(boxes: int, size: int = ROWS_AT_ONCE) -> Iterator[slice]:
    """Walk over all rows, some thousands at once."""
    for start in range(0, boxes, size):
        yield slice(start, min(start + size, boxes))


def score_table(scores: Any) -> ScoreTable:
    """Return scores as they are if they are float32 or float64, a stream as a stream, anything
    else as float64."""
    if isinstance(scores, Streamed):
        return scores
    if hasattr(scores, "rows"):
        return Streamed(scores, "scores")
    try:
        table = np.asarray(scores)
        table = table if table.dtype in (np.float32, np.float64) else table.astype(np.float64)
    except (TypeError, ValueError) as reason:
        raise BadProblem(f"scores: not numbers ({reason})") from reason
    if table.ndim != 2:
        raise BadProblem(
            f"scores: a table of boxes by items is needed, not {table.ndim} dimensions"
        )
    if not all(np.isfinite(table[rows]).all() for rows in blocks_of(len(table))):
        raise BadProblem("scores: every score must be a finite number")
    return table


def mask_table(allowed: Any, shape: tuple[int, ...]) -> Mask:
    """Return a mask as it is, a stream as a stream."""
    if hasattr(allowed, "rows"):
        allowed = Streamed(allowed, "allowed")
    mask = allowed if isinstance(allowed, Streamed) else np.asarray(allowed)
    if not isinstance(mask, Streamed) and mask.dtype != np.bool_:
        raise BadProblem(f"allowed: true or false is needed, not {mask.dtype}")
    if mask.shape != shape:
        raise BadProblem(f"allowed: shape {mask.shape} instead of {shape}")
    return mask
