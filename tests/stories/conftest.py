"""A whole shop for each story: its own database, its own provider, a clock to move."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app.adapters.local_servers import leave, start_valkey
from app.adapters.rq_queue import RqQueue
from app.sandbox.serving import Running, start
from app.wiring.settings import Settings
from app.wiring.tools import assemble
from tests.conftest import RecordingMailer, RecordingQueue
from tests.stories.crew import Crew
from tests.stories.shop import StoryShop


@pytest.fixture
def provider() -> Iterator[Running]:
    running = start()
    yield running
    running.close()


@pytest.fixture
def open_shop(
    engine: Engine,
    database_url: str,
    provider: Running,
    queue: RecordingQueue,
    mailer: RecordingMailer,
    tmp_path: Path,
) -> Iterator[Callable[..., StoryShop]]:
    """Open a shop at a moment, with settings of its own; at the end its books are proved."""
    stories: list[StoryShop] = []

    def opened(moment: datetime, **settings: Any) -> StoryShop:
        # Letters of cut-offs stop the clock once more for each batch; a story asks for them.
        quiet = {"cut_off_letter_hours": 0} | settings
        terms = Settings(
            home=tmp_path, database_url=database_url, stripe_api_base=provider.url, **quiet
        )
        story = StoryShop(assemble(terms, engine, queue, mailer), provider)
        story.put(moment)
        stories.append(story)
        return story

    yield opened
    for story in stories:
        assert story.check() == ()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey of the stories' own."""
    home = tmp_path_factory.mktemp("valkey")
    yield start_valkey(home)
    leave(home)


@pytest.fixture
def crew_of(valkey: str, tmp_path: Path) -> Iterator[Callable[[StoryShop], Crew]]:
    """Return the crew of a shop: processes that work on its database and its provider."""
    queue = RqQueue(valkey)
    queue.connection.flushall()
    hired: list[Crew] = []

    def hire(shop: StoryShop) -> Crew:
        crew = Crew(
            {
                "BOXWRIGHT_HOME": str(tmp_path),
                "DATABASE_URL": str(shop.tools.settings.database_url),
                "REDIS_URL": valkey,
                "STRIPE_API_BASE": shop.provider.url,
                "OMP_NUM_THREADS": "1",
            },
            queue,
            tmp_path / "logs",
        )
        hired.append(crew)
        return crew

    yield hire
    for crew in hired:
        crew.end()
    queue.connection.close()
