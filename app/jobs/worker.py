"""One worker process: answers the bell until it is told to stop (see `adapters.rq_worker`)."""

from app.core import garbage  # noqa: F401  # first: see there
from app.jobs import run
from app.wiring.logs import configure_logs
from app.wiring.settings import Settings
from app.wiring.tools import answer_queue


def main() -> None:
    """Answer the queue of one shop."""
    configure_logs()
    # `run` is imported here, once, so that no child has to read the whole product again.
    assert run.HANDLERS
    answer_queue(Settings())


if __name__ == "__main__":
    main()
