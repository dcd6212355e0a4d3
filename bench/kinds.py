"""Draws what few different boxes cost: the share of free choice that at most K bundles keep.

    python -m bench.kinds [--boxes 20000] [--skus 60] [--seed 0] [--write]

Boxes of six different items, six exclusion tags and two bans each, stock 5 % above what is needed.
The last line is one JSON object. `--write` appends the table to docs/benchmarks/rich.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict

import numpy as np

from bench.rich import PAGE
from ml.composer.compose import compose
from ml.composer.kinds import kinds_curve
from ml.composer.problem import Problem

KINDS = (100, 300, 1000, 3000)


def six_of(boxes: int, skus: int, seed: int, steep: bool) -> Problem:
    """Return boxes of six. Scores lie between 0 and 1, or, `steep`, are likings with everything
    below the average worth next to nothing, which bundles serve worse."""
    rng = np.random.default_rng(seed)
    taste = rng.normal(size=(boxes, 16)) @ rng.normal(size=(16, skus)) / 4
    taste += rng.normal(size=(boxes, skus)) * 0.3
    popularity = np.sort(rng.gumbel(size=skus))[::-1]
    popularity = (popularity - popularity.mean()) / popularity.std()
    liking = taste + 0.7 * popularity
    scores = np.maximum(liking, 0.0) + 0.01 if steep else 1 / (1 + np.exp(-liking))
    tagged, avoids = rng.random((6, skus)) < 0.12, rng.random((boxes, 6)) < 0.15
    allowed = ~((avoids.astype(int) @ tagged.astype(int)) > 0)
    for _ in range(2):
        allowed[np.arange(boxes), rng.integers(0, skus, boxes)] = False
    slots = np.full(boxes, 6)
    weight = np.exp(popularity * 0.5)
    stock = np.ceil(weight / weight.sum() * slots.sum() * 1.05).astype(np.int64)
    return Problem(scores, allowed, slots, stock, np.ones(boxes, int), slots)


def main(arguments: list[str] | None = None) -> None:
    """Read the switches, run, print."""
    parser = argparse.ArgumentParser(description="The value of few kinds of box.")
    parser.add_argument("--boxes", type=int, default=20_000)
    parser.add_argument("--skus", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args(arguments)
    lines = ["| scores | at most | packed | share of free choice | without a box | CPU s |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    found = []
    for name, steep in (("even", False), ("steep", True)):
        problem = six_of(asked.boxes, asked.skus, asked.seed, steep)
        free = compose(problem)
        for most in KINDS:
            started = time.process_time()
            (point,) = kinds_curve(problem, free, (most,))
            seconds = time.process_time() - started
            found.append({"scores": name, "cpu_seconds": round(seconds, 2), **asdict(point)})
            lines.append(
                f"| {name} | {most} | {point.used} | {point.share:.2%} | {point.unserved} "
                f"| {seconds:.1f} |"
            )
    drawn = "\n".join(lines)
    if asked.write:
        title = f"## Few kinds of box, {asked.boxes} boxes x {asked.skus} SKUs"
        command = f"python -m bench.kinds --boxes {asked.boxes} --skus {asked.skus} --write"
        with PAGE.open("a", encoding="utf-8") as page:
            page.write(f"\n{title}\n\n`{command}`\n\n{drawn}\n")
    sys.stdout.write(f"{drawn}\n{json.dumps({'product': found})}\n")


if __name__ == "__main__":
    main()
