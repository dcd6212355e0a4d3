"""Proves a shop's books against the provider's own lists, for every door that asks for it."""

from datetime import timedelta

from app.core.unit_of_work import Actor
from app.finance.event_shape import BadEvent, read_event
from app.finance.ports import ProviderFacts
from app.finance.rules import KINDS, Violation
from app.finance.services.check_books import GRACE, check_books
from app.wiring.tools import Tools


def prove_books(
    tools: Tools, actor: Actor, grace: timedelta = GRACE, with_provider: bool = True
) -> tuple[Violation, ...]:
    """Return everything that does not hold. The lists are fetched before the transaction opens."""
    facts = provider_facts(tools) if with_provider else None
    with tools.units(actor) as work:
        return check_books(work, facts, grace)


def provider_facts(tools: Tools) -> ProviderFacts:
    """Fetch what the provider knows of payments, refunds, disputes and its balance."""
    return ProviderFacts(
        payments=tuple(tools.books.payments()),
        refunds=tuple(tools.books.refunds()),
        disputes=tuple(tools.money.disputes()),
        balances=tools.money.balance(),
    )


def events_of(tools: Tools) -> tuple[str, ...]:
    """Fetch the ids of the provider's events that mean something to us."""
    found = []
    for payload in tools.books.events():
        try:
            event = read_event(payload, livemode=not tools.settings.sandbox)
        except BadEvent:
            continue
        found += [event.id] if event.type in KINDS else []
    return tuple(found)
