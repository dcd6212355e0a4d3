"""How the product writes its log: one JSON object a line on standard error, instants in UTC."""

import logging
import sys

import structlog


def configure_logs(level: int = logging.INFO) -> None:
    """Send all events from `level` upwards to standard error; called once by each process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Looked up at every line: standard error may be another stream by then.
        logger_factory=lambda *names: structlog.PrintLogger(sys.stderr),
    )
    logging.basicConfig(level=max(level, logging.WARNING), format="%(levelname)s %(message)s")
