"""Three workers compose a large batch in shards; one is killed in the middle of a shard."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from app.core.job_names import Job
from app.core.unit_of_work import Actor
from app.jobs.batches import dry_run
from app.personalization.services.set_mix import set_mix
from app.wiring.settings import Settings
from tests.cast import WEEKLY, Coffee
from tests.stories.shop import StoryShop, subscribe_many

LOCK = datetime(2027, 1, 11, 2, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
PEOPLE = 30
TINY = {"shard_above": 10, "shard_boxes": 6}
SHELF = tuple(Coffee(f"coffee{n}", stock=12, acidity=float(n)) for n in range(7))
ABANDONED = (
    "UPDATE compose_shard SET lease_until = clock_timestamp() - interval '1 second'"
    " WHERE lease_until IS NOT NULL"
)


@pytest.fixture
def shop(open_shop) -> Iterator[StoryShop]:
    """A shop with a batch that counts as large: five shards, and a coffee that many chose."""
    story = open_shop(datetime(2027, 1, 4, 15, tzinfo=UTC), **TINY)
    products = story.stock(*SHELF)
    plan = story.plan(WEEKLY, max_per_item=2)
    for person, subscription in subscribe_many(story, plan, PEOPLE)[:9]:
        with story.tools.units(Actor("subscriber")) as work:
            set_mix(work, person.id, subscription.id, {products["coffee0"]: 2})
    return story


def test_a_worker_that_is_killed_in_a_shard_changes_nothing(shop, crew_of):
    batch = shop.sql("SELECT id FROM batch ORDER BY locks_at LIMIT 1")[0][0]
    shop.put(LOCK)
    undisturbed = dry_run(shop.tools, batch)

    crew = crew_of(shop)
    crew.environment |= {f"BOXWRIGHT_{name.upper()}": str(count) for name, count in TINY.items()}
    doomed = crew.start("app.jobs.worker", BOXWRIGHT_FAIL_AT="shards.composed@parent")
    crew.enqueue(Job.RUN_BATCH, batch)
    crew.wait(lambda: doomed.poll() is not None)
    half = shop.sql("SELECT count(*), count(snapshot), count(outcome) FROM compose_shard")[0]
    # Its child may just have kept one shard before it died too.
    assert (half[0], half[1]) == (5, 5)
    assert half[2] < 5
    assert shop.sql("SELECT status FROM batch WHERE id = :id", id=batch)[0][0] == "locked"

    crew.running.remove(doomed)
    crew.workers(2)
    crew.enqueue(Job.RUN_BATCH, batch)
    for number in range(2):
        crew.enqueue(Job.COMPOSE_SHARDS, batch, number)
    with shop.tools.engine.begin() as connection:
        connection.execute(text(ABANDONED))
    crew.wait(
        lambda: shop.sql("SELECT status FROM batch WHERE id = :id", id=batch)[0][0] != "locked"
    )
    crew.end()

    real = shop.sql("SELECT outcome_sha, input_sha, method FROM compose_run WHERE kind = 'real'")
    dry = shop.sql("SELECT outcome_sha, input_sha, method FROM compose_run WHERE kind = 'dry'")
    assert real == dry
    assert real[0][0] == undisturbed.outcome_sha
    assert real[0][2] == "shards"
    assert shop.box_count("composed") + shop.box_count("released") == PEOPLE
    assert Settings(**TINY).shop().shard_boxes == 6
    shop.run_due()
