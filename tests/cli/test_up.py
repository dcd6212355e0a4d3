"""All processes of a shop together: started, looked after, and ended whatever happens."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from app.adapters.local_servers import free_port
from tests.cli.shell import Shell, processes_of, wait_until
from tests.conftest import HOME


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
    """A terminal in an empty folder, with nothing but ports of its own given."""
    # Not in pytest's private folder, which the database's own account could not reach.
    home = HOME / f"up-{os.getpid()}"
    yield Shell(home, {"BOXWRIGHT_PORT": str(free_port()), "BOXWRIGHT_WORKERS": "1"})
    shutil.rmtree(home)


def pages(shell: Shell) -> int:
    try:
        return requests.get(
            f"http://127.0.0.1:{shell.given['BOXWRIGHT_PORT']}/", timeout=5
        ).status_code
    except requests.RequestException:
        return 0


def child(home: Path, module: str) -> int:
    return next((pid for pid, words in processes_of(home).items() if module in words), 0)


def kill(pid: int) -> None:
    assert pid > 1
    os.kill(pid, signal.SIGKILL)


def test_a_demonstration_batch_goes_from_cut_off_to_export(shell: Shell) -> None:
    told = shell.spawn("demo", "--once", "--json")
    assert told.returncode == 0, told.stdout + told.stderr
    outcome = json.loads(told.stdout.splitlines()[-1])
    assert outcome["violations"] == 0
    assert outcome["people"] == 24
    assert outcome["boxes"] == outcome["charged"] + outcome["declined"]
    assert outcome["released"] == outcome["exported"] == outcome["charged"] > 0
    assert set(outcome["seconds"]) == {"start", "advance", "run", "export", "check", "total"}
    wait_until(lambda: processes_of(shell.home) == {})


def test_a_shop_keeps_its_rows_revives_what_dies_and_ends_cleanly(shell: Shell) -> None:
    shop = shell.start("up")
    try:
        wait_until(lambda: pages(shell) == 200)
        assert shell.spawn("up").returncode == 1
        told = shell.spawn("batch", "plan", "--json")
        assert len(json.loads(told.stdout)["batches"]) > 3
        first = child(shell.home, "app.jobs.worker")
        for each in (first, child(shell.home, "bin/postgres -D"), child(shell.home, "valkey-ser")):
            kill(each)
        wait_until(lambda: child(shell.home, "app.jobs.worker") not in {0, first})
        wait_until(lambda: child(shell.home, "valkey-ser") and pages(shell) == 200)
    finally:
        shop.send_signal(signal.SIGINT)
        told, _ = shop.communicate(timeout=60)
    assert shop.returncode == 0, told
    assert f"Shop      http://127.0.0.1:{shell.given['BOXWRIGHT_PORT']}" in told
    wait_until(lambda: processes_of(shell.home) == {})


def test_nothing_outlives_a_shop_that_is_killed(shell: Shell) -> None:
    shop = shell.start("up")
    try:
        wait_until(lambda: child(shell.home, "app.web.serving"))
    finally:
        shop.kill()
        shop.communicate()
    wait_until(lambda: processes_of(shell.home) == {}, seconds=20)
