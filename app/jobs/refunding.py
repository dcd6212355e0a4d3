"""Asks the provider for the refunds that are due, once each."""

from collections import Counter

import structlog

from app.billing.ports import OutcomeUnknown, ProviderRefused, RefundOutcome, RefundTicket
from app.billing.rules import RefundStatus
from app.billing.services.claim_refund import claim_refund
from app.core.fail_points import reach
from app.core.unit_of_work import Actor
from app.finance.services.settle_refund import fail_refund, settle_refund
from app.wiring.tools import Tools

ACTOR = Actor("job", "refund_due")
GIVE_UP_AFTER = 3
log = structlog.get_logger()


def refund_due(tools: Tools) -> dict[str, int]:
    """Give back everything that is due, until there is nothing or the provider is away."""
    counts: Counter[str] = Counter()
    while counts["unknown"] < GIVE_UP_AFTER:
        with tools.units(ACTOR) as work:
            ticket = claim_refund(work)
        if ticket is None:
            break
        reach("refund.claimed")
        counts[refund(tools, ticket)] += 1
    return dict(counts)


def refund(tools: Tools, ticket: RefundTicket) -> str:
    """Ask for one refund; one that may have been heard before is looked for first."""
    try:
        outcome = (_earlier(tools, ticket) if ticket.again else None) or tools.gateway.refund(
            ticket
        )
    except OutcomeUnknown:
        log.warning("refund_unknown", refund=str(ticket.refund_id))
        return "unknown"
    except ProviderRefused as refused:
        log.error("refund_refused", refund=str(ticket.refund_id), code=refused.code)
        with tools.units(ACTOR) as work:
            fail_refund(work, ticket.refund_id)
        return RefundStatus.FAILED.value
    reach("refund.asked")
    with tools.units(ACTOR) as work:
        settle_refund(work, outcome)
        reach("refund.before_commit")
    return outcome.status.value


def _earlier(tools: Tools, ticket: RefundTicket) -> RefundOutcome | None:
    made = tools.gateway.refunds_of(ticket.provider_payment_id)
    return next((each for each in made if each.refund_id == str(ticket.refund_id)), None)
