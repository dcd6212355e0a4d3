"""What was chosen for a box shows some hours before it ships, to its subscriber; staff see it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from app.core.shop import Shop
from app.fulfilment.box_queries import box_detail
from app.fulfilment.models import Box, BoxLine
from app.fulfilment.queries import box_of
from app.fulfilment.reveal_queries import as_revealed
from app.fulfilment.rules import BoxStatus, reveal_moment
from app.personalization.rules import LineSource
from app.subscriptions.models import Plan
from app.subscriptions.rules import Pricing
from tests.services.paid_boxes import SHIPS_ON, add_box, open_shelf

NEW_YORK = ZoneInfo("America/New_York")
SHOP = Shop(reveal_hours=12)
BEFORE = datetime(2027, 3, 2, 16, 59, 59, tzinfo=UTC)
THEN = datetime(2027, 3, 2, 17, 0, tzinfo=UTC)


def seen(work, box_id, now, shop=SHOP):
    box = work.session.get_one(Box, box_id)
    rows = [box_of(work.session, box.subscriber_id, box_id)]
    return as_revealed(work.session, rows, now, shop)[0]


def test_twelve_hours_before_the_shipping_day_is_noon_of_the_day_before():
    assert reveal_moment(date(2027, 3, 3), 12, NEW_YORK) == THEN
    # The clocks go forward on 14 March: the day before 15 March has 23 hours.
    assert reveal_moment(date(2027, 3, 15), 24, NEW_YORK) == datetime(2027, 3, 14, 4, tzinfo=UTC)
    assert reveal_moment(date(2027, 3, 3), 0, NEW_YORK) is None


def test_what_we_chose_shows_from_the_reveal_on_and_own_picks_always(units, actor):
    with units(actor) as work:
        box_id = add_box(work, open_shelf(work), 1001, lines=3)
        lines = work.session.query(BoxLine).filter_by(box_id=box_id).order_by("position").all()
        for line, source in zip(
            lines, (LineSource.AUTO, LineSource.CHOSEN, LineSource.ADD_ON), strict=True
        ):
            line.source = source
        work.session.flush()
        work.session.expire_all()
        early, there = seen(work, box_id, BEFORE), seen(work, box_id, THEN)
        assert (len(early.lines), early.reveals_at) == (2, THEN)
        assert {line.source for line in early.lines} == {"chosen", "add_on"}
        assert (len(there.lines), there.reveals_at) == (3, None)
        assert len(seen(work, box_id, BEFORE, Shop()).lines) == 3
        assert len(box_detail(work.session, box_id).lines) == 3


def test_a_box_that_left_or_is_priced_by_its_contents_hides_nothing(units, actor):
    with units(actor) as work:
        shelf = open_shelf(work)
        gone = add_box(work, shelf, 1001, status=BoxStatus.SHIPPED)
        priced = add_box(work, shelf, 1002)
        assert seen(work, gone, BEFORE).reveals_at is None
        assert seen(work, priced, BEFORE).reveals_at == THEN
        work.session.get_one(Plan, shelf.plan_id).pricing = Pricing.CONTENTS
        work.session.flush()
        found = seen(work, priced, BEFORE)
        assert found.reveals_at is None and found.lines and found.ships_on == SHIPS_ON
