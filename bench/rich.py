"""Composes rich boxes and prints how close to the bound they come, what they cost, and every rule
broken.

    python -m bench.rich [--boxes 10000] [--skus 200] [--seed 0] [--vs greedy] [--vs mip] [--json]

Boxes hold 4 to 8 units, up to 3 of a kind at 1 / .7 / .5 of the value, at most 3 of a roaster,
below a cost ceiling that binds in about half of them; 3 % of the units are pinned. The last line is
one JSON object. `--write` appends the table to docs/benchmarks/rich.md.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.rich_market import rich_market
from ml.composer.check import violations
from ml.composer.compose import compose
from ml.composer.problem import Problem, Solution
from ml.composer.rich import solution_of
from ml.composer.rich_exact import Answer, Limits, improved
from ml.composer.rich_prices import Asked
from ml.composer.rich_task import rich_task_of
from ml.composer.rich_wish import choose, pool_of
from ml.composer.worth import LARGEST

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "rich.md"
RULES = ("oversold", "excluded", "too_many_of_one", "over_band", "over_group", "pin_missing")
EXACT = Limits(nodes=100_000, gap=1e-4)

Way = Callable[[Problem], Solution]


def product(problem: Problem) -> Solution:
    """Compose as the product does."""
    return compose(problem)


def mip(problem: Problem) -> Solution:
    """Solve one integer program for the whole batch with HiGHS, to 0.01 %; for small batches."""
    task = rich_task_of(problem)
    answer = improved(task, task.pins, EXACT)
    return _certified(problem, replace(answer, most=np.inf))


def greedy(problem: Problem) -> Solution:
    """Fill one box after the other, each with its best units that still fit."""
    task = rich_task_of(problem)
    units, left = task.pins.copy(), task.stock.copy()
    room, repeats = task.room.copy(), task.repeats.copy()
    purse = task.most.copy()
    shares = np.array(problem.repeat_values)
    for box in range(problem.boxes):
        for _ in range(int(task.slots[box])):
            held = units[box].astype(int)
            worth = task.scores[box] * shares[np.minimum(held, len(shares) - 1)]
            fits = task.allowed[box] & (left > 0) & (held < task.cap[box])
            fits &= (held == 0) | (repeats[box] > 0)
            fits &= room[box, task.group] > 0
            fits &= (task.amount <= purse[:, box][:, None]).all(axis=0)
            if not fits.any():
                break
            item = int(np.argmax(np.where(fits, worth, -np.inf)))
            repeats[box] -= held[item] > 0
            units[box, item] += 1
            left[item] -= 1
            room[box, task.group[item]] -= 1
            purse[:, box] -= task.amount[:, item]
    return _certified(problem, Answer(units, "greedy", np.inf))


def _certified(problem: Problem, answer: Answer) -> Solution:
    task = rich_task_of(problem)
    asked = Asked(np.zeros(problem.items, np.int64), np.zeros((1, problem.boxes), np.int64))
    return solution_of(problem, task, answer, asked)


def binding(problem: Problem, solution: Solution) -> float:
    """Return the share of boxes whose free choice at the prices would pass the cost ceiling."""
    task = rich_task_of(problem)
    prices = np.rint(solution.prices / task.worth.scale * LARGEST).astype(np.int64)
    over = 0
    for start in range(0, problem.boxes, 2000):
        rows = np.arange(start, min(start + 2000, problem.boxes))
        pool = pool_of(task, rows, np.tile(np.arange(problem.items), (len(rows), 1)), shaken=False)
        wish = choose(task, pool, prices, np.zeros((1, len(rows)), np.int64))
        over += int((wish.sums > task.most[:, rows]).any(axis=0).sum())
    return over / max(problem.boxes, 1)


def measured(way: Way, problem: Problem, bound: float | None) -> tuple[dict[str, object], Solution]:
    """Return what one way gives: its share of the bound (its own if None), rules broken, cost."""
    started = time.process_time()
    solution = way(problem)
    seconds = time.process_time() - started
    kinds = Counter(fault.kind for fault in violations(problem, solution))
    found: dict[str, object] = {
        "value": round(solution.value, 6),
        "share_of_bound": round(solution.value / (bound or solution.bound), 7),
        "method": solution.method,
        **{rule: kinds[rule] for rule in RULES},
        "violations": sum(kinds[kind] for kind in kinds if kind != "unfilled_though_fillable"),
        "unfilled": int(solution.short.sum()),
        "held": len(solution.held),
        "cpu_seconds": round(seconds, 3),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 3),
    }
    return found, solution


def run(boxes: int, skus: int, seed: int, against: list[str]) -> dict[str, object]:
    """Return the measures of the product and of each yardstick, all against one bound."""
    problem = rich_market(boxes, skus, seed)
    ours, solution = measured(product, problem, None)
    ours["ceiling_binds"] = round(binding(problem, solution), 4)
    found: dict[str, object] = {"boxes": boxes, "skus": skus, "seed": seed, "product": ours}
    for name in against:
        found[name], _ = measured({"greedy": greedy, "mip": mip}[name], problem, solution.bound)
    if isinstance(best := found.get("mip"), dict):
        ours["share_of_mip"] = round(solution.value / best["value"], 7)
    return found


def table(found: dict[str, object]) -> str:
    """Return the measures as a Markdown table."""
    ways = {name: part for name, part in found.items() if isinstance(part, dict)}
    lines = [
        "| | share of the bound | share of the MIP | broken rules | empty slots | CPU s | CPU |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    own = ways["product"]
    for name, part in ways.items():
        of_mip = part["value"] / ways["mip"]["value"] if "mip" in ways else None
        lines.append(
            f"| {name} | {part['share_of_bound']:.4%} | {f'{of_mip:.4%}' if of_mip else '-'} "
            f"| {part['violations']} | {part['unfilled']} | {part['cpu_seconds']:.2f} "
            f"| {part['cpu_seconds'] / max(own['cpu_seconds'], 1e-9):.1f} x |"
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Read the switches, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--boxes", type=int, default=10_000)
    parser.add_argument("--skus", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--vs", action="append", default=[], choices=["greedy", "mip"])
    parser.add_argument("--json", action="store_true", help="print the JSON object alone")
    parser.add_argument("--write", action="store_true", help="append to docs/benchmarks/rich.md")
    asked = parser.parse_args(arguments)
    found = run(asked.boxes, asked.skus, asked.seed, asked.vs)
    drawn = table(found)
    if asked.write:
        _write(asked, drawn, found)
    if not asked.json:
        sys.stdout.write(drawn + "\n")
    sys.stdout.write(json.dumps(found) + "\n")


def _write(asked: argparse.Namespace, drawn: str, found: dict[str, object]) -> None:
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    head = "" if PAGE.exists() else f"# Rich boxes\n\n{(__doc__ or '').split('.')[0]}.\n"
    against = "".join(f" --vs {name}" for name in asked.vs)
    command = (
        f"python -m bench.rich --boxes {asked.boxes} --skus {asked.skus} --seed {asked.seed}"
        f"{against} --write"
    )
    ours = found["product"]
    binds = ours["ceiling_binds"] if isinstance(ours, dict) else 0
    title = f"## {asked.boxes} boxes x {asked.skus} SKUs"
    text = f"{head}\n{title}\n\n`{command}`; the ceiling binds in {binds:.0%} of the boxes.\n\n"
    with PAGE.open("a", encoding="utf-8") as page:
        page.write(f"{text}{drawn}\n")


if __name__ == "__main__":
    main()
