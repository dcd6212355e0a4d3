"""The worker process on a real Valkey: one ring at a time, and no life after its parent."""

import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.adapters.local_servers import leave, start_valkey
from app.adapters.rq_queue import RqQueue
from app.core.job_names import Job

# A worker whose one job writes down who does it and then takes its time.
SLOW_WORKER = """
import os, sys, time, types
from app.adapters import rq_worker
rq_worker.ABANDONED_SECONDS = 2
rq_worker.BEAT_SECONDS = 1
rq_worker.WORKER_SECONDS = 16
rq_worker.MAINTENANCE_SECONDS = 1
def slow(name, *ids):
    with open(sys.argv[2], "a") as file:
        file.write(f"{os.getpid()} {os.getppid()}\\n")
    time.sleep(float(ids[0]))
sys.modules["app.jobs.run"] = types.ModuleType("app.jobs.run")
sys.modules["app.jobs.run"].run = slow
rq_worker.work(sys.argv[1])
"""


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("valkey")
    yield start_valkey(home)
    leave(home)


@pytest.fixture
def bells(valkey: str) -> Iterator[RqQueue]:
    queue = RqQueue(valkey)
    queue.connection.flushall()
    yield queue
    queue.connection.close()


@pytest.fixture
def start(valkey: str, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen]]:
    started: list[subprocess.Popen] = []

    def start() -> subprocess.Popen:
        worker = subprocess.Popen(
            [sys.executable, "-c", SLOW_WORKER, valkey, tmp_path / "diary"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.kill()
        worker.wait()


def diary(tmp_path: Path) -> list[list[int]]:
    file = tmp_path / "diary"
    lines = file.read_text().splitlines() if file.exists() else []
    return [[int(word) for word in line.split()] for line in lines]


def wait_until(is_so: Callable[[], bool], seconds: float = 30) -> None:
    give_up = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up, "it never came"
        time.sleep(0.05)


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_bell_that_rings_is_not_rung_again(bells: RqQueue) -> None:
    for _ in range(5):
        bells.ring(Job.SEND_MAIL, ())
        bells.ring(Job.RUN_BATCH, ("1",))
        bells.ring(Job.RUN_BATCH, ("2",))
    assert bells.waiting() == 3


def test_a_bell_that_was_answered_rings_again(bells: RqQueue, start, tmp_path: Path) -> None:
    bells.ring(Job.SEND_MAIL, ("1.5",))
    start()
    wait_until(lambda: len(diary(tmp_path)) == 1)
    bells.ring(Job.SEND_MAIL, ("1.5",))
    wait_until(lambda: len(diary(tmp_path)) == 2)


def test_a_job_is_json_and_carries_ids_only(bells: RqQueue) -> None:
    bells.ring(Job.RUN_BATCH, ("42",))
    (job,) = bells.queue.get_jobs()
    stored = zlib.decompress(bells.connection.hget(job.key, "data"))
    assert json.loads(stored) == ["app.jobs.run.run", None, ["run_batch", "42"], {}]


def test_a_child_dies_with_its_parent_and_the_job_is_done_again(
    bells: RqQueue, start, tmp_path: Path
) -> None:
    first = start()
    bells.ring(Job.SEND_MAIL, ("30",))
    wait_until(lambda: len(diary(tmp_path)) == 1)
    child, parent = diary(tmp_path)[0]
    assert parent == first.pid
    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: not lives(child), seconds=2)
    start()
    wait_until(lambda: len(diary(tmp_path)) == 2, seconds=45)


def test_a_job_whose_child_was_killed_is_done_again_at_once(
    bells: RqQueue, start, tmp_path: Path
) -> None:
    start()
    bells.ring(Job.SEND_MAIL, ("30",))
    wait_until(lambda: len(diary(tmp_path)) == 1)
    os.kill(diary(tmp_path)[0][0], signal.SIGKILL)
    wait_until(lambda: len(diary(tmp_path)) == 2, seconds=10)


def test_a_worker_told_to_stop_finishes_its_job_first(
    bells: RqQueue, start, tmp_path: Path
) -> None:
    worker = start()
    bells.ring(Job.SEND_MAIL, ("1",))
    wait_until(lambda: len(diary(tmp_path)) == 1)
    worker.terminate()
    assert worker.wait(timeout=15) == 0
    assert not bells.is_busy() and bells.waiting() == 0
