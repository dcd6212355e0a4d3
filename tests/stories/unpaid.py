"""Where stories of unpaid boxes begin: Dev's boxes of March, and on which days they were tried."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.billing.models import Attempt
from app.fulfilment.models import Box
from app.subscriptions.models import Subscription
from tests.cast import WEEKLY
from tests.stories.shop import Person, StoryShop

EXPIRED = "4000000000000069"
ZONE = ZoneInfo("America/New_York")
FIRST, SECOND, THIRD = date(2027, 3, 3), date(2027, 3, 10), date(2027, 3, 17)


def local(month: int, day: int, hour: int = 2) -> datetime:
    return datetime(2027, month, day, hour, tzinfo=ZONE).astimezone(UTC)


def tried_on(shop: StoryShop, box: Box) -> list[date]:
    attempts: list[Attempt] = shop.attempts(box)
    return [each.begun_at.astimezone(ZONE).date() for each in attempts]


def march(*days: int) -> list[date]:
    return [date(2027, 3, day) for day in days]


@pytest.fixture(name="shop")
def shop_in_february(open_shop: Callable[..., StoryShop]) -> StoryShop:
    shop = open_shop(local(2, 26))
    shop.stock()
    return shop


@pytest.fixture(name="dev")
def dev_who_cannot_pay(shop: StoryShop) -> tuple[Person, Subscription]:
    """Dev's first box ships on Wednesday 3 March; his card turns bad before it is charged."""
    return shop.subscribe("Dev", shop.plan(WEEKLY))
