"""Runs the money fail points: every point, 0 and 25 hours of outage, 1 and 3 workers.

Each week that was lived is a line of `.boxwright/faults-money.jsonl`; a second start goes on where
the first ended. Several processes share the cells among them.
"""

import json
import random
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.progress import Progress

from app.adapters.local_servers import start_postgres
from tests.faults.money import money_shop
from tests.faults.money_cells import MONEY_POINTS, Cell
from tests.faults.scene import build_scene
from tests.faults.worker import HOME

BOOK = HOME.parent / "faults-money.jsonl"
# Weeks for each cell; in each week workers die several times.
WEEKS = 5
HOURS = (0, 25)
WORKERS = (1, 3)
PEOPLE = 7
# Weeks that are lived in one shop before the next point has its turn.
BLOCK = 2
CELLS = tuple(
    Cell(point, hours, workers) for point in MONEY_POINTS for hours in HOURS for workers in WORKERS
)


def run_all(runs: int, jobs: int, fresh: bool) -> int:
    """Run what is missing in so many processes; print one JSON object; return 1 if any is wrong."""
    HOME.mkdir(parents=True, exist_ok=True)
    if fresh:
        BOOK.unlink(missing_ok=True)
    start_postgres(HOME, "postgres")
    parts = [
        subprocess.Popen(
            [
                *(sys.executable, "-W", "ignore", "-m", "tests.faults", "--money"),
                *("--runs", str(runs), "--share", f"{each}/{jobs}"),
            ]
        )
        for each in range(jobs)
    ]
    with Progress() as progress:
        task = progress.add_task("money", total=runs * len(CELLS))
        while any(part.poll() is None for part in parts):
            progress.update(task, completed=len(lines_of(BOOK)))
            time.sleep(2)
    ended = [part.wait() for part in parts]
    summary = summary_of(lines_of(BOOK))
    sys.stdout.write(json.dumps(summary) + "\n")
    return 1 if summary["wrong"] or any(ended) else 0


def run_share(runs: int, share: int, of: int) -> int:
    """Run every so manieth turn, with a shop of its own for each."""
    scene = build_scene(
        start_postgres(HOME, "postgres"), f"faults_money_{share}", HOME, count=PEOPLE
    )
    done = {(line["cell"], line["run"]) for line in lines_of(BOOK)}
    for cell, some in turns(runs)[share::of]:
        left = [run for run in some if (cell.name, run) not in done]
        if not left:
            continue
        with money_shop(scene, f"faults_money_{share}_run") as shop:
            for run in left:
                week = shop.week(cell, run)
                write(BOOK, {**asdict(week), "right": week.right})
    return 0


def turns(runs: int) -> list[tuple[Cell, range]]:
    """Return which weeks of which cell are lived in one shop; every cell has its turn early."""
    found: list[tuple[Cell, range]] = []
    for start in range(0, runs, BLOCK):
        block = [(cell, range(start, min(start + BLOCK, runs))) for cell in CELLS]
        random.Random(start).shuffle(block)
        found += block
    return found


def summary_of(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the sums over all weeks lived so far."""
    return {
        "cells": len({line["cell"] for line in lines}),
        "runs": len(lines),
        "kills": sum(line["kills"] for line in lines),
        "charged": sum(line["charged"] for line in lines),
        "paid_twice": sum(line["paid_twice"] for line in lines),
        "lost": sum(line["lost"] for line in lines),
        "refunded_wrong": sum(line["refunded_wrong"] for line in lines),
        "violations": sum(len(line["violations"]) for line in lines),
        "not_killed": sum(not line["kills"] for line in lines),
        "wrong": sum(not line["right"] for line in lines),
    }


def lines_of(book: Path) -> list[dict[str, Any]]:
    """Return what was written down so far."""
    if not book.exists():
        return []
    return [json.loads(line) for line in book.read_text().splitlines()]


def write(book: Path, line: dict[str, object]) -> None:
    """Add one line, in a single write, so that two processes may share the book."""
    with book.open("a") as file:
        file.write(json.dumps(line) + "\n")
