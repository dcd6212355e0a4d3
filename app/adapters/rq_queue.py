"""The doorbell on RQ: job names and database ids as JSON, never pickled code.

A bell that rings already is not rung again: whoever answers it looks into the database anyway.
"""

from collections.abc import Sequence

from redis import Redis
from rq import Queue, Retry

from app.core.job_names import Job

QUEUE = "boxwright"
HANDLER = "app.jobs.run.run"
# Until then a bell that nobody answered keeps others quiet; the sweep rings every minute.
UNANSWERED_SECONDS = 60


class RqQueue:
    """Rings jobs on one queue of a Valkey or Redis server."""

    def __init__(self, url: str) -> None:
        self.connection = Redis.from_url(url, socket_timeout=10, socket_connect_timeout=5)
        self.queue = Queue(QUEUE, connection=self.connection, serializer="json")

    def ring(self, job: Job, ids: tuple[str, ...]) -> None:
        """Ring once; the handler looks into the database for what is to be done."""
        bell = bell_of((job.value, *ids))
        if not self.connection.set(bell, 1, nx=True, ex=UNANSWERED_SECONDS):
            return
        try:
            # Tried again at once when its worker dies. A job that failed for another reason is
            # not waited for here: what it left undone is rung again by the sweep.
            self.queue.enqueue(
                HANDLER,
                args=(job.value, *ids),
                job_timeout=3600,
                retry=Retry(max=5),
                result_ttl=60,
                failure_ttl=7 * 24 * 3600,
            )
        except Exception:
            self.connection.delete(bell)
            raise

    def is_busy(self) -> bool:
        """Say whether a worker is in the midst of a job."""
        return bool(self.queue.started_job_registry.count)

    def waiting(self) -> int:
        """Return how many bells nobody has answered yet."""
        return int(self.queue.count)


def bell_of(arguments: Sequence[str]) -> str:
    """Return the key that stands while a job waits to be answered."""
    return "boxwright:bell:" + ":".join(arguments)


def answer(connection: "Redis", arguments: Sequence[str]) -> None:
    """Let the bell ring again. To be called before the job looks at what is to be done."""
    connection.delete(bell_of(arguments))
