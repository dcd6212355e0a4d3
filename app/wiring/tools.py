"""Builds the tools that the doors hold: one set for each process."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from app.adapters.files import write_export
from app.adapters.hook_courier import HookCourier
from app.adapters.local_servers import start_postgres, start_stand_in, start_valkey
from app.adapters.mail import make_mailer
from app.adapters.passwords import hash_password
from app.adapters.rq_queue import RqQueue
from app.adapters.rq_worker import work as answer
from app.adapters.shared_pace import SharedPace
from app.adapters.stand_in import StandIn
from app.adapters.stripe_calls import stripe_client
from app.adapters.stripe_cards import StripeCards
from app.adapters.stripe_events import event_verifier
from app.adapters.stripe_gateway import StripeGateway
from app.adapters.stripe_lists import StripeLists
from app.adapters.stripe_money import StripeMoney
from app.adapters.stripe_objects import StripeObjects
from app.adapters.stripe_tax import StripeTax
from app.adapters.typst_printer import TypstPrinter
from app.billing.ports import CardDesk, PaymentGateway, ProviderBooks, TaxDesk
from app.core.clock import MovableClock, RealClock
from app.core.database import make_engine, make_sessions
from app.core.ports import Backstage, Mailer, Queue
from app.core.unit_of_work import UnitOfWorkFactory
from app.finance.event_shape import THIN
from app.finance.ports import PaperPrinter, ProviderEvents, ProviderMoney, VerifyEvent
from app.fulfilment.export_rules import ExportFiles
from app.hooks.ports import Courier
from app.wiring.settings import Settings


@dataclass(frozen=True)
class Tools:
    """What stands behind each port in this process.

    `counters` is the address at which the web counts how often somebody tries something.
    `backstage` moves the sandbox's payment provider; it is None where that is not a stand-in.
    `others_at_work` says whether workers are in the midst of jobs, `bells` how many jobs wait.
    """

    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    units: UnitOfWorkFactory
    queue: Queue
    gateway: PaymentGateway
    tax: TaxDesk
    cards: CardDesk
    books: ProviderBooks
    money: ProviderMoney
    provider_events: ProviderEvents
    verify_event: VerifyEvent
    verify_thin_event: VerifyEvent
    mailer: Mailer
    courier: Courier
    printer: PaperPrinter
    hash_password: Callable[[str], str] = hash_password
    write_export: Callable[[ExportFiles, Path], tuple[Path, ...]] = write_export
    counters: str = "memory://"
    backstage: Backstage | None = None
    others_at_work: Callable[[], bool] = lambda: False
    bells: Callable[[], int] = lambda: 0


def database_url(settings: Settings) -> str:
    """Return the database's address, starting (or joining) the embedded server if none is set."""
    return settings.database_url or start_postgres(settings.home)


def redis_url(settings: Settings) -> str:
    """Return the queue server's address, starting (or joining) the embedded one if none is set."""
    if settings.redis_url:
        return settings.redis_url
    return start_valkey(settings.home)


def provider_url(settings: Settings) -> str | None:
    """Return the payment provider's address, starting (or joining) the sandbox's stand-in.

    None is the provider itself.
    """
    if settings.stripe_api_base or not settings.sandbox:
        return settings.stripe_api_base
    return start_stand_in(settings.home, settings.stand_in_port)


def build_tools(settings: Settings, provider: bool = True) -> Tools:
    """Connect everything that the settings name; what they leave out is started.

    Without `provider` the sandbox's payment stand-in is not started.
    """
    if provider:
        settings = settings.model_copy(update={"stripe_api_base": provider_url(settings)})
    engine = make_engine(database_url(settings))
    address = redis_url(settings)
    queue = RqQueue(address)
    mailer = make_mailer(settings.smtp_url, settings.home, settings.mail_from)
    pace = SharedPace(address, settings.provider_calls_a_second)
    tools = assemble(settings, engine, queue, mailer, pace)
    return replace(tools, counters=address, others_at_work=queue.is_busy, bells=queue.waiting)


def assemble(
    settings: Settings,
    engine: Engine,
    queue: Queue,
    mailer: Mailer,
    pace: SharedPace | None = None,
) -> Tools:
    """Put tools together around an engine, a doorbell and a post box."""
    sessions = make_sessions(engine)
    provider = settings.stripe_api_base or stand_in_address(settings)
    client = stripe_client(settings.stripe_api_key.get_secret_value(), provider, pace)
    clock = MovableClock() if settings.sandbox else RealClock()
    return Tools(
        settings=settings,
        engine=engine,
        sessions=sessions,
        units=UnitOfWorkFactory(sessions, clock, settings.shop(), queue.ring),
        queue=queue,
        gateway=StripeGateway(client, settings.payment_methods),
        tax=StripeTax(client),
        cards=StripeCards(client, settings.payment_methods),
        books=StripeLists(client),
        money=StripeMoney(client),
        provider_events=StripeObjects(client),
        verify_event=event_verifier(
            unveiled(settings.stripe_webhook_secrets), livemode=not settings.sandbox
        ),
        verify_thin_event=event_verifier(
            unveiled(settings.stripe_thin_webhook_secrets),
            livemode=not settings.sandbox,
            shape=THIN,
        ),
        mailer=mailer,
        printer=TypstPrinter(),
        courier=HookCourier(local=settings.sandbox and settings.hooks_to_this_machine),
        backstage=backstage(settings, provider),
    )


def unveiled(secrets: tuple[SecretStr, ...]) -> tuple[str, ...]:
    """Return secrets as they are."""
    return tuple(each.get_secret_value() for each in secrets)


def stand_in_address(settings: Settings) -> str | None:
    """Return where the sandbox's payment stand-in answers by default; a live shop has none."""
    return f"http://127.0.0.1:{settings.stand_in_port}" if settings.sandbox else None


def backstage(settings: Settings, provider: str | None) -> Backstage | None:
    """Return the levers of the stand-in, if the shop plays and the provider is on this machine."""
    local = provider and urlsplit(provider).hostname in {"127.0.0.1", "localhost"}
    return StandIn(provider) if provider and local and settings.sandbox else None


def answer_queue(settings: Settings) -> None:
    """Do the jobs of the queue, in this process and its children, until told to stop."""
    answer(redis_url(settings))
