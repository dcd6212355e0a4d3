"""Builds the tools that the doors hold: one set for each process."""

import atexit
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from app.adapters.local_servers import start_postgres, start_valkey
from app.adapters.mail import make_mailer
from app.adapters.passwords import hash_password
from app.adapters.rq_queue import RqQueue
from app.adapters.stripe_calls import stripe_client
from app.adapters.stripe_cards import StripeCards
from app.adapters.stripe_events import event_verifier
from app.adapters.stripe_gateway import StripeGateway
from app.adapters.stripe_lists import StripeLists
from app.billing.ports import CardDesk, PaymentGateway, ProviderBooks
from app.core.clock import MovableClock, RealClock
from app.core.database import make_engine, make_sessions
from app.core.ports import Mailer, Queue
from app.core.unit_of_work import UnitOfWorkFactory
from app.finance.ports import VerifyEvent
from app.wiring.settings import Settings


@dataclass(frozen=True)
class Tools:
    """What stands behind each port in this process.

    `counters` is the address at which the web counts how often somebody tries something.
    """

    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    units: UnitOfWorkFactory
    queue: Queue
    gateway: PaymentGateway
    cards: CardDesk
    books: ProviderBooks
    verify_event: VerifyEvent
    mailer: Mailer
    hash_password: Callable[[str], str] = hash_password
    counters: str = "memory://"


def database_url(settings: Settings) -> str:
    """Return the database's address, starting (or joining) the embedded server if none is set."""
    return settings.database_url or start_postgres(settings.home)


def redis_url(settings: Settings) -> str:
    """Return the queue server's address, starting (or joining) the embedded one if none is set."""
    if settings.redis_url:
        return settings.redis_url
    url, server = start_valkey(settings.home)
    if server:
        atexit.register(server.stop)
    return url


def build_tools(settings: Settings) -> Tools:
    """Connect everything that the settings name."""
    engine = make_engine(database_url(settings))
    address = redis_url(settings)
    mailer = make_mailer(settings.smtp_url, settings.home, settings.mail_from)
    return replace(assemble(settings, engine, RqQueue(address), mailer), counters=address)


def assemble(settings: Settings, engine: Engine, queue: Queue, mailer: Mailer) -> Tools:
    """Put tools together around an engine, a doorbell and a post box."""
    sessions = make_sessions(engine)
    client = stripe_client(
        settings.stripe_api_key.get_secret_value(),
        settings.stripe_api_base or stand_in_address(settings),
    )
    clock = MovableClock() if settings.sandbox else RealClock()
    return Tools(
        settings=settings,
        engine=engine,
        sessions=sessions,
        units=UnitOfWorkFactory(sessions, clock, settings.shop(), queue.ring),
        queue=queue,
        gateway=StripeGateway(client),
        cards=StripeCards(client),
        books=StripeLists(client),
        verify_event=event_verifier(
            tuple(each.get_secret_value() for each in settings.stripe_webhook_secrets),
            livemode=not settings.sandbox,
        ),
        mailer=mailer,
    )


def stand_in_address(settings: Settings) -> str | None:
    """Return where the sandbox's payment stand-in answers; a live shop has none."""
    return f"http://127.0.0.1:{settings.stand_in_port}" if settings.sandbox else None
