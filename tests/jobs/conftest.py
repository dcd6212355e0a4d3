"""The shop with the stand-in behind it, for tests of jobs."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.sandbox import serving
from app.wiring.settings import Settings
from app.wiring.tools import assemble
from tests import cast
from tests.conftest import HOME
from tests.jobs.shop_with_stand_in import ACTOR, ShopWithStandIn


@pytest.fixture
def provider() -> Iterator[serving.Running]:
    """A stand-in of the payment provider, on a port of its own."""
    running = serving.start()
    yield running
    running.close()


@pytest.fixture
def shop_of(provider, engine, queue, mailer, units, clock) -> ShopWithStandIn:
    """A shop with coffees, a weekly plan and no subscribers yet."""
    settings = Settings(home=HOME, stripe_api_base=provider.url)
    tools = replace(assemble(settings, engine, queue, mailer), units=units)
    with units(ACTOR) as work:
        cast.stock_shelf(work)
        plan = cast.add_plan(work)
    return ShopWithStandIn(tools, clock, provider.url, plan)
