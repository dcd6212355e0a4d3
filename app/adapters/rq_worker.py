"""The worker process on RQ: answers one queue, and takes its child with it when it dies.

Every job runs in a forked child, so that the parent keeps reporting that both live: a job whose
worker was killed is noticed and tried again after about `ABANDONED_SECONDS`, not after its
time limit of an hour. The parent opens no database connection, so a child inherits none and
makes its own. The kernel kills the child when the parent dies (`processes.die_with_parent`):
no orphan goes on beside the second copy of its job. Two copies at once would be harmless
all the same, since every handler claims its rows in the database.
"""

from redis import Redis
from rq import Queue, Worker
from rq.job import Job

from app.adapters.processes import die_with_parent
from app.adapters.rq_queue import QUEUE, answer

BEAT_SECONDS = 5
ABANDONED_SECONDS = 20
# RQ waits at most this less 15 seconds for a job before it looks after abandoned ones.
WORKER_SECONDS = 30
MAINTENANCE_SECONDS = 10


class BoundWorker(Worker):  # type: ignore[misc]  # RQ publishes no types
    """A worker whose child lives no longer than itself."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Do one job in the forked child."""
        die_with_parent(int(self.pid or 0))
        answer(self.connection, job.args)
        super().main_work_horse(job, queue)

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """Return after how many silent seconds a job counts as abandoned."""
        return ABANDONED_SECONDS


def work(url: str, until_empty: bool = False) -> None:
    """Answer the queue until told to stop, or until it is empty."""
    connection = Redis.from_url(url, socket_connect_timeout=5)
    worker = BoundWorker(
        [QUEUE],
        connection=connection,
        serializer="json",
        maintenance_interval=MAINTENANCE_SECONDS,
        job_monitoring_interval=BEAT_SECONDS,
        worker_ttl=WORKER_SECONDS,
        log_job_description=False,
    )
    worker.work(burst=until_empty, logging_level="WARNING")
