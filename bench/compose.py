"""Composes a made-up market with the product and with yardsticks, and compares them.

    python -m bench.compose --boxes 10000 --skus 60 --kind scarce --seed 1 --vs highs,flow,greedy

Every contestant runs alone in a process of its own, on one thread. Prices and proof of the product
are on separate bills: `cpu_seconds` is what the boxes cost, `certificate_cpu_seconds` the bound
that proves how good they are. `--vs fair` adds the product with a floor under every box. The last
line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.contestant import FAIR, PRODUCT
from bench.market import KINDS, Size, make_market, read_market, store
from bench.quality import ideal_values, quality
from bench.report import comparison, keep, progress_bar
from bench.solvers import RIVALS

ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
OTHERS = [FAIR, *RIVALS]
CHECKOUT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Compare, show and say; return 1 if the product broke a rule."""
    asked = _arguments()
    size = Size(asked.boxes, asked.skus, asked.kind, asked.seed)
    record = compare(size, asked.vs)
    console = Console(stderr=asked.json, width=None if sys.stderr.isatty() else 120)
    console.print(comparison(size, record))
    if asked.write:
        console.print(f"written to {keep(size, record)}")
    print(json.dumps({"size": vars(size)} | record))
    return 1 if _broken(record[PRODUCT]) else 0


def compare(size: Size, rivals: list[str]) -> dict[str, Any]:
    """Run the product and the named yardsticks on the same market, one after the other."""
    with tempfile.TemporaryDirectory() as name, progress_bar() as advance:
        folder = Path(name)
        advance("the market is made", 0.0)
        store(make_market(size), folder)
        costs = {}
        for number, contestant in enumerate([PRODUCT, *rivals]):
            advance(f"{contestant} composes", (number + 0.2) / (len(rivals) + 1.2))
            costs[contestant] = _run(contestant, folder)
        advance("boxes are judged", 0.95)
        return _judged(folder, costs)


def _judged(folder: Path, costs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    market = read_market(folder, whole=False)
    ideal, bound = ideal_values(market), costs[PRODUCT]["bound"]
    return {
        name: quality(market, folder / f"{name}.npz", bound, ideal) | cost
        for name, cost in costs.items()
    }


def _run(contestant: str, folder: Path) -> dict[str, Any]:
    answer = subprocess.run(
        [sys.executable, "-m", "bench.contestant", contestant, str(folder)],
        cwd=CHECKOUT,
        env=os.environ | ONE_THREAD,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise SystemExit(f"{contestant} ended with code {answer.returncode}")
    found: dict[str, Any] = json.loads(answer.stdout.strip().splitlines()[-1])
    return found


def _broken(product: dict[str, Any]) -> bool:
    # A slot that nothing could fill is no fault; one that something could is among the violations.
    return any(product[rule] for rule in ("oversold", "excluded", "duplicates", "violations"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.compose", description=__doc__)
    parser.add_argument("--boxes", type=int, default=10_000)
    parser.add_argument("--skus", type=int, default=60)
    parser.add_argument("--kind", choices=KINDS, default="scarce")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vs", default="", help=f"some of {','.join(OTHERS)}, or all")
    parser.add_argument("--json", action="store_true", help="only the JSON on standard output")
    parser.add_argument("--write", action="store_true", help="keep it in docs/benchmarks")
    asked = parser.parse_args()
    asked.vs = OTHERS if asked.vs == "all" else [each for each in asked.vs.split(",") if each]
    unknown = [each for each in asked.vs if each not in OTHERS]
    if unknown or asked.boxes < 1 or asked.skus < 1:
        parser.error(f"no such yardstick: {', '.join(unknown)}" if unknown else "nothing to do")
    return asked


if __name__ == "__main__":
    sys.exit(main())
