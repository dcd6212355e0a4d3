"""Find out whether what an event speaks of is known here, and whether it is settled already."""

import uuid

from sqlalchemy import exists, select

from app.billing.models import Payment
from app.billing.ports import Outcome
from app.billing.rules import PaymentStatus
from app.core.unit_of_work import UnitOfWork
from app.finance.models import Entry
from app.finance.rules import Source


def is_settled(work: UnitOfWork, provider_id: str) -> bool:
    """Say whether a payment is paid here and its fee is known: nothing is left to be asked."""
    paid = work.session.scalar(
        select(Payment.id)
        .join(Entry, Entry.source_id == Payment.provider_id)
        .where(
            Payment.provider_id == provider_id,
            Payment.status == PaymentStatus.SUCCEEDED,
            Entry.source == Source.FEE.value,
        )
    )
    return paid is not None


def is_known(work: UnitOfWork, outcome: Outcome) -> bool:
    """Say whether a payment of the provider is one of ours, by either of its names."""
    if is_known_payment(work, outcome.provider_id):
        return True
    try:
        named = uuid.UUID(outcome.payment_id or "")
    except ValueError:
        return False
    return work.session.get(Payment, named) is not None


def is_known_payment(work: UnitOfWork, provider_id: str | None) -> bool:
    """Say whether the provider's name of a payment stands in our books."""
    known = exists().where(Payment.provider_id == provider_id)
    return bool(work.session.scalar(select(known)))
