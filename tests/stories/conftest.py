"""A whole shop for each story: its own database, its own provider, a clock to move."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app.sandbox.serving import Running, start
from app.wiring.settings import Settings
from app.wiring.tools import assemble
from tests.conftest import RecordingMailer, RecordingQueue
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
) -> Callable[..., StoryShop]:
    """Open a shop at a moment, with settings of its own."""

    def opened(moment: datetime, **settings: Any) -> StoryShop:
        terms = Settings(
            home=tmp_path, database_url=database_url, stripe_api_base=provider.url, **settings
        )
        story = StoryShop(assemble(terms, engine, queue, mailer), provider)
        story.put(moment)
        return story

    return opened
