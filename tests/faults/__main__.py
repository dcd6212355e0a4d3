"""Runs every fault five times: `python -m tests.faults [--runs 5] [--fresh]`.

With `--money` one and three workers die at every point at which money moves, about 25 times each,
with and without an outage of 25 hours: `python -m tests.faults --money [--runs 5] [--jobs 2]`.

Each verdict is added to `.boxwright/faults.jsonl`; a second start goes on where the first ended.
The last line is one JSON object.
"""

import argparse
import json
import sys
import warnings
from dataclasses import asdict
from pathlib import Path

from rich.progress import track

from app.adapters.local_servers import start_postgres
from tests.faults.money_runs import WEEKS, run_all, run_share
from tests.faults.runs import (
    PARENT_POINTS,
    POINTS,
    is_large,
    killed_at,
    orphaned_at,
    undisturbed,
)
from tests.faults.scene import build_scene
from tests.faults.worker import HOME

BOOK = HOME.parent / "faults.jsonl"


def main() -> int:
    """Run what is missing; return 1 if any run came to something else."""
    warnings.simplefilter("ignore")
    wishes = argparse.ArgumentParser(description=__doc__)
    wishes.add_argument("--runs", type=int, help="how often each point is tried, or weeks lived; 5")
    wishes.add_argument("--money", action="store_true", help="only where money moves, but more")
    wishes.add_argument("--jobs", type=int, default=2, help="processes, with --money")
    wishes.add_argument("--share", help=argparse.SUPPRESS)
    wishes.add_argument("--fresh", action="store_true", help="forget earlier verdicts")
    wished = wishes.parse_args()
    if wished.share:
        share, of = map(int, wished.share.split("/"))
        return run_share(wished.runs, share, of)
    if wished.money:
        return run_all(wished.runs or WEEKS, wished.jobs, wished.fresh)
    HOME.mkdir(parents=True, exist_ok=True)
    if wished.fresh:
        BOOK.unlink(missing_ok=True)
    wrong = _run(wished.runs or 5)
    lines = [json.loads(line) for line in BOOK.read_text().splitlines()]
    summary = {
        "points": len({line["fail_at"].split(":")[0] for line in lines}),
        "runs": len(lines),
        "killed": sum(line["killed"] for line in lines),
        "different": sum(line["difference"] != "{}" for line in lines),
        "paid_twice": sum(line["paid_twice"] for line in lines),
        "wrong": wrong,
    }
    sys.stdout.write(json.dumps(summary) + "\n")
    return 1 if wrong else 0


def _run(runs: int) -> int:
    done = _done()
    plan = [
        (point, f"{point}:{counts[n % len(counts)]}", n)
        for point, counts in POINTS.items()
        for n in range(runs)
    ]
    plan += [(point, f"{point}@parent", n) for point in PARENT_POINTS for n in range(runs)]
    left = [each for each in plan if f"{each[1]} {each[2]}" not in done]
    scene = build_scene(start_postgres(HOME, "postgres"), "faults_scene", HOME)
    wanted = undisturbed(scene, "faults_undisturbed")
    wanted_large = undisturbed(scene, "faults_undisturbed_large", large=True)
    for at, (point, fail_at, n) in enumerate(track(left, "faults")):
        name = f"faults_{at}"
        if fail_at.endswith("@parent"):
            verdict = orphaned_at(scene, point, name, wanted)
        else:
            aim = wanted_large if is_large(fail_at) else wanted
            verdict = killed_at(scene, fail_at, name, aim)
        _write(BOOK, {**asdict(verdict), "run": n, "right": verdict.right})
    return sum(not json.loads(line)["right"] for line in BOOK.read_text().splitlines())


def _done() -> set[str]:
    if not BOOK.exists():
        return set()
    lines = [json.loads(line) for line in BOOK.read_text().splitlines()]
    return {f"{line['fail_at']} {line['run']}" for line in lines}


def _write(book: Path, line: dict[str, object]) -> None:
    with book.open("a") as file:
        file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    sys.exit(main())
