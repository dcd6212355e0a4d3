"""Holds random orders against the laws of pricing: `python -m tests.pricing_runs --count 1000000`.

Progress goes to stderr; the last line of stdout is one JSON object. Exit code 1 when a law broke.
"""

import json
import sys
import time
from collections import Counter

import click

from tests.pricing_orders import LAWS, make_order


@click.command()
@click.option("--count", default=1_000_000, show_default=True, help="How many orders.")
@click.option("--seed", default=20_270_101, show_default=True, help="Where the numbers begin.")
def run(count: int, seed: int) -> None:
    """Price COUNT random orders and hold each against every law."""
    began, broken = time.perf_counter(), Counter[str]()
    first: dict[str, int] = {}
    for number in range(seed, seed + count):
        order = make_order(number)
        for law in LAWS:
            try:
                law(order)
            except AssertionError:
                broken[law.__name__] += 1
                first.setdefault(law.__name__, number)
        if (number - seed + 1) % 50_000 == 0:
            click.echo(f"{number - seed + 1:,} of {count:,}, {broken.total()} broken", err=True)
    outcome = {
        "orders": count,
        "laws": [law.__name__ for law in LAWS],
        "broken": dict(broken),
        "first_broken": first,
        "seconds": round(time.perf_counter() - began, 1),
    }
    click.echo(json.dumps(outcome))
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    run()
