"""One batch of imported people from cut-off to export, by the shop's own processes, twice.

The same command over the whole of the real files is `make real-input`.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.files import REAL_FILES, invent_files, missing_real_files

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300


def play(home, data, *more):
    """Run the command on a fresh home; return its last line and its exit code."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("BOXWRIGHT")},
        "BOXWRIGHT_PORT": str(free_port()),
        "BOXWRIGHT_STAND_IN_PORT": "0",
    }
    for name in ("DATABASE_URL", "REDIS_URL", "STRIPE_API_BASE"):
        environment.pop(name, None)
    command = (sys.executable, "-m", "bench.real_input", "--home", home, "--data", data)
    done = subprocess.run(
        [*map(str, command), "--workers", "1", *more],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.returncode


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def assert_it_all_holds(outcome, people):
    declining = round(0.08 * people)
    assert outcome["people"] == outcome["boxes"] == people
    assert (outcome["charged"], outcome["declined"]) == (people - declining, declining)
    assert outcome["released"] == outcome["exported"] == people - declining
    assert outcome["collected_at_provider"] == outcome["boxes_collected_at_provider"]
    assert outcome["collected_at_provider"] == people - declining
    assert (outcome["violations"], outcome["exclusions_broken"], outcome["oversold"]) == (0, 0, 0)
    assert outcome["people_with_exclusions"] == round(0.2 * people)
    assert (outcome["new_rows_second_run"], outcome["same_sha"]) == (0, True)


def test_a_batch_of_invented_people_comes_out_right(tmp_path):
    invent_files(tmp_path)
    outcome, code = play(tmp_path / "home", tmp_path)
    assert_it_all_holds(outcome, 40)
    assert (outcome["coffees"], outcome["coffees_dropped"]) == (81, 2)
    assert code == 0


@pytest.mark.skipif(missing_real_files(), reason="the real files do not lie beside this checkout")
def test_a_batch_of_real_people_comes_out_right(tmp_path):
    outcome, code = play(tmp_path / "home", REAL_FILES, "--people", "50")
    assert_it_all_holds(outcome, 50)
    assert (outcome["coffees"], outcome["coffees_dropped"]) == (1310, 1)
    assert code == 0
