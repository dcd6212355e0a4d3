"""Applies stored events, each once, and fetches from the provider those that never came."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog

from app.billing.ports import OutcomeUnknown, ProviderRefused
from app.core.clock import real_now
from app.core.fail_points import reach
from app.finance.event_shape import BadEvent, VerifiedEvent, read_event
from app.finance.queries import known_events
from app.finance.rules import EventStatus
from app.finance.services.apply_hint import NotKnownYet
from app.finance.services.claim_event import EventTicket, claim_event, defer_event, finish_event
from app.finance.services.store_event import store_event
from app.finance.services.take_purchase import PurchaseNotKnown
from app.jobs.provider_answers import ACTOR, ask
from app.wiring.tools import Tools

LOOK_BACK = timedelta(days=3)
# The provider's list goes back so far.
LONGEST_BACK = timedelta(days=30)
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
    early = False
    try:
        apply = ask(tools, event)
        with tools.units(ACTOR) as work:
            status = apply(work)
            finish_event(work, event.id, status)
            reach("webhook.before_commit")
        return status
    except (NotKnownYet, PurchaseNotKnown) as unknown:
        early, why = True, f"not known yet: {unknown}"
    except (OutcomeUnknown, ProviderRefused) as away:
        why = f"the provider: {away}"
    except Exception as error:
        # One poisoned event must not keep the others waiting; it is kept with its reason.
        log.error("event_failed", event_id=event.id, exc_info=True)
        why = f"{type(error).__name__}: {error}"
    with tools.units(ACTOR) as work:
        return defer_event(work, event.id, why, early)


def fetch_missed_events(tools: Tools) -> int:
    """Store what the provider's list has of the last three days and never reached us."""
    with tools.units(ACTOR) as work:
        # The sandbox's clock may stand in the past or far ahead of the machine's.
        since = min(work.now, real_now()) - LOOK_BACK
    return _store_unknown(tools, tools.books.events(since))


def backfill_events(tools: Tools, since: datetime) -> int:
    """Store the events that the provider could not deliver since a moment; return how many.

    It tells whether each of its events was taken, and keeps them for thirty days.
    """
    return _store_unknown(tools, tools.provider_events.undelivered(since))


def _store_unknown(tools: Tools, payloads: list[bytes]) -> int:
    listed = list(_readable(tools, payloads))
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
