"""Workers and tickers of a story: real processes on a real Valkey, which may be killed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rq import Worker

from app.adapters.rq_queue import HANDLER, RqQueue
from app.core.job_names import Job

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Crew:
    """The processes of one shop, all told the same addresses."""

    environment: dict[str, str]
    queue: RqQueue
    logs: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, module: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start one process of the product."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{len(self.running)}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=ROOT,
                env={**os.environ, **self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.running.append(process)
        return process

    def workers(self, count: int) -> None:
        """Start workers, and wait until all of them listen."""
        for _ in range(count):
            self.start("app.jobs.worker")
        self.wait(lambda: len(Worker.all(connection=self.queue.connection)) >= len(self.running))

    def enqueue(self, job: Job, *ids: Any) -> None:
        """Put a job into the queue whether or not it waits there already."""
        words = (job.value, *(str(each) for each in ids))
        self.queue.queue.enqueue(HANDLER, args=words, job_timeout=600)

    def ring(self, job: Job, ids: tuple[str, ...]) -> None:
        """Ring as the product does: once while nobody has answered."""
        self.queue.ring(job, ids)

    def is_busy(self) -> bool:
        """Say whether a job waits or is being done."""
        return self.queue.is_busy() or self.queue.waiting() > 0

    def wait(self, is_so: Callable[[], bool], seconds: float = 90) -> None:
        """Wait until something is so; fail with what the processes said."""
        give_up = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < give_up, self.said()
            time.sleep(0.1)

    def said(self) -> str:
        """Return the ends of all logs."""
        logs = sorted(self.logs.glob("*.log"))
        return "\n".join(f"{log.name}: {log.read_text()[-1500:]}" for log in logs)

    def end(self) -> None:
        """Kill whoever still runs."""
        for process in self.running:
            process.kill()
        for process in self.running:
            process.wait()
