"""The provider within this process: the real SDK asks it without a socket."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import stripe
from werkzeug.test import Client

from app.adapters.stripe_calls import VERSION, StripeCalls
from app.adapters.stripe_cards import StripeCards
from app.adapters.stripe_gateway import StripeGateway
from app.adapters.stripe_lists import StripeLists
from app.adapters.stripe_money import StripeMoney
from app.adapters.stripe_objects import StripeObjects
from app.core.database import make_engine, make_sessions
from app.core.shop import Shop
from app.core.unit_of_work import UnitOfWorkFactory
from app.sandbox.server import Sandbox, create_app
from app.sandbox.state import Book
from app.sandbox.webhooks import Courier
from app.wiring.settings import Settings
from app.wiring.tools import assemble
from tests.conftest import HOME, FrozenClock, RecordingMailer, RecordingQueue
from tests.histories.world import World

BASE = "http://127.0.0.1:1"


class NoSocket(stripe.HTTPClient):
    """Carries the SDK's requests into the stand-in within this process."""

    name = "inside"

    def __init__(self, book: Book) -> None:
        super().__init__()
        sandbox = Sandbox(book, Courier(book))
        self._client = Client(create_app(sandbox))

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        """Return content, status and headers, as a network would."""
        answer = self._client.open(
            url.removeprefix(BASE),
            method=method.upper(),
            headers=dict(headers),
            data=post_data,
            base_url=BASE,
            environ_overrides={"REMOTE_ADDR": "127.0.0.1"},
        )
        return answer.get_data(), answer.status_code, dict(answer.headers)

    def close(self) -> None:
        """There is nothing to close."""


@contextmanager
def open_world(database_url: str, seed: str) -> Iterator[World]:
    """Open a shop on an empty database, with a provider of its own."""
    book = Book()
    client = stripe.StripeClient(
        "sk_test_sandbox",
        stripe_version=VERSION,
        http_client=NoSocket(book),
        max_network_retries=0,
        base_addresses={"api": BASE},
    )
    calls = StripeCalls(client)
    engine = make_engine(database_url)
    queue = RecordingQueue()
    tools = replace(
        assemble(Settings(home=HOME), engine, queue, RecordingMailer()),
        units=UnitOfWorkFactory(
            make_sessions(engine), FrozenClock(), Shop(cycles_ahead=1), lambda *_: None
        ),
        gateway=StripeGateway(calls),
        cards=StripeCards(calls),
        books=StripeLists(calls),
        money=StripeMoney(calls),
        provider_events=StripeObjects(calls),
    )
    yield World(tools, book, client, random.Random(seed))
    engine.dispose()
