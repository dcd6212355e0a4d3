"""Four workers, two tickers and every webhook three times over: the same end as in peace."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from app.core.database import make_engine, with_driver
from app.core.job_names import Job
from app.core.unit_of_work import Actor
from app.personalization.services.set_mix import set_mix
from app.sandbox.serving import Running, start
from app.wiring.settings import Settings
from app.wiring.tools import assemble
from tests.cast import WEEKLY, Coffee
from tests.conftest import RecordingMailer, RecordingQueue
from tests.databases import Databases, named
from tests.stories.digest import digest
from tests.stories.door import open_door
from tests.stories.shop import ASKS, EMPTY, LOST, StoryShop, subscribe_many

DAY = date(2027, 1, 13)
LOCK = datetime(2027, 1, 11, 2, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
PEOPLE = 40
CARDS = {5: EMPTY, 11: ASKS, 17: LOST, 23: EMPTY}
SHELF = tuple(Coffee(f"coffee{n}", stock=14, acidity=float(n)) for n in range(7))


@pytest.fixture
def twins(
    postgres_url: str, databases: Databases, database_url: str, tmp_path: Path
) -> Iterator[tuple[StoryShop, StoryShop]]:
    """Two shops with the same people, the same stock and the same provider behind each."""
    first = start(journal_path=tmp_path / "first.jsonl")
    shop = _shop(database_url, first, tmp_path)
    shop.put(datetime(2027, 1, 4, 15, tzinfo=UTC))
    _fill(shop)
    shop.tools.engine.dispose()
    databases.leave(database_url)
    first.close()
    shutil.copy(tmp_path / "first.jsonl", tmp_path / "second.jsonl")
    twin = f"twin_{uuid.uuid4().hex[:12]}"
    source = database_url.partition("?")[0].rsplit("/", 1)[1]
    admin = create_engine(
        with_driver(postgres_url), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{twin}" TEMPLATE "{source}"')
    providers = [start(journal_path=tmp_path / name) for name in ("first.jsonl", "second.jsonl")]
    urls = (database_url, named(postgres_url, twin))
    pair = [_shop(url, each, tmp_path) for url, each in zip(urls, providers, strict=True)]
    yield pair[0], pair[1]
    for shop, provider in zip(pair, providers, strict=True):
        shop.tools.engine.dispose()
        provider.close()
    with admin.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{twin}" WITH (FORCE)')


def _shop(url: str, provider: Running, home: Path) -> StoryShop:
    settings = Settings(home=home, database_url=url, stripe_api_base=provider.url)
    tools = assemble(settings, make_engine(url), RecordingQueue(), RecordingMailer())
    return StoryShop(tools, provider)


def _fill(shop: StoryShop) -> None:
    products = shop.stock(*SHELF)
    plan = shop.plan(WEEKLY, max_per_item=2)
    people = subscribe_many(shop, plan, PEOPLE)
    for at, number in CARDS.items():
        shop.change_card(people[at][0], number)
    # More people choose the first coffee than there are bags of it.
    for person, subscription in people[:10]:
        with shop.tools.units(Actor("subscriber")) as work:
            set_mix(work, person.id, subscription.id, {products["coffee0"]: 2})


def _is_quiet(shop: StoryShop, busy: Callable[[], bool]) -> bool:
    open_work = (
        "batch WHERE status <> 'composed' AND locks_at <= :now",
        "attempt WHERE status = 'begun'",
        "payment WHERE next_try_at <= :now",
        "provider_event WHERE status = 'waiting'",
        "letter WHERE sent_at IS NULL",
        "refund WHERE status = 'due'",
    )
    left = [shop.sql(f"SELECT count(*) FROM {each}", now=LOCK)[0][0] for each in open_work]
    return not any(left) and shop.box_count("composed") < PEOPLE and not busy()


def test_all_at_once_comes_to_the_same_as_one_after_the_other(twins, crew_of):
    peace, storm = twins
    peace.live_at(LOCK)

    crew = crew_of(storm)
    rung = replace(storm.tools, queue=crew.queue, units=replace(storm.tools.units, ring=crew.ring))
    door = open_door(rung)
    try:
        storm.lever("webhooks", duplicates=2, shuffle=True)
        storm.lever("webhook_endpoint", url=door.url, secret="whsec_sandbox")
        crew.workers(4)
        storm.put(LOCK)
        for _ in range(4):
            crew.enqueue(Job.RUN_BATCH, storm.batch(DAY).id)
        for _ in range(2):
            crew.start("app.jobs.tick")
        for _ in range(4):
            crew.enqueue(Job.CHARGE_DUE)
        crew.wait(lambda: storm.sql("SELECT count(*) FROM payment")[0][0] == PEOPLE)
        crew.wait(lambda: _is_quiet(storm, crew.is_busy))
        crew.wait(lambda: storm.webhooks_left() == 0)
        crew.wait(lambda: _is_quiet(storm, crew.is_busy))
    finally:
        crew.end()
        door.close()

    expected, found = digest(peace.tools.engine), digest(storm.tools.engine)
    for name, rows in expected.items():
        assert found[name] == rows, name
    assert len(expected["parcels"]) == PEOPLE - len(CARDS)
    assert len(storm.tools.books.payments()) == PEOPLE
    tripled = storm.sql("SELECT count(*), count(DISTINCT id) FROM provider_event")[0]
    assert tripled[0] == tripled[1] > PEOPLE
    assert peace.check() == ()
    assert storm.check() == ()
