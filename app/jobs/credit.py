"""Brings lines of credit, and rests that are carried over, into the diary once they are there."""

from app.core.unit_of_work import Actor
from app.finance.services.post_carried import post_carried
from app.finance.services.post_credit import post_credit
from app.wiring.tools import Tools

ACTOR = Actor("job", "post_credit")


def post_all_credit(tools: Tools) -> int:
    """Post everything that waits; return how many lines that were."""
    total = 0
    while True:
        with tools.units(ACTOR) as work:
            done = post_credit(work) + post_carried(work)
        total += done
        if not done:
            return total
