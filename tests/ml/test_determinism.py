"""Equal inputs and an equal seed give equal bytes, in this process and in one with another hash
seed."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ml.composer.compose import compose
from tests.ml.batches import fingerprint, hostile, market

ROOT = Path(__file__).resolve().parents[2]


def everything() -> str:
    """Return one fingerprint over both methods and several batches."""
    found = [
        fingerprint(compose(batch, exact_pairs=pairs))
        for batch in (
            hostile("ties", 3, boxes=20),
            hostile("pins", 4),
            market(300, 20, "scarce", cap=3),
            replace(market(1500, 30, "std"), scores=market(1500, 30, "std").scores.astype("f4")),
        )
        for pairs in (0, 3_000_000)
    ]
    return " ".join(found)


@pytest.mark.parametrize("hash_seed", ["1", "4242"])
def test_another_process_composes_the_same_bytes(hash_seed: str) -> None:
    command = "from tests.ml.test_determinism import everything; print(everything())"
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", command],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == everything()


def test_the_seed_breaks_ties_only() -> None:
    one, other = (market(200, 10, "std", seed=5), market(200, 10, "std", seed=5))
    object.__setattr__(other, "seed", 6)
    assert compose(one).value == pytest.approx(compose(other).value, rel=1e-6)
