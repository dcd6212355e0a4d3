"""Composes one batch in shards and as one, and prints how much the shards give away.

    python -m bench.shards [--boxes 200000] [--skus 200] [--kind scarce] [--shards 4 20 100]

One shard of each is composed twice, as if its worker had been lost; the bytes must be the same. The
last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np

from bench.fair import month_of, people_of
from ml.composer.check import violations
from ml.composer.compose import compose
from ml.composer.problem import Problem, Solution
from ml.composer.shards import (
    compose_shard,
    demand_at,
    merged,
    part_of,
    pooled,
    prices_for,
    quotas,
    shard_numbers,
)

Row = dict[str, float | int | bool]


def in_shards(problem: Problem, shards: int, best_bound: float) -> Row:
    """Return the figures of one way of splitting."""
    started = time.process_time()
    number = shard_numbers(problem.seed, problem.boxes, shards)
    rows = [np.flatnonzero(number == shard) for shard in range(shards)]
    prices = prices_for(problem)
    priced = time.process_time()
    parts = [part_of(problem, own, problem.stock) for own in rows]
    demand = np.stack([demand_at(part, prices) for part in parts])
    quota = quotas(problem.stock, demand, np.array([part.slots.sum() for part in parts]))
    split = time.process_time()
    shares, slowest = [], 0.0
    for at in range(shards):
        parts[at] = part_of(problem, rows[at], quota[at])
        before = time.process_time()
        shares.append(compose_shard(parts[at], prices))
        slowest = max(slowest, time.process_time() - before)
    lost = shards // 2
    again = compose_shard(parts[lost], prices).solution
    shares = pooled(parts, shares, problem.stock, prices)
    found = merged(problem, rows, shares, prices)
    return {
        "shards": shards,
        "share_of_bound": found.value / found.bound,
        "share_of_best_bound": found.value / best_bound,
        "violations": len(violations(problem, found)),
        "unfilled": int(found.short.sum()),
        "replayed_same_bytes": _same(again, compose_shard(parts[lost], prices).solution),
        "prices_cpu_seconds": round(priced - started, 2),
        "split_cpu_seconds": round(split - priced, 2),
        "slowest_shard_cpu_seconds": round(slowest, 2),
    }


def _same(one: Solution, other: Solution) -> bool:
    names = ("box", "item", "units", "short", "prices")
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in names)


def main() -> None:
    """Compose and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--boxes", type=int, default=200_000)
    asked.add_argument("--skus", type=int, default=200)
    asked.add_argument("--kind", choices=("std", "scarce"), default="scarce")
    asked.add_argument("--shards", type=int, nargs="*", default=[4, 20, 100])
    asked.add_argument("--seed", type=int, default=1)
    wished = asked.parse_args()
    people = people_of(wished.boxes, wished.skus, wished.seed)
    problem = month_of(people, np.zeros(people.taste.shape, bool), wished.seed, wished.kind)
    started = time.process_time()
    whole = compose(problem)
    seconds = round(time.process_time() - started, 2)
    facts = {"boxes": wished.boxes, "skus": wished.skus, "kind": wished.kind}
    best = {"share_of_bound": whole.value / whole.bound, "cpu_seconds": seconds}
    told = []
    for shards in wished.shards:
        told.append(in_shards(problem, shards, whole.bound))
        sys.stdout.write(" ".join(f"{name}={value}" for name, value in told[-1].items()) + "\n")
        sys.stdout.flush()
    sys.stdout.write(json.dumps({**facts, "one_process": best, "in_shards": told}) + "\n")


if __name__ == "__main__":
    main()
