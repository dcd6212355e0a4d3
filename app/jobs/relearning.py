"""Learns a shop's taste again when it is time; what was learnt takes over only if it is better."""

import structlog

from app.core.unit_of_work import Actor
from app.personalization.services.retrain_model import retrain_if_due
from app.wiring.tools import Tools

ACTOR = Actor("job", "learn_again")
log = structlog.get_logger()


def learn_again(tools: Tools) -> dict[str, object] | None:
    """Learn, judge and release as the rules say; return what was done, None while it is not time.

    All of it is one unit of work: whoever comes at the same time waits, and finds nothing to do.
    """
    with tools.units(ACTOR) as work:
        done = retrain_if_due(work)
    if done is None:
        return None
    tried = [done, done.history] if done.history else [done]
    for each in tried:
        for objection in each.objections:
            log.warning("model_stays_beside", version=each.trained.version, objection=objection)
    return {
        "version": done.trained.version,
        "reasons": [reason.value for reason in done.reasons],
        "released": done.released is not None,
        "history": done.history and done.history.trained.version,
        "history_released": bool(done.history and done.history.released),
    }
