"""Keep what is charged for a subscriber: the account at the provider and the card on file."""

import uuid

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.billing.models import Account
from app.billing.ports import CardFacts
from app.billing.services.retry_with_new_card import retry_with_new_card
from app.core.unit_of_work import UnitOfWork


def ensure_account(work: UnitOfWork, subscriber_id: uuid.UUID) -> str | None:
    """Return the subscriber's account at the provider; None while it has to be opened there."""
    work.session.execute(
        insert(Account)
        .values(subscriber_id=subscriber_id, updated_at=work.now)
        .on_conflict_do_nothing()
    )
    return work.session.scalar(
        select(Account.provider_id).where(Account.subscriber_id == subscriber_id)
    )


def record_account(work: UnitOfWork, subscriber_id: uuid.UUID, provider_id: str) -> str:
    """Keep the account that the provider opened; the first one recorded stays."""
    ensure_account(work, subscriber_id)
    work.session.execute(
        update(Account)
        .where(Account.subscriber_id == subscriber_id, Account.provider_id.is_(None))
        .values(provider_id=provider_id, updated_at=work.now)
    )
    kept = ensure_account(work, subscriber_id)
    assert kept is not None
    return kept


def save_card(work: UnitOfWork, subscriber_id: uuid.UUID, card: CardFacts) -> bool:
    """Charge this card from now on; a card older than the one on file changes nothing.

    A new card is tried at once for what is open.
    """
    record_account(work, subscriber_id, card.customer_id)
    before = work.session.execute(
        select(Account.card_id, Account.card_exp_year, Account.card_exp_month)
        .where(Account.subscriber_id == subscriber_id)
        .with_for_update()
    ).one()
    changed = work.session.execute(
        update(Account)
        .where(
            Account.subscriber_id == subscriber_id,
            Account.provider_id == card.customer_id,
            or_(Account.card_made_at.is_(None), Account.card_made_at <= card.made_at),
        )
        .values(
            card_id=card.card_id,
            card_brand=card.brand,
            card_last4=card.last4,
            card_exp_month=card.exp_month,
            card_exp_year=card.exp_year,
            card_made_at=card.made_at,
            updated_at=work.now,
        )
        .returning(Account.subscriber_id)
    ).all()
    # The same card with a later date is what the card's network sends when it was renewed.
    if not changed or tuple(before) == (card.card_id, card.exp_year, card.exp_month):
        return False
    retry_with_new_card(work, subscriber_id)
    return True


def forget_card(work: UnitOfWork, card_id: str) -> bool:
    """Charge no card that its owner took away at the provider."""
    return _forget(work, Account.card_id == card_id)


def forget_account(work: UnitOfWork, provider_id: str) -> bool:
    """Charge nothing to an account that was deleted at the provider."""
    return _forget(work, Account.provider_id == provider_id)


def _forget(work: UnitOfWork, which: ColumnElement[bool]) -> bool:
    gone = work.session.execute(
        update(Account)
        .where(which, Account.card_id.is_not(None))
        .values(
            card_id=None,
            card_brand=None,
            card_last4=None,
            card_exp_month=None,
            card_exp_year=None,
            updated_at=work.now,
        )
        .returning(Account.subscriber_id)
    ).all()
    return bool(gone)


def subscriber_of_account(work: UnitOfWork, provider_id: str) -> uuid.UUID | None:
    """Return whose account at the provider this is."""
    return work.session.scalar(
        select(Account.subscriber_id).where(Account.provider_id == provider_id)
    )
