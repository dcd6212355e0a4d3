"""Plays scarce months for the same people, shared out in several ways, and prints who fares how.

    python -m bench.fair [--boxes 4000] [--skus 80] [--cycles 12] [--seed 1]

Every month the stock is split evenly over coffees of very uneven popularity, and nobody gets what
was in the last box. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.composer.compose import compose
from ml.composer.fair import Fairness, compose_fair, credit_of
from ml.composer.ideal import Ideal, ideal_of, satisfaction_of
from ml.composer.problem import Problem

TAGS = 6
WORST = 0.05


@dataclass(frozen=True, eq=False)
class People:
    """Who is served in every cycle: (N, M) taste and exclusions, (N,) slots, (M,) popularity."""

    taste: Floats
    allowed: Bools
    slots: Ints
    popularity: Floats


@dataclass(frozen=True, eq=False)
class Served:
    """What one way of sharing out gave in one cycle: (N, M) units and, if known, the bound."""

    units: Ints
    bound: float | None = None


@dataclass(eq=False)
class Story:
    """What happened to everybody so far: satisfactions and values per cycle, empty slots."""

    satisfaction: list[Floats] = field(default_factory=list)
    value: float = 0.0
    bound: float = 0.0
    empty: int = 0
    seconds: float = 0.0


Policy = Callable[[Problem, Ideal, Story, int], Served]


def people_of(boxes: int, skus: int, seed: int) -> People:
    """Return people with rank-16 taste, uneven popularity, exclusions by tag and two bans each."""
    rng = np.random.default_rng(seed)
    taste = rng.normal(size=(boxes, 16)) @ rng.normal(size=(16, skus)) / 4
    taste += rng.normal(size=(boxes, skus)) * 0.3
    popularity = np.sort(rng.gumbel(size=skus))[::-1]
    popularity = (popularity - popularity.mean()) / popularity.std()
    tagged = rng.random((TAGS, skus)) < 0.12
    avoids = rng.random((boxes, TAGS)) < 0.15
    allowed = ~((avoids.astype(int) @ tagged.astype(int)) > 0)
    for _ in range(2):
        allowed[np.arange(boxes), rng.integers(0, skus, boxes)] = False
    return People(taste, allowed, rng.integers(4, 9, boxes), popularity)


def month_of(people: People, last: Bools, cycle: int, kind: str = "scarce") -> Problem:
    """Return one month's batch: tastes waver a little, what was in the last box is ruled out."""
    rng = np.random.default_rng([cycle, 7])
    boxes, skus = people.taste.shape
    wish = (
        1.3 * (people.taste + rng.normal(size=(boxes, skus)) * 0.2) + 0.8 * people.popularity - 0.5
    )
    weight = np.ones(skus) if kind == "scarce" else np.exp(people.popularity / 2)
    spare = 1.02 if kind == "scarce" else 1.05
    stock = np.ceil(weight / weight.sum() * people.slots.sum() * spare).astype(np.int64)
    return Problem(
        scores=1 / (1 + np.exp(-wish)),
        allowed=people.allowed & ~last,
        slots=people.slots,
        stock=stock,
        max_per_item=np.ones(boxes, np.int64),
        min_distinct=people.slots,
        seed=cycle,
    )


def in_order(problem: Problem, _ideal: Ideal, _story: Story, _cycle: int) -> Served:
    """Serve people in the order in which they signed up."""
    return Served(_one_by_one(problem, np.arange(problem.boxes)))


def in_random_order(problem: Problem, _ideal: Ideal, _story: Story, cycle: int) -> Served:
    """Serve people in an order drawn anew for each month."""
    return Served(
        _one_by_one(problem, np.random.default_rng([cycle, 11]).permutation(problem.boxes))
    )


def by_draft(problem: Problem, _ideal: Ideal, _story: Story, _cycle: int) -> Served:
    """Let people pick one unit each in turn, there and back again."""
    wish = np.argsort(-_open_scores(problem), axis=1, kind="stable")
    many = problem.allowed.sum(axis=1)
    place = np.zeros(problem.boxes, np.int64)
    left, units = problem.stock.copy(), np.zeros(wish.shape, np.int64)
    order = np.arange(problem.boxes)
    for turn in range(int(problem.slots.max(initial=0))):
        for box in order if turn % 2 == 0 else order[::-1]:
            if turn >= problem.slots[box]:
                continue
            while place[box] < many[box] and left[wish[box, place[box]]] == 0:
                place[box] += 1
            if place[box] < many[box]:
                item = wish[box, place[box]]
                units[box, item], left[item] = 1, left[item] - 1
                place[box] += 1
    return Served(units)


def by_prices(problem: Problem, _ideal: Ideal, _story: Story, _cycle: int) -> Served:
    """Give the most value to all together, whoever gets it."""
    found = compose(problem)
    return Served(_table(problem, found.box, found.item, found.units), found.bound)


def fairly(floor: bool, credit: bool) -> Policy:
    """Return the composer with a floor, with credit from past boxes, or with both."""

    def serve(problem: Problem, ideal: Ideal, story: Story, _cycle: int) -> Served:
        past = np.array(story.satisfaction[::-1]).reshape(-1, problem.boxes).T
        asked = Fairness(
            credit=credit_of(past) if credit else None, **({} if floor else {"floor": 0.0})
        )
        found = compose_fair(problem, asked, ideal=ideal).solution
        return Served(_table(problem, found.box, found.item, found.units), found.bound)

    return serve


# The one that all others are compared with comes first.
POLICIES: dict[str, Policy] = {
    "price": by_prices,
    "order": in_order,
    "random_order": in_random_order,
    "draft": by_draft,
    "price_floor": fairly(floor=True, credit=False),
    "price_credit": fairly(floor=False, credit=True),
    "price_floor_credit": fairly(floor=True, credit=True),
}


def play(people: People, policy: Policy, cycles: int) -> Story:
    """Return what a way of sharing out does to everybody over some cycles."""
    story, last = Story(), np.zeros(people.taste.shape, bool)
    for cycle in range(cycles):
        problem = month_of(people, last, cycle)
        ideal = ideal_of(problem)
        started = time.process_time()
        served = policy(problem, ideal, story, cycle)
        story.seconds += time.process_time() - started
        value = (served.units * problem.scores).sum(axis=1)
        story.satisfaction.append(satisfaction_of(value, ideal.value))
        story.value += float(value.sum())
        story.bound += served.bound or float("nan")
        story.empty += int((problem.slots - served.units.sum(axis=1)).sum())
        last = served.units > 0
    return story


def summary(story: Story) -> dict[str, float | None]:
    """Return the figures of one story; its share of the bound is None where none is known."""
    seen = np.array(story.satisfaction)
    mean = seen.mean(axis=0)
    worst = seen <= np.quantile(seen, WORST, axis=1)[:, None]
    often = worst.sum(axis=0) >= len(seen) / 2
    return {
        "share_of_bound": None if np.isnan(story.bound) else story.value / story.bound,
        "value": story.value,
        "mean_min": float(mean.min()),
        "mean_p5": float(np.quantile(mean, 0.05)),
        "box_min": float(seen.min()),
        "often_worst": float(often.mean()),
        "longest_run": int(max(map(_longest_run, worst.T))),
        "empty": story.empty,
        "cpu_seconds": round(story.seconds, 2),
    }


def main() -> None:
    """Play and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--boxes", type=int, default=4000)
    asked.add_argument("--skus", type=int, default=80)
    asked.add_argument("--cycles", type=int, default=12)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", nargs="*", choices=POLICIES, default=list(POLICIES))
    wished = asked.parse_args()
    people = people_of(wished.boxes, wished.skus, wished.seed)
    told: dict[str, dict[str, float | None]] = {}
    best = 0.0
    for name in ["price", *(each for each in wished.only if each != "price")]:
        story = play(people, POLICIES[name], wished.cycles)
        best = best or story.value
        told[name] = {**summary(story), "value_given_up": 1 - story.value / best}
        _print_row(name, told[name])
    facts = {
        "boxes": wished.boxes,
        "skus": wished.skus,
        "cycles": wished.cycles,
        "seed": wished.seed,
    }
    sys.stdout.write(json.dumps({**facts, "policies": told}) + "\n")


def _print_row(name: str, row: dict[str, float | None]) -> None:
    sys.stdout.write(
        f"{name:20} given up {row['value_given_up']:8.4%}  mean of boxes: min {row['mean_min']:.3f}"
        f" p5 {row['mean_p5']:.3f}  often worst {row['often_worst']:.3%}"
        f"  run {row['longest_run']:2}  empty {row['empty']:5}  cpu {row['cpu_seconds']}\n"
    )
    sys.stdout.flush()


def _open_scores(problem: Problem) -> Floats:
    return np.where(problem.allowed, problem.scores, -np.inf)


def _one_by_one(problem: Problem, order: Ints) -> Ints:
    wish = np.argsort(-_open_scores(problem), axis=1, kind="stable")
    left, units = problem.stock.copy(), np.zeros(wish.shape, np.int64)
    for box in order:
        ranked = wish[box]
        ranked = ranked[(left[ranked] > 0) & problem.allowed[box, ranked]][: problem.slots[box]]
        units[box, ranked] = 1
        left[ranked] -= 1
    return units


def _table(problem: Problem, box: Ints, item: Ints, units: Ints) -> Ints:
    table = np.zeros((problem.boxes, problem.items), np.int64)
    table[box, item] = units
    return table


def _longest_run(worst: Bools) -> int:
    best = run = 0
    for each in worst:
        run = run + 1 if each else 0
        best = max(best, run)
    return best


if __name__ == "__main__":
    main()
