"""Apply what the provider answered about an event; older news never takes anything back."""

from collections.abc import Sequence

from app.billing.ports import CardFacts, Outcome, RefundOutcome
from app.billing.services.save_card import (
    forget_account,
    forget_card,
    save_card,
    subscriber_of_account,
)
from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.finance.ports import DisputeFacts, Movement, PayoutFacts
from app.finance.rules import EventStatus
from app.finance.services.apply_outcome import apply_outcome
from app.finance.services.known_objects import is_known, is_known_payment
from app.finance.services.settle_dispute import settle_dispute
from app.finance.services.settle_payout import reconcile_payout, settle_payout
from app.finance.services.settle_refund import settle_refund
from app.fulfilment.services.activate_subscription import activate_pending


class NotKnownYet(Exception):
    """The event is about something of ours that is not written down here yet."""


def take_dispute(work: UnitOfWork, facts: DisputeFacts) -> EventStatus:
    """Apply the state of a dispute."""
    if settle_dispute(work, facts):
        return EventStatus.DONE
    if facts.ours:
        raise NotKnownYet(facts.provider_id)
    return EventStatus.IGNORED


def take_payout(work: UnitOfWork, facts: PayoutFacts) -> EventStatus:
    """Apply the state of a payout."""
    settle_payout(work, facts)
    return EventStatus.DONE


def take_payout_lines(
    work: UnitOfWork, facts: PayoutFacts, lines: Sequence[Movement]
) -> EventStatus:
    """Keep the lines of a payout and hold them against the diary."""
    reconcile_payout(work, facts, lines)
    return EventStatus.DONE


def take_failed_setup(work: UnitOfWork, event_id: str, customer_id: str | None) -> EventStatus:
    """Tell somebody that their card could not be saved, once for each time it failed."""
    subscriber_id = subscriber_of_account(work, customer_id) if customer_id else None
    if subscriber_id is None:
        return EventStatus.IGNORED
    promise_letter(work, "card_not_saved", event_id, subscriber_id)
    return EventStatus.DONE


def take_payment(work: UnitOfWork, outcome: Outcome) -> EventStatus:
    """Apply the state of a payment."""
    if not outcome.ours:
        return EventStatus.IGNORED
    if not is_known(work, outcome):
        raise NotKnownYet(outcome.provider_id)
    apply_outcome(work, outcome)
    return EventStatus.DONE


def take_refunds(work: UnitOfWork, outcomes: Sequence[RefundOutcome]) -> EventStatus:
    """Apply the state of refunds, those made on the provider's own pages too."""
    done = EventStatus.IGNORED
    for outcome in outcomes:
        if is_known_payment(work, outcome.provider_payment_id):
            settle_refund(work, outcome)
            done = EventStatus.DONE
        elif outcome.ours:
            raise NotKnownYet(outcome.provider_id)
    return done


def take_setup(work: UnitOfWork, card: CardFacts | None) -> EventStatus:
    """Keep the card of a finished visit to the setup page; what waited for a card starts."""
    if card is None:
        return EventStatus.IGNORED
    subscriber_id = subscriber_of_account(work, card.customer_id)
    if subscriber_id is None:
        raise NotKnownYet(card.customer_id)
    save_card(work, subscriber_id, card)
    activate_pending(work, subscriber_id)
    return EventStatus.DONE


def take_card(work: UnitOfWork, card: CardFacts | None) -> EventStatus:
    """Keep what is new of a card: another one, or another date on the same one."""
    subscriber_id = subscriber_of_account(work, card.customer_id) if card else None
    if card is None or subscriber_id is None:
        return EventStatus.IGNORED
    save_card(work, subscriber_id, card)
    return EventStatus.DONE


def take_card_away(work: UnitOfWork, object_id: str) -> EventStatus:
    """Charge no card, or no account, that was taken away at the provider."""
    gone = forget_card(work, object_id) or forget_account(work, object_id)
    return EventStatus.DONE if gone else EventStatus.IGNORED
