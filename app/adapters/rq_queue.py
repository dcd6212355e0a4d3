"""The doorbell on RQ: job names and database ids as JSON, never pickled code."""

from redis import Redis
from rq import Queue, Retry

from app.core.job_names import Job

QUEUE = "boxwright"
HANDLER = "app.jobs.run.run"


class RqQueue:
    """Rings jobs on one queue of a Valkey or Redis server."""

    def __init__(self, url: str) -> None:
        self.connection = Redis.from_url(url)
        self.queue = Queue(QUEUE, connection=self.connection, serializer="json")

    def ring(self, job: Job, ids: tuple[str, ...]) -> None:
        """Ring once; the handler looks into the database for what is to be done."""
        self.queue.enqueue(
            HANDLER,
            args=(job.value, *ids),
            job_timeout=3600,
            retry=Retry(max=5, interval=[5, 15, 30, 60, 120]),
            result_ttl=60,
            failure_ttl=7 * 24 * 3600,
        )
