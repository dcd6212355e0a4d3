"""Composes thousands of awkward batches of rich boxes and counts every rule broken.

    python -m bench.hostile_rich [--instances 2600] [--seed 0]

Every instance is composed by prices alone, every tenth also as the product does, which is exact for
so few boxes, and a second time to compare the bytes. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter

from ml.composer.check import violations
from ml.composer.compose import compose
from tests.ml.batches import fingerprint
from tests.ml.rich_batches import RICH_FAMILIES, rich_hostile


def main(arguments: list[str] | None = None) -> None:
    """Read the switches, run, print."""
    parser = argparse.ArgumentParser(description="Awkward batches of rich boxes.")
    parser.add_argument("--instances", type=int, default=2600)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    each = max(1, asked.instances // len(RICH_FAMILIES))
    kinds: Counter[str] = Counter()
    changed, held, done = 0, 0, 0
    for family in RICH_FAMILIES:
        for seed in range(asked.seed, asked.seed + each):
            problem = rich_hostile(family, seed)
            solution = compose(problem, exact_pairs=0)
            found = list(violations(problem, solution))
            if seed % 10 == 0:
                found += violations(problem, compose(problem))
                again = compose(problem, exact_pairs=0)
                changed += fingerprint(again) != fingerprint(solution)
            kinds.update(fault.kind for fault in found)
            held += len(solution.held)
            done += 1
        sys.stdout.write(f"{family}: {dict(kinds)}\n")
    told = {"instances": done, "violations": kinds.total(), "changed": changed, "held": held}
    sys.stdout.write(json.dumps({"product": told}) + "\n")


if __name__ == "__main__":
    main()
