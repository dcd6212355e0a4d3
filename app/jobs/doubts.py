"""Finds out what became of payments whose answer was lost, or that are wanted cancelled."""

from collections import Counter
from dataclasses import replace

import structlog

from app.billing.ports import (
    ChargeTicket,
    Doubt,
    Outcome,
    OutcomeUnknown,
    ProviderRefused,
)
from app.billing.rules import PaymentStatus
from app.billing.services.claim_doubt import claim_doubt, leave_for_later
from app.billing.services.record_outcome import (
    record_created,
    record_no_answer,
    record_refused,
    record_unsent,
)
from app.core.fail_points import reach
from app.core.unit_of_work import Actor
from app.finance.services.apply_outcome import apply_outcome
from app.wiring.tools import Tools

ACTOR = Actor("job", "resolve_unknown")
NOT_CONFIRMED = "payment_intent_authentication_failure"
GIVE_UP_AFTER = 3
log = structlog.get_logger()


def resolve_unknown(tools: Tools) -> dict[str, int]:
    """Ask about every payment in doubt, until there is none or the provider is away.

    Return how many ended how. A payment that nothing is known of keeps its lease for a while, so
    that it is not asked about again at once.
    """
    counts: Counter[str] = Counter()
    while counts["unknown"] < GIVE_UP_AFTER:
        with tools.units(ACTOR) as work:
            doubt = claim_doubt(work)
        if doubt is None:
            break
        try:
            counts[_resolve(tools, doubt)] += 1
        except (OutcomeUnknown, ProviderRefused) as away:
            log.warning("still_unknown", payment=str(doubt.ticket.payment_id), error=str(away))
            counts["unknown"] += 1
    return dict(counts)


def _resolve(tools: Tools, doubt: Doubt) -> str:
    if doubt.ticket.provider_id is None:
        return _name(tools, doubt)
    if doubt.cancel_wanted:
        outcome = tools.gateway.cancel(doubt.ticket.provider_id)
        waits = outcome.status is PaymentStatus.PROCESSING
        return _later(tools, doubt) if waits else record(tools, outcome, doubt.ticket)
    outcome = tools.gateway.retrieve(doubt.ticket.provider_id)
    return _begun(tools, doubt, outcome) if doubt.begun else _waiting(tools, doubt, outcome)


def _name(tools: Tools, doubt: Doubt) -> str:
    """Find or make the payment at the provider, since the answer to its creation was lost.

    While the provider remembers the key, asking again is safe. After that its list is looked
    through first.
    """
    ticket = doubt.ticket
    if not doubt.begun:
        with tools.units(ACTOR) as work:
            record_unsent(work, ticket)
        return "cancelled"
    try:
        outcome = _found(tools, doubt) or tools.gateway.create(ticket)
    except ProviderRefused as refused:
        with tools.units(ACTOR) as work:
            record_refused(work, ticket, refused.code)
        return "declined"
    with tools.units(ACTOR) as work:
        go_on = record_created(work, ticket, outcome.provider_id)
    if not go_on:
        return "stopped"
    named = replace(doubt, ticket=replace(ticket, provider_id=outcome.provider_id))
    return _begun(tools, named, outcome)


def _found(tools: Tools, doubt: Doubt) -> Outcome | None:
    if doubt.key_known:
        return None
    return tools.books.find_payment(str(doubt.ticket.payment_id), doubt.ticket.customer_id)


def _begun(tools: Tools, doubt: Doubt, outcome: Outcome) -> str:
    """Go on with a try whose worker is gone, from what the provider says of the payment."""
    ticket = doubt.ticket
    if outcome.status is not PaymentStatus.CREATED:
        return record(tools, outcome, ticket)
    if doubt.visit:
        # Nobody is there any more to answer their bank.
        return record(tools, replace(outcome, decline_code=NOT_CONFIRMED), ticket)
    if not doubt.key_known:
        return _anew(tools, ticket)
    try:
        # The same key: this is the same try, made again or answered again.
        return record(tools, tools.gateway.confirm(ticket), ticket)
    except ProviderRefused as refused:
        return record(tools, after_refusal(tools, ticket, refused), ticket)


def after_refusal(tools: Tools, ticket: ChargeTicket, refused: ProviderRefused) -> Outcome:
    """Ask what a payment is that could not be confirmed: it may have been collected already."""
    log.error("charge_refused", payment=str(ticket.payment_id), code=refused.code)
    outcome = tools.gateway.retrieve(str(ticket.provider_id))
    if outcome.status is PaymentStatus.CREATED:
        return replace(outcome, decline_code=refused.code)
    return outcome


def _waiting(tools: Tools, doubt: Doubt, outcome: Outcome) -> str:
    """Hear what became of a try that waited for a bank or for a person."""
    if outcome.status is PaymentStatus.NEEDS_ACTION and doubt.abandoned:
        given_up = replace(outcome, status=PaymentStatus.CREATED, decline_code=NOT_CONFIRMED)
        return record(tools, given_up, doubt.ticket)
    if outcome.status in (PaymentStatus.NEEDS_ACTION, PaymentStatus.PROCESSING):
        record(tools, outcome, doubt.ticket)
        return _later(tools, doubt)
    return record(tools, outcome, doubt.ticket)


def _anew(tools: Tools, ticket: ChargeTicket) -> str:
    with tools.units(ACTOR) as work:
        record_no_answer(work, ticket)
    return "anew"


def _later(tools: Tools, doubt: Doubt) -> str:
    with tools.units(ACTOR) as work:
        leave_for_later(work, doubt)
    return "waiting"


def record(tools: Tools, outcome: Outcome, ticket: ChargeTicket) -> str:
    """Write an outcome down; a success is settled at once."""
    with tools.units(ACTOR) as work:
        apply_outcome(work, outcome, ticket)
    if outcome.status is PaymentStatus.SUCCEEDED:
        reach("settle.after_commit")
    declined = outcome.status is PaymentStatus.CREATED
    return "declined" if declined else outcome.status.value
