"""Leaving ends what is ahead and leaves the past as it was."""

from datetime import timedelta

from sqlalchemy import select

from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.cancel_subscription import cancel_subscription
from app.fulfilment.services.plan_cycles import plan_cycles
from app.fulfilment.services.skip_box import skip_box
from tests.cast import WEEKLY, Coffee, add_plan, stock_shelf, subscribe


def boxes_of(work, subscription_id):
    query = select(Box).where(Box.subscription_id == subscription_id).order_by(Box.cycle)
    return work.session.scalars(query).all()


def test_a_box_skipped_long_ago_stays_skipped_when_the_subscriber_leaves(units, actor, clock):
    with units(actor) as work:
        stock_shelf(work, [Coffee("a")])
        ada = subscribe(work, "Ada", add_plan(work, WEEKLY))
        plan_cycles(work)
        first, second, *_ = boxes_of(work, ada.id)
        skip_box(work, ada.subscriber_id, first.id)
        skip_box(work, ada.subscriber_id, second.id)
    clock.move_to(first.cutoff_at + timedelta(seconds=1))
    with units(actor) as work:
        cancel_subscription(work, ada.subscriber_id, ada.id)
        past, *ahead = boxes_of(work, ada.id)
        assert past.status is BoxStatus.SKIPPED
        assert {box.status for box in ahead} == {BoxStatus.CANCELLED}
