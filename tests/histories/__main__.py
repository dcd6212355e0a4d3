"""Plays many histories, database by database; goes on where an earlier run stopped.

python -m tests.histories --count 10000
"""

import argparse
import itertools
import json
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from app.adapters.local_servers import start_postgres
from app.adapters.migrate import upgrade
from app.core.database import with_driver
from tests.conftest import HOME, named
from tests.histories.inside import open_world
from tests.histories.play import five_events, play

COUNTED = ("histories", "events", "deliveries", "payouts", "disputes", "refunds")


def main() -> int:
    """Play them all; the last line is one JSON object, the exit code 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=10_000, help="How many random histories.")
    parser.add_argument("--chunk", type=int, default=100, help="Histories in one database.")
    parser.add_argument("--seed", default="2027", help="Seed of the whole run.")
    parser.add_argument(
        "--notes",
        type=Path,
        default=HOME.parent / "histories.jsonl",
        help="File of finished parts; a part that stands there is passed over.",
    )
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    started = time.monotonic()
    asked.notes.parent.mkdir(parents=True, exist_ok=True)
    results = []
    with _server() as maker:
        for key, count in _parts(asked):
            results.append(_result(maker, asked.notes, key, count))
            done, bad = _sum(results, "histories"), sum(len(each["wrong"]) for each in results)
            seconds = time.monotonic() - started
            click.echo(f"{key}: {done} histories, {bad} wrong, {seconds:.0f} s", err=True)
    wrong = [line for each in results for line in each["wrong"]]
    report = {name: _sum(results, name) for name in COUNTED}
    report |= {"orders": 120, "ends_of_orders": results[0]["ends"], "wrong": len(wrong)}
    report |= {"first_wrong": wrong[:3], "seconds": round(_sum(results, "seconds"), 1)}
    click.echo(json.dumps(report))
    return 1 if wrong or results[0]["ends"] != 1 else 0


def _parts(asked: argparse.Namespace) -> Iterator[tuple[str, int]]:
    yield f"{asked.seed}:orders", 0
    for number in range(-(-asked.count // asked.chunk)):
        yield f"{asked.seed}:{asked.chunk}:{number}", asked.chunk


def _result(maker: Any, notes: Path, key: str, count: int) -> dict[str, Any]:
    """Return what a part came to, from the notes or by playing it now."""
    for line in notes.read_text().splitlines() if notes.exists() else ():
        if (known := json.loads(line))["key"] == key:
            return dict(known)
    started = time.monotonic()
    with maker() as url, open_world(url, key) as world:
        if count:
            _, wrong = play(world, count)
            ends = set()
        else:
            ends, wrong = five_events(world, list(itertools.permutations(range(5)))), []
        result = {
            "key": key,
            "histories": count,
            "wrong": wrong,
            "ends": len(ends),
            "events": len(world.book.ids("event")),
            "deliveries": world.deliveries,
            "payouts": len(world.book.ids("payout")),
            "disputes": len(world.book.ids("dispute")),
            "refunds": len(world.book.ids("refund")),
            "seconds": time.monotonic() - started,
        }
    with notes.open("a") as file:
        file.write(json.dumps(result) + "\n")
    return result


def _sum(results: list[dict[str, Any]], name: str) -> Any:
    return sum(each[name] for each in results)


@contextmanager
def _server() -> Iterator[Any]:
    """Start the tests' database server, and hand out a maker of fresh, migrated databases."""
    url = start_postgres(HOME, "postgres")
    admin = create_engine(with_driver(url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    template = f"histories_{uuid.uuid4().hex[:12]}"

    def run(statement: str) -> None:
        with admin.connect() as connection:
            connection.execute(text(statement))

    @contextmanager
    def maker() -> Iterator[str]:
        name = f"history_{uuid.uuid4().hex[:12]}"
        run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        yield named(url, name)
        run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    run(f'CREATE DATABASE "{template}"')
    upgrade(named(url, template))
    yield maker
    run(f'DROP DATABASE IF EXISTS "{template}" WITH (FORCE)')


if __name__ == "__main__":
    sys.exit(main())
