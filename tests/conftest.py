"""What all tests share: a real PostgreSQL, a database each, a clock that stands still."""

import gc
import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.adapters.local_servers import start_postgres
from app.adapters.migrate import upgrade
from app.core.database import make_sessions
from app.core.job_names import Job
from app.core.ports import Post
from app.core.shop import Shop
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from tests import stripe_description
from tests.databases import Databases, named, run

TRACES = "STAND_IN_TRACE"
HOME = Path(__file__).resolve().parents[1] / ".boxwright" / "tests"
START = datetime(2027, 1, 4, 15, 0, tzinfo=UTC)


class FrozenClock:
    """A clock that stands where the test puts it."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self, session: Session) -> datetime:
        return self.moment

    def move_to(self, moment: datetime) -> None:
        self.moment = moment


class RecordingQueue:
    """A doorbell that remembers who rang."""

    def __init__(self) -> None:
        self.rings: list[tuple[Job, tuple[str, ...]]] = []

    def ring(self, job: Job, ids: tuple[str, ...]) -> None:
        self.rings.append((job, ids))


class RecordingMailer:
    """A post box that keeps every letter."""

    def __init__(self) -> None:
        self.posts: list[Post] = []

    def send(self, post: Post) -> None:
        self.posts.append(post)


# Nothing of what the tests import is garbage.
gc.disable()
# Faults that tests provoke are logged in plain words: drawing them takes longer than they do.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and never among what was imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def provider_is_spoken_to_as_it_says(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Whatever any test sends to the stand-in, and whatever that answers, is the provider's own
    language: the last to end compares it with the description the provider publishes."""
    folder = tmp_path_factory.mktemp("traces")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(TRACES, str(folder))
        yield
    if stripe_description.FILE.exists():
        faults = stripe_description.faults_in(folder)
        assert not faults, "\n".join(faults)


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """A server of our own, or the one that TEST_DATABASE_URL names."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return given
    HOME.mkdir(parents=True, exist_ok=True)
    url = start_postgres(HOME, "postgres")
    # These databases live for one test, so nothing has to survive a power cut.
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "jit"):
        run(url, f"ALTER SYSTEM SET {setting} = off")
    run(url, "ALTER SYSTEM SET max_connections = 300")
    run(url, "SELECT pg_reload_conf()")
    return url


@pytest.fixture(scope="session")
def template(postgres_url: str) -> Iterator[str]:
    """The name of a migrated, empty database that every test's own is copied from."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    run(postgres_url, f'CREATE DATABASE "{name}"')
    upgrade(named(postgres_url, name))
    yield name
    run(postgres_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def databases(postgres_url: str, template: str) -> Iterator[Databases]:
    kept = Databases(postgres_url, template)
    yield kept
    kept.close()


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The address of this test's own database."""
    url = databases.take()
    yield url
    databases.give_back(url)


@pytest.fixture
def engine(databases: Databases, database_url: str) -> Engine:
    return databases.engine(database_url)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def queue() -> RecordingQueue:
    return RecordingQueue()


@pytest.fixture
def mailer() -> RecordingMailer:
    return RecordingMailer()


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def units(
    engine: Engine, clock: FrozenClock, queue: RecordingQueue, shop: Shop
) -> UnitOfWorkFactory:
    """Opens units of work on the test's own database."""
    return UnitOfWorkFactory(make_sessions(engine), clock, shop, queue.ring)


@pytest.fixture
def actor() -> Actor:
    return Actor("system", "test")
