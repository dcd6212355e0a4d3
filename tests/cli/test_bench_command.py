"""`boxwright bench` runs the programs of a checkout and passes on what they say."""

import json
from pathlib import Path

import pytest

from app.cli import bench
from tests.cli.shell import Shell

SIZE = ("--boxes", "40", "--skus", "30", "--kind", "std", "--seed", "3")


def test_a_small_batch_is_measured_against_its_yardsticks(tmp_path: Path) -> None:
    told = Shell(tmp_path, {}).spawn("bench", "compose", *SIZE, "--vs", "flow,draft", "--json")
    assert told.returncode == 0, told.stderr
    record = json.loads(told.stdout.splitlines()[-1])
    assert set(record) == {"size", "product", "flow", "draft"}
    wanted = "share_of_bound oversold excluded duplicates unfilled cpu_seconds peak_gib"
    for name in ("product", "flow", "draft"):
        assert set(wanted.split()) <= set(record[name])
    assert record["product"]["share_of_bound"] == pytest.approx(1.0, abs=1e-6)
    assert record["product"]["violations"] == 0


def test_a_yardstick_that_nobody_knows_is_wrong_usage(tmp_path: Path) -> None:
    told = Shell(tmp_path, {}).spawn("bench", "compose", "--vs", "crystal-ball")
    assert told.returncode == 2
    assert "crystal-ball" in told.stderr


def test_without_a_checkout_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "CHECKOUT", tmp_path)
    told = Shell(tmp_path, {}).run("bench", "compose")
    assert told.exit_code == 1
    assert "Run it in a checkout" in told.output
