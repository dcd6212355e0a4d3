"""Applies stored events: each is a hint to ask the provider, and what it answers is applied."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import structlog

from app.billing.ports import OutcomeUnknown, ProviderRefused
from app.core.clock import real_now
from app.core.fail_points import reach
from app.core.unit_of_work import Actor, UnitOfWork
from app.finance.event_shape import BadEvent, VerifiedEvent, read_event
from app.finance.queries import known_events
from app.finance.rules import KINDS, EventKind, EventStatus
from app.finance.services.apply_hint import (
    NotKnownYet,
    take_card,
    take_card_away,
    take_payment,
    take_refunds,
    take_setup,
)
from app.finance.services.claim_event import EventTicket, claim_event, defer_event, finish_event
from app.finance.services.known_objects import is_settled
from app.finance.services.store_event import store_event
from app.wiring.tools import Tools

ACTOR = Actor("provider", "event")
LOOK_BACK = timedelta(days=3)
Apply = Callable[[UnitOfWork], EventStatus]
log = structlog.get_logger()


def apply_events(tools: Tools) -> dict[str, int]:
    """Apply all events whose time has come; return how many ended how."""
    counts: Counter[str] = Counter()
    while True:
        with tools.units(ACTOR) as work:
            event = claim_event(work)
        if event is None:
            return dict(counts)
        counts[_apply_one(tools, event).value] += 1


def _apply_one(tools: Tools, event: EventTicket) -> EventStatus:
    """Apply one event. Whatever goes wrong is written down, and the event tried again later."""
    try:
        apply = _ask(tools, event)
        with tools.units(ACTOR) as work:
            status = apply(work)
            finish_event(work, event.id, status)
            reach("webhook.before_commit")
        return status
    except NotKnownYet as early:
        why = f"not known yet: {early}"
    except (OutcomeUnknown, ProviderRefused) as away:
        why = f"the provider: {away}"
    except Exception as error:
        # One poisoned event must not keep the others waiting; it is kept with its reason.
        log.error("event_failed", event_id=event.id, exc_info=True)
        why = f"{type(error).__name__}: {error}"
    with tools.units(ACTOR) as work:
        return defer_event(work, event.id, why)


def _ask(tools: Tools, event: EventTicket) -> Apply:
    """Ask the provider what an event hints at, and return what is to be done with the answer."""
    kind = KINDS.get(event.type)
    if kind is None:
        return lambda work: EventStatus.IGNORED
    if kind in (EventKind.PAYMENT, EventKind.CHARGE):
        return _ask_payment(tools, event, kind)
    if kind in (EventKind.REFUND, EventKind.CHARGE_REFUNDS):
        return _ask_refunds(tools, event, kind)
    return _ask_card(tools, event, kind)


def _ask_payment(tools: Tools, event: EventTicket, kind: EventKind) -> Apply:
    thing = _object(event)
    wanted = thing.get("payment_intent") if kind is EventKind.CHARGE else event.object_id
    if not wanted:
        return lambda work: EventStatus.IGNORED
    with tools.units(ACTOR) as work:
        settled = is_settled(work, str(wanted))
    if settled:
        return lambda work: EventStatus.DONE
    outcome = tools.gateway.retrieve(str(wanted))
    return lambda work: take_payment(work, outcome)


def _ask_refunds(tools: Tools, event: EventTicket, kind: EventKind) -> Apply:
    if kind is EventKind.REFUND:
        refunds = [tools.gateway.retrieve_refund(event.object_id)]
    else:
        wanted = _object(event).get("payment_intent")
        refunds = tools.gateway.refunds_of(str(wanted)) if wanted else []
    return lambda work: take_refunds(work, refunds)


def _ask_card(tools: Tools, event: EventTicket, kind: EventKind) -> Apply:
    if kind is EventKind.SETUP:
        card = tools.cards.finished_setup(event.object_id)
        return lambda work: take_setup(work, card)
    if kind is EventKind.CARD_GONE:
        return lambda work: take_card_away(work, event.object_id)
    thing = _object(event)
    customer = event.object_id if thing.get("object") == "customer" else thing.get("customer")
    current = tools.cards.card(str(customer)) if customer else None
    return lambda work: take_card(work, current)


def _object(event: EventTicket) -> dict[str, Any]:
    thing = json.loads(event.payload)["data"]["object"]
    return thing if isinstance(thing, dict) else {}


def fetch_missed_events(tools: Tools) -> int:
    """Store what the provider's list has of the last three days and never reached us."""
    with tools.units(ACTOR) as work:
        # The sandbox's clock may stand in the past or far ahead of the machine's.
        since = min(work.now, real_now()) - LOOK_BACK
    listed = list(_readable(tools, tools.books.events(since)))
    with tools.units(ACTOR) as work:
        known = known_events(work.session, [event.id for event in listed])
    missed = 0
    for event in listed:
        if event.id not in known:
            with tools.units(ACTOR) as work:
                missed += store_event(work, event)
    return missed


def _readable(tools: Tools, payloads: list[bytes]) -> Iterator[VerifiedEvent]:
    for payload in payloads:
        try:
            yield read_event(payload, livemode=not tools.settings.sandbox)
        except BadEvent:
            log.warning("event_unreadable", exc_info=True)
