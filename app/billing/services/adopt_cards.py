"""Takes over accounts and cards that people have at the payment provider already, all at once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.billing.models import Account
from app.billing.ports import CardFacts
from app.billing.services.save_card import save_card
from app.core.database import among
from app.core.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Adopted:
    """Who can be charged now, and who has another account here than the one given."""

    with_card: frozenset[uuid.UUID]
    elsewhere: frozenset[uuid.UUID]


def adopt_cards(
    work: UnitOfWork, people: frozenset[uuid.UUID], cards: Mapping[uuid.UUID, CardFacts]
) -> Adopted:
    """Keep the cards of people who have none here; a card that is here stays.

    Of two people with the same account the first one given keeps it.
    """
    rows = [_row(work, person, card) for person, card in cards.items()]
    if rows:
        work.session.execute(insert(Account).on_conflict_do_nothing(), rows)
    for person, account in _accounts(work, people).items():
        if person in cards and account.card_id is None:
            save_card(work, person, cards[person])
    known = _accounts(work, people)
    return Adopted(
        with_card=frozenset(key for key, account in known.items() if account.card_id),
        elsewhere=frozenset(
            person
            for person, card in cards.items()
            if person not in known or known[person].provider_id != card.customer_id
        ),
    )


def _row(work: UnitOfWork, person: uuid.UUID, card: CardFacts) -> dict[str, object]:
    return {
        "subscriber_id": person,
        "provider_id": card.customer_id,
        "card_id": card.card_id,
        "card_brand": card.brand or None,
        "card_last4": card.last4 or None,
        "card_exp_month": card.exp_month or None,
        "card_exp_year": card.exp_year or None,
        "card_made_at": card.made_at,
        "updated_at": work.now,
    }


def _accounts(work: UnitOfWork, people: frozenset[uuid.UUID]) -> dict[uuid.UUID, Account]:
    found = work.session.scalars(
        select(Account)
        .where(among(Account.subscriber_id, people))
        .execution_options(populate_existing=True)
    )
    return {account.subscriber_id: account for account in found}
