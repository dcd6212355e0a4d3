"""Does everything that has fallen due by now, in order; doing it again changes nothing."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

import structlog

from app.billing.services.change_price import apply_prices
from app.core.clock import local_day
from app.core.refusals import Refused
from app.core.unit_of_work import Actor
from app.fulfilment.due_queries import batches_due, pauses_ending
from app.fulfilment.services.announce_cut_offs import announce_cut_offs
from app.fulfilment.services.bill_ahead import bill_ahead
from app.fulfilment.services.call_off_unpaid import call_off_unpaid, end_long_pauses
from app.fulfilment.services.end_finished import end_finished
from app.fulfilment.services.pause_subscription import resume_due
from app.fulfilment.services.plan_cycles import plan_cycles
from app.fulfilment.services.reveal_gifts import reveal_gifts
from app.jobs.batches import run_batch
from app.jobs.taxing import tax_drafts
from app.subscriptions.services.offer_places import offer_all
from app.wiring.tools import Tools

ACTOR = Actor("job", "fall_due")
log = structlog.get_logger()


@dataclass(frozen=True)
class Done:
    """How much was done."""

    resumed: int
    planned: int
    billed: int
    batches: int
    ended: int = 0

    @property
    def anything(self) -> bool:
        """Say whether something was done."""
        return any((self.resumed, self.planned, self.billed, self.batches, self.ended))


def fall_due(tools: Tools) -> Done:
    """Resume what paused until today, plan ahead, bill ahead, lock and compose due batches."""
    resumed = _resume(tools)
    ended = _end_unpaid(tools)
    with tools.units(ACTOR) as work:
        apply_prices(work)
    with tools.units(ACTOR) as work:
        planned = plan_cycles(work)
    with tools.units(ACTOR) as work:
        billed = bill_ahead(work)
    batches: list[uuid.UUID] = []
    while due := _batches_due(tools, batches):
        for batch_id in due:
            run_batch(tools, batch_id)
        batches += due
        # What is planned now may be due already, where the clock was put far ahead.
        with tools.units(ACTOR) as work:
            planned += plan_cycles(work)
    tax_drafts(tools)
    with tools.units(ACTOR) as work:
        ended += end_finished(work)
        ended += reveal_gifts(work)
    with tools.units(ACTOR) as work:
        ended += announce_cut_offs(work)
    with tools.units(ACTOR) as work:
        offer_all(work)
    return Done(resumed, planned, billed, len(batches), ended)


def _batches_due(tools: Tools, done: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Return the batches that are due and not run yet; what another worker holds is left to it."""
    with tools.units(ACTOR) as work:
        return [each for each in batches_due(work.session, work.now) if each not in done]


def _end_unpaid(tools: Tools) -> int:
    """Give up what can be paid no more, and end the pauses of those who do not come back."""
    with tools.units(ACTOR) as work:
        called_off = call_off_unpaid(work)
    with tools.units(ACTOR) as work:
        return called_off + end_long_pauses(work)


def _resume(tools: Tools) -> int:
    with tools.units(ACTOR) as work:
        ending = pauses_ending(work.session, local_day(work.now, work.shop.zone))
    for subscription_id in ending:
        try:
            with tools.units(ACTOR) as work:
                resume_due(work, subscription_id)
        except Refused:
            # One subscription in an odd state must not keep all others from resuming.
            log.warning("resume_refused", subscription=str(subscription_id), exc_info=True)
    return len(ending)
