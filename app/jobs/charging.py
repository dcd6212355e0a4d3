"""Collects what is due, in two steps, and asks again about everything that stayed in doubt.

No transaction is open while the provider is asked, and everything is written down before and
after, so that a worker may die anywhere and another finds out what happened.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import structlog

from app.billing.ports import ChargeTicket, OutcomeUnknown, ProviderRefused
from app.billing.services.claim_payment import claim_payment, payments_due, set_aside_cardless
from app.billing.services.record_outcome import record_created, record_refused
from app.core.fail_points import reach
from app.core.unit_of_work import Actor
from app.jobs.doubts import GIVE_UP_AFTER, after_refusal, record, resolve_unknown
from app.wiring.tools import Tools

ACTOR = Actor("job", "charge_due")
SIDE_BY_SIDE = 6
log = structlog.get_logger()


def charge_due(tools: Tools) -> dict[str, int]:
    """Collect all that is due by now; return how many ended how."""
    counts = Counter(resolve_unknown(tools))
    with tools.units(ACTOR) as work:
        counts["no_card"] += set_aside_cardless(work)
        due = payments_due(work, SIDE_BY_SIDE)
    if due:
        # Several at a time: nearly all of the time is spent waiting for the provider.
        with ThreadPoolExecutor(due) as threads:
            loops = [threads.submit(_charge_many, tools) for _ in range(due)]
            for loop in loops:
                counts.update(loop.result())
    return {name: count for name, count in counts.items() if count}


def _charge_many(tools: Tools) -> Counter[str]:
    """Collect one payment after the other, until none is due or the provider is away."""
    counts: Counter[str] = Counter()
    silent = 0
    while silent < GIVE_UP_AFTER:
        with tools.units(ACTOR) as work:
            ticket = claim_payment(work)
        if ticket is None:
            break
        reach("charge.claimed")
        ended = charge(tools, ticket)
        counts[ended] += 1
        silent = silent + 1 if ended == "unknown" else 0
    return counts


def charge(tools: Tools, ticket: ChargeTicket) -> str:
    """Collect one claimed payment; return how it ended. In doubt nothing is concluded."""
    try:
        known = ticket if ticket.provider_id else create(tools, ticket)
        return confirm(tools, known) if known else "stopped"
    except (OutcomeUnknown, ProviderRefused) as away:
        log.warning("charge_unknown", payment=str(ticket.payment_id), error=str(away))
        return "unknown"


def create(tools: Tools, ticket: ChargeTicket) -> ChargeTicket | None:
    """Make a payment known to the provider and keep its name; None when it must go no further."""
    reach("charge.before_create")
    try:
        outcome = tools.gateway.create(ticket)
    except ProviderRefused as refused:
        log.error("charge_refused", payment=str(ticket.payment_id), code=refused.code)
        with tools.units(ACTOR) as work:
            record_refused(work, ticket, refused.code)
        return None
    reach("charge.created")
    with tools.units(ACTOR) as work:
        go_on = record_created(work, ticket, outcome.provider_id)
    reach("charge.recorded")
    return replace(ticket, provider_id=outcome.provider_id) if go_on else None


def confirm(tools: Tools, ticket: ChargeTicket) -> str:
    """Take the money of a known payment and write down what came of it."""
    reach("charge.before_confirm")
    try:
        outcome = tools.gateway.confirm(ticket)
    except ProviderRefused as refused:
        outcome = after_refusal(tools, ticket, refused)
    reach("charge.confirmed")
    return record(tools, outcome, ticket)
