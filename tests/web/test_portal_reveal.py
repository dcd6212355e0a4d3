"""The page of a box between its lock and its reveal."""

from datetime import UTC, datetime

from sqlalchemy import select

from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.subscriptions.queries import any_subscription
from tests.conftest import FrozenClock
from tests.services.test_foresee_supply import had
from tests.web.conftest import Subscribe

REVEALED = datetime(2026, 12, 29, 17, 0, tzinfo=UTC)


def test_the_coffees_show_from_the_reveal_on(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor, clock: FrozenClock
) -> None:
    member = subscribe("ada@example.com")
    with units(actor) as work:
        had(work, any_subscription(work.session, member.subscription_id), 1, BoxStatus.COMPOSED)
        box_id = work.session.scalar(select(Box.id).where(Box.status == BoxStatus.COMPOSED))
    clock.move_to(REVEALED.replace(hour=16))
    page = member.browser.get(f"/box/{box_id}").text
    assert "last-minute changes are possible" in page and "Tue 29 Dec 2026, 12:00" in page
    assert "Kenya" not in page + member.browser.get("/box/history").text
    clock.move_to(REVEALED)
    assert "last-minute" not in member.browser.get(f"/box/{box_id}").text
    assert "Kenya" in member.browser.get("/box/history").text
