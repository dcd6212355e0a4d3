"""A real worker of the queue, as the shop starts it, whose parent can be killed."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from app.adapters.local_servers import start_valkey
from app.adapters.rq_queue import RqQueue, bell_of
from app.core.job_names import Job

HOME = Path(__file__).resolve().parents[2] / ".boxwright" / "tests"


class RealWorker:
    """Runs `python -m app.jobs.worker` on a queue server of the tests' own."""

    def __init__(self, database_url: str, provider_url: str, fail_at: str = "") -> None:
        self.database_url = database_url
        self.provider_url = provider_url
        self.redis_url = start_valkey(HOME)
        self.queue = RqQueue(self.redis_url)
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "REDIS_URL": self.redis_url,
            "STRIPE_API_BASE": provider_url,
            "BOXWRIGHT_TAX_BP": "625",
            "BOXWRIGHT_HOME": str(HOME / "worker"),
            "BOXWRIGHT_FAIL_AT": fail_at,
        }

    def __enter__(self) -> "RealWorker":
        self.queue.queue.empty()
        # A bell that hangs there unanswered would keep the next ones quiet for a minute.
        for bell in self.queue.connection.scan_iter(bell_of(("*",))):
            self.queue.connection.delete(bell)
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "app.jobs.worker"],
            env=self.environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.queue.connection.close()

    def ring(self, job: Job, *ids: object) -> None:
        """Ring the bell as the shop does."""
        self.queue.ring(job, tuple(str(each) for each in ids))

    def wait_for_death(self, seconds: float) -> bool:
        """Wait until the parent was killed; return False if it lives on."""
        try:
            return self.process.wait(seconds) == -signal.SIGKILL
        except subprocess.TimeoutExpired:
            return False

    def successor(self) -> "RealWorker":
        """Return a worker for the same shop that nobody kills."""
        return RealWorker(self.database_url, self.provider_url)
