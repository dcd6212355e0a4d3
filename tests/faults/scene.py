"""A small shop one minute before its batch locks, with good and bad cards, ready to be copied."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import requests
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from app.adapters.migrate import upgrade
from app.core.clock import put_clock
from app.core.database import make_engine, make_sessions, with_driver
from app.core.shop import Shop
from app.core.unit_of_work import Actor, UnitOfWork, UnitOfWorkFactory
from app.fulfilment.due_queries import batches_due
from tests.cast import add_plan, give_card, stock_shelf, subscribe
from tests.conftest import FrozenClock
from tests.databases import named
from tests.faults.provider import stand_in

LOCKS_AT = datetime(2027, 1, 11, 7, 0, tzinfo=UTC)
PEOPLE = 24
CARDS = {
    3: "4000000000009995",  # declined softly: tried again later
    7: "4000000000009979",  # stolen: never tried again
    11: "4000000000000341",  # attaches, but every charge fails
}
ACTOR = Actor("system", "scene")


@dataclass(frozen=True)
class Scene:
    """A server of databases, the name of the one to copy, and what the provider remembers."""

    postgres_url: str
    name: str
    journal: Path

    @contextmanager
    def provider(self, name: str = "run") -> Iterator[str]:
        """Give the address of a provider that knows the scene's people and nothing else."""
        with stand_in(self.journal.with_suffix(f".{name}"), remembers=self.journal) as url:
            yield url

    def copy(self, name: str) -> str:
        """Return the address of a fresh copy of the scene."""
        self.drop(name)
        _admin(self.postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{self.name}"')
        return named(self.postgres_url, name)

    def drop(self, name: str) -> None:
        """Throw a copy away."""
        _admin(self.postgres_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def build_scene(postgres_url: str, name: str, folder: Path, count: int = PEOPLE) -> Scene:
    """Build the scene in a database of its own and move its clock to the lock."""
    scene = Scene(postgres_url, name, folder / f"{name}.jsonl")
    scene.drop(name)
    _admin(postgres_url, f'CREATE DATABASE "{name}"')
    url = named(postgres_url, name)
    upgrade(url)
    engine = make_engine(url)
    units = UnitOfWorkFactory(
        make_sessions(engine), FrozenClock(), Shop(tax_bp=625), lambda job, ids: None
    )
    with units(ACTOR) as work:
        people = _people(work, count)
    with stand_in(scene.journal) as provider_url:
        cards = _cards(provider_url, len(people))
    with units(ACTOR) as work:
        for person_id, (customer, card) in zip(people, cards, strict=True):
            give_card(work, person_id, customer, card)
        put_clock(work.session, LOCKS_AT)
        assert batches_due(work.session, LOCKS_AT)
    engine.dispose()
    return scene


def _people(work: UnitOfWork, count: int) -> list[uuid.UUID]:
    stock_shelf(work)
    plan = add_plan(work)
    names = [f"Person{n:02d}" for n in range(count)]
    return [subscribe(work, name, plan, card=False).subscriber_id for name in names]


def _cards(provider_url: str, count: int) -> list[tuple[str, str]]:
    wanted = [
        {"id_hint": str(n), "email": f"p{n}@example.com", "card": CARDS.get(n, "4242424242424242")}
        for n in range(count)
    ]
    answer = requests.post(
        f"{provider_url}/_sandbox/customers/bulk", json={"customers": wanted}, timeout=30
    )
    answer.raise_for_status()
    return [(each["customer"], each["payment_method"]) for each in answer.json()["customers"]]


def _admin(url: str, statement: str) -> None:
    engine = create_engine(with_driver(url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))
