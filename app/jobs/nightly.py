"""The night's round: fetches what never reached us, then does what is due."""

from app.jobs.events import fetch_missed_events
from app.jobs.sweep import sweep
from app.wiring.tools import Tools


def nightly(tools: Tools) -> None:
    """Fetch the provider's events of the last days that were lost on the way, and ring for them."""
    fetch_missed_events(tools)
    sweep(tools)
