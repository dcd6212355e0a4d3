"""Asks the provider what an event hints at, and says what is to be done with the answer.

No event is believed for money: it names an object, the object is fetched, and that is applied.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from app.billing.ports import RefundOutcome
from app.billing.rules import RefundStatus
from app.core.unit_of_work import Actor, UnitOfWork
from app.finance.event_shape import thing_of
from app.finance.rules import KINDS, EventKind, EventStatus
from app.finance.services.apply_hint import (
    take_card,
    take_card_away,
    take_dispute,
    take_failed_setup,
    take_payment,
    take_payout,
    take_payout_lines,
    take_refunds,
    take_setup,
)
from app.finance.services.claim_event import EventTicket
from app.finance.services.known_objects import is_settled
from app.finance.services.take_purchase import take_purchase
from app.wiring.tools import Tools

ACTOR = Actor("provider", "event")
Apply = Callable[[UnitOfWork], EventStatus]
Ask = Callable[[Tools, EventTicket], Apply]


def ask(tools: Tools, event: EventTicket) -> Apply:
    """Return what is to be done for an event, after asking the provider. Nothing is open here."""
    kind = KINDS.get(event.type)
    return _nothing if kind is None else ASKED[kind](tools, event)


def _nothing(work: UnitOfWork) -> EventStatus:
    return EventStatus.IGNORED


def _thing(tools: Tools, event: EventTicket) -> dict[str, Any]:
    """Return the object as the event told it; a thin event tells only where it is."""
    found = thing_of(event.payload)
    return tools.provider_events.thing(found) if isinstance(found, str) else found


def _payment(tools: Tools, event: EventTicket) -> Apply:
    return _settle(tools, event.object_id)


def _charge(tools: Tools, event: EventTicket) -> Apply:
    wanted = _thing(tools, event).get("payment_intent")
    return _settle(tools, str(wanted)) if wanted else _nothing


def _settle(tools: Tools, wanted: str) -> Apply:
    with tools.units(ACTOR) as work:
        settled = is_settled(work, wanted)
    if settled:
        return lambda work: EventStatus.DONE
    outcome = tools.gateway.retrieve(wanted)
    return lambda work: take_payment(work, outcome)


def _refund(tools: Tools, event: EventTicket) -> Apply:
    about = tools.gateway.retrieve_refund(event.object_id)
    wanted = about.provider_payment_id
    return _give_back(tools, tools.gateway.refunds_of(wanted) if wanted else [about])


def _refunds_of_charge(tools: Tools, event: EventTicket) -> Apply:
    wanted = _thing(tools, event).get("payment_intent")
    return _give_back(tools, tools.gateway.refunds_of(str(wanted)) if wanted else [])


def _give_back(tools: Tools, refunds: list[RefundOutcome]) -> Apply:
    """What was given back was paid before: so the payment is settled first, if it was not.

    All refunds of it are taken together, those that came back first, so that what is given back
    is never more than what was paid.
    """
    refunds = sorted(refunds, key=lambda each: each.status is not RefundStatus.FAILED)
    paid = {each.provider_payment_id for each in refunds if each.provider_payment_id}
    settle = [_settle(tools, wanted) for wanted in sorted(paid)]

    def apply(work: UnitOfWork) -> EventStatus:
        for each in settle:
            each(work)
        return take_refunds(work, refunds)

    return apply


def _dispute(tools: Tools, event: EventTicket) -> Apply:
    facts = tools.money.dispute(event.object_id)
    return lambda work: take_dispute(work, facts)


def _payout(tools: Tools, event: EventTicket) -> Apply:
    facts = tools.money.payout(event.object_id)
    return lambda work: take_payout(work, facts)


def _payout_lines(tools: Tools, event: EventTicket) -> Apply:
    facts = tools.money.payout(event.object_id)
    lines = tools.money.payout_lines(event.object_id)
    return lambda work: take_payout_lines(work, facts, lines)


def _setup(tools: Tools, event: EventTicket) -> Apply:
    card = tools.cards.finished_setup(event.object_id)
    return lambda work: take_setup(work, card)


def _failed_setup(tools: Tools, event: EventTicket) -> Apply:
    customer = _thing(tools, event).get("customer")
    return lambda work: take_failed_setup(work, event.id, str(customer) if customer else None)


def _visit(tools: Tools, event: EventTicket) -> Apply:
    """A visit to the provider's page saved a card, or paid for something."""
    if _thing(tools, event).get("mode") != "payment":
        return _setup(tools, event)
    facts = tools.provider_events.purchase(event.object_id)
    if facts and event.type.endswith("async_payment_failed") and not facts.paid:
        facts = replace(facts, over=True)
    return lambda work: take_purchase(work, facts)


def _card(tools: Tools, event: EventTicket) -> Apply:
    thing = _thing(tools, event)
    customer = event.object_id if thing.get("object") == "customer" else thing.get("customer")
    current = tools.cards.card(str(customer)) if customer else None
    return lambda work: take_card(work, current)


def _card_gone(tools: Tools, event: EventTicket) -> Apply:
    return lambda work: take_card_away(work, event.object_id)


ASKED: dict[EventKind, Ask] = {
    EventKind.PAYMENT: _payment,
    EventKind.CHARGE: _charge,
    EventKind.CHARGE_REFUNDS: _refunds_of_charge,
    EventKind.REFUND: _refund,
    EventKind.SETUP: _setup,
    EventKind.SETUP_FAILED: _failed_setup,
    EventKind.VISIT: _visit,
    EventKind.CARD: _card,
    EventKind.CARD_GONE: _card_gone,
    EventKind.DISPUTE: _dispute,
    EventKind.PAYOUT: _payout,
    EventKind.PAYOUT_LINES: _payout_lines,
}
