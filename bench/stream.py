"""Composes from factors alone: scores are made block by block and never stand in memory.

    python -m bench.stream --boxes 1000000 --skus 200

The mask is packed, one bit a pair. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys

import numpy as np
import numpy.typing as npt

from bench.meter import Meter
from ml.composer.certificate import certified
from ml.composer.compose import allocate
from ml.composer.problem import Problem
from ml.composer.tables import PackedMask, blocks_of

RANK = 16
ALLOWED_SHARE = 0.85

Singles = npt.NDArray[np.float32]


class Factors:
    """Scores from 0 to 1: people times coffees, made when they are asked for."""

    largest = 1.0

    def __init__(self, boxes: int, skus: int, seed: int) -> None:
        """Draw both sides."""
        rng = np.random.default_rng([seed, boxes, skus])
        self.shape = (boxes, skus)
        self._people = rng.standard_normal((boxes, RANK), dtype=np.float32)
        self._coffees = rng.standard_normal((RANK, skus), dtype=np.float32) * np.float32(0.25)
        self._popular = rng.gumbel(size=skus).astype(np.float32) * np.float32(0.6)

    def rows(self, start: int, stop: int) -> Singles:
        """Return the scores of some boxes in a row."""
        return self.pick(slice(start, stop))

    def pick(self, rows: slice | npt.NDArray[np.int64]) -> Singles:
        """Return the scores of single boxes."""
        liking = self._people[rows] @ self._coffees + self._popular
        scores: Singles = np.float32(1) / (np.float32(1) + np.exp(-liking))
        return scores


def packed_mask(boxes: int, skus: int, seed: int) -> PackedMask:
    """Draw who may have what, some thousands of boxes at once."""
    rng = np.random.default_rng([seed, 1])
    bits = np.zeros((boxes, -(-skus // 8)), np.uint8)
    for rows in blocks_of(boxes):
        drawn = rng.random((rows.stop - rows.start, skus), dtype=np.float32)
        bits[rows] = np.packbits(drawn < ALLOWED_SHARE, axis=1)
    return PackedMask(bits, skus)


def main() -> int:
    """Compose, prove and say what it cost."""
    parser = argparse.ArgumentParser(prog="python -m bench.stream", description=__doc__)
    parser.add_argument("--boxes", type=int, default=1_000_000)
    parser.add_argument("--skus", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    meter = Meter()
    boxes, skus = asked.boxes, asked.skus
    factors, mask = Factors(boxes, skus, asked.seed), packed_mask(boxes, skus, asked.seed)
    slots = np.random.default_rng(asked.seed).integers(4, 9, boxes)
    stock = np.full(skus, -(-int(slots.sum()) * 102 // (100 * skus)))
    with meter.phase("cpu_seconds"):
        problem = Problem(factors, mask, slots, stock, np.ones(boxes, np.int64), slots)
        made = allocate(problem)
    with meter.phase("certificate_cpu_seconds"):
        solution = certified(problem, made.task, made.plan, made.prices, made.method)
    answer = meter.seconds | {
        "boxes": boxes,
        "skus": skus,
        "share_of_bound": solution.value / solution.bound,
        "oversold": int(np.maximum(made.plan.of_item - stock, 0).sum()),
        "unfilled": int(solution.short.sum()),
        "peak_gib": meter.risen_gib(),
        "whole_table_gib": round(boxes * skus * 4 / 2**30, 3),
    }
    print(json.dumps(answer))
    return 1 if answer["oversold"] else 0


if __name__ == "__main__":
    sys.exit(main())
