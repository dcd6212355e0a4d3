"""Composes thousands of awkward batches, both ways, and lets the independent checker judge them.

    python -m bench.hostile --instances 10000

Ties, stock too short, twelve flavours for boxes of four, one blockbuster, everybody alike, most
things excluded, pins, dislikes, and boxes that take several of a kind; up to 200 boxes and 40
items. Every second batch is composed by prices. Each is composed twice, which must give the same
bytes. A run that was stopped goes on where it was; the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from ml.composer.check import violations
from ml.composer.compose import EXACT_PAIRS, compose
from ml.composer.problem import Problem, Solution
from tests.ml.batches import FAMILIES, hostile

STATE = Path(".boxwright") / "bench-hostile.json"
SAVED_EVERY = 50
SMALL, LARGE = (0, 12), (200, 40)


def main() -> int:
    """Play the instances that are still to be played; return 1 if anything was wrong."""
    asked = _arguments()
    state = _begin(asked)
    with Progress(
        *Progress.get_default_columns(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as bar:
        task = bar.add_task("hostile batches", total=asked.instances, completed=state["done"])
        while state["done"] < asked.instances:
            _play(state, state["done"], asked.seed)
            bar.update(task, completed=state["done"])
            if state["done"] % SAVED_EVERY == 0 or state["done"] == asked.instances:
                _save(asked.state, state)
    answer = {key: state[key] for key in ("done", "violations", "unequal", "families", "digest")}
    if not asked.json:
        Console().print(_table(state))
    print(json.dumps(answer))
    return 1 if state["violations"] or state["unequal"] else 0


def _play(state: dict[str, Any], number: int, seed: int) -> None:
    """Compose one batch twice and note what is wrong with it."""
    family = FAMILIES[number % len(FAMILIES)]
    boxes, most_items = LARGE if number % 3 == 0 else SMALL
    batch = hostile(family, seed * 10_000_019 + number, boxes, most_items)
    pairs = -1 if (number // len(FAMILIES)) % 2 else EXACT_PAIRS
    first, second = (compose(batch, exact_pairs=pairs) for _ in range(2))
    found = Counter(fault.kind for fault in violations(batch, first))
    state["done"] = number + 1
    state["digest"] = hashlib.sha256((state["digest"] + _print(first)).encode()).hexdigest()
    state["unequal"] += _print(first) != _print(second)
    state["violations"] += sum(found.values())
    row = state["families"].setdefault(family, dict.fromkeys(("batches", "priced", "faulty"), 0))
    row["batches"] += 1
    row["priced"] += first.method == "priced"
    row["faulty"] += bool(found)
    row["worst_gap"] = max(row.get("worst_gap", 0.0), _absolute_gap(batch, first))


def _absolute_gap(batch: Problem, solution: Solution) -> float:
    """Return how far from proven best, in shares of the largest score for each slot."""
    size = float(np.abs(batch.scores).max(initial=0.0)) * max(1, int(batch.slots.sum()))
    return round((solution.bound - solution.value) / size, 6) if size else 0.0


def _print(solution: Solution) -> str:
    parts = (solution.box, solution.item, solution.units, solution.short, solution.prices)
    sums = np.array([solution.value, solution.bound, solution.gap])
    return hashlib.sha256(b"".join(part.tobytes() for part in (*parts, sums))).hexdigest()


def _begin(asked: argparse.Namespace) -> dict[str, Any]:
    begun = {"seed": asked.seed, "done": 0, "violations": 0, "unequal": 0}
    begun |= {"families": {}, "digest": ""}
    if asked.restart or not asked.state.exists():
        return begun
    state: dict[str, Any] = json.loads(asked.state.read_text(encoding="utf-8"))
    return state if state["seed"] == asked.seed else begun


def _save(file: Path, state: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(json.dumps(state), encoding="utf-8")
    new.replace(file)


def _table(state: dict[str, Any]) -> Table:
    table = Table(title=f"{state['done']:,} hostile batches")
    for name in ("family", "batches", "by prices", "with violations", "worst gap a slot"):
        table.add_column(name, justify="left" if name == "family" else "right")
    for family, row in state["families"].items():
        table.add_row(family, *(str(value) for value in row.values()))
    return table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.hostile", description=__doc__)
    parser.add_argument("--instances", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--state", type=Path, default=STATE, help="where the run is kept")
    parser.add_argument("--restart", action="store_true", help="begin anew")
    parser.add_argument("--json", action="store_true", help="only the JSON on standard output")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
