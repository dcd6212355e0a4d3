"""Runs one contestant on a stored market, alone in its process, and says what it cost.

`python -m bench.contestant NAME FOLDER` leaves its lines in FOLDER/NAME.npz and prints one JSON
object.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from bench.market import Market, table
from bench.meter import Meter
from bench.solvers import RIVALS, Lines
from ml.composer.certificate import certified
from ml.composer.check import violations
from ml.composer.compose import allocate
from ml.composer.fair import Fairness, compose_fair
from ml.composer.ideal import ideal_of
from ml.composer.problem import Problem

PRODUCT = "product"
FAIR = "fair"  # the product with a floor under every box


def main() -> int:
    """Run the contestant that is named."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    scores = table(folder, "scores")
    meter = Meter()  # memory counts from here: the mask and everything after it is on the bill
    market = Market(scores, *(table(folder, part) for part in ("allowed", "slots", "stock")))
    if name == PRODUCT:
        print(json.dumps(_product(market, folder, meter)))
        return 0
    if name == FAIR:
        print(json.dumps(_fair(market, folder, meter)))
        return 0
    with meter.phase("cpu_seconds"):
        lines = RIVALS[name](market)
    _keep(folder, name, lines)
    print(json.dumps(meter.seconds | {"peak_gib": meter.risen_gib()}))
    return 0


def _product(market: Market, folder: Path, meter: Meter) -> dict[str, Any]:
    """Compose, then prove and check, each on its own bill; memory is the peak of both."""
    with meter.phase("cpu_seconds"):
        problem = _problem(market)
        made = allocate(problem)
    peak = meter.risen_gib()
    _keep(folder, PRODUCT, (made.plan.box, made.plan.item))
    with meter.phase("certificate_cpu_seconds"):
        solution = certified(problem, made.task, made.plan, made.prices, made.method)
    peak_with_certificate = meter.risen_gib()
    with meter.phase("check_cpu_seconds"):
        found = len(violations(problem, solution))
    return meter.seconds | {
        "peak_gib": peak,
        "peak_gib_with_certificate": peak_with_certificate,
        "method": solution.method,
        "bound": solution.bound,
        "violations": found,
    }


def _fair(market: Market, folder: Path, meter: Meter) -> dict[str, Any]:
    """Compose with a floor; what every box would be under unlimited stock is on the bill, and so
    is the proof."""
    with meter.phase("cpu_seconds"):
        problem = _problem(market)
        solution = compose_fair(problem, Fairness(), ideal=ideal_of(problem)).solution
    peak = meter.risen_gib()
    _keep(folder, FAIR, (solution.box, solution.item))
    with meter.phase("check_cpu_seconds"):
        found = len(violations(problem, solution))
    return meter.seconds | {"peak_gib": peak, "method": solution.method, "violations": found}


def _problem(market: Market) -> Problem:
    ones = np.ones(len(market.slots), np.int64)
    return Problem(market.scores, market.allowed, market.slots, market.stock, ones, market.slots)


def _keep(folder: Path, name: str, lines: Lines) -> None:
    np.savez(folder / f"{name}.npz", box=lines[0], item=lines[1])


if __name__ == "__main__":
    sys.exit(main())
