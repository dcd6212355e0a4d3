"""A box from its placeholder to its release, on real tables."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.billing.models import Invoice
from app.core.refusals import Refused
from app.fulfilment.due_queries import batches_due, next_due
from app.fulfilment.models import Batch, Box, BoxLine, Parcel
from app.fulfilment.rules import BoxRefusal, BoxStatus
from app.fulfilment.services.choose_lines import pin_product, swap_product, take_out
from app.fulfilment.services.compose_batch import compose_batch
from app.fulfilment.services.lock_batch import lock_batch
from app.fulfilment.services.plan_cycles import plan_cycles
from app.fulfilment.services.propose_box import propose_box
from app.fulfilment.services.release_box import release_box
from app.fulfilment.services.skip_box import skip_box, unskip_box
from tests.cast import add_plan, stock_shelf, subscribe


@pytest.fixture
def ada(units, actor):
    """Ada's weekly subscription, started on Monday 4 January 2027."""
    with units(actor) as work:
        stock_shelf(work)
        return subscribe(work, "Ada", add_plan(work))


def boxes_of(work, subscription):
    query = select(Box).where(Box.subscription_id == subscription.id).order_by(Box.cycle)
    return work.session.scalars(query).all()


def test_placeholders_stand_ahead_and_are_added_once(units, actor, ada):
    with units(actor) as work:
        assert plan_cycles(work) == 0
        boxes = boxes_of(work, ada)
    assert [box.ships_on for box in boxes] == [
        date(2027, 1, 13),
        date(2027, 1, 20),
        date(2027, 1, 27),
        date(2027, 2, 3),
    ]
    assert boxes[0].cutoff_at == datetime(2027, 1, 11, 4, 59, 59, tzinfo=UTC)


def test_a_double_tap_skips_one_box(units, actor, ada):
    with units(actor) as work:
        first = boxes_of(work, ada)[0]
        once = skip_box(work, ada.subscriber_id, first.id)
        twice = skip_box(work, ada.subscriber_id, first.id)
        assert once == twice
        assert once.next_ships_on == date(2027, 1, 20)
        assert [box.status for box in boxes_of(work, ada)].count(BoxStatus.SKIPPED) == 1
        unskip_box(work, ada.subscriber_id, first.id)
        assert boxes_of(work, ada)[0].status is BoxStatus.PLANNED


def test_a_late_skip_is_refused_and_the_next_box_offered(units, actor, clock, ada):
    clock.move_to(datetime(2027, 1, 11, 5, 0, tzinfo=UTC))
    with units(actor) as work:
        first, second = boxes_of(work, ada)[:2]
        with pytest.raises(Refused) as refused:
            skip_box(work, ada.subscriber_id, first.id)
    assert refused.value.refusal is BoxRefusal.TOO_LATE
    assert refused.value.offer.box_id == second.id


def test_a_stranger_cannot_touch_the_box(units, actor, ada):
    with units(actor) as work:
        stranger = subscribe(work, "Stranger", ada.plan)
        with pytest.raises(Refused) as refused:
            skip_box(work, stranger.subscriber_id, boxes_of(work, ada)[0].id)
    assert refused.value.refusal is BoxRefusal.UNKNOWN


def test_choices_change_one_box_only(units, actor, ada):
    with units(actor) as work:
        first, second = boxes_of(work, ada)[:2]
        owner = ada.subscriber_id
        before = propose_box(work, owner, first.id)
        out, into = before.lines[0].product_id, before.alternatives[-1].product_id
        after = swap_product(work, owner, first.id, out, into)
        assert into in {line.product_id for line in after.lines}
        assert out not in {line.product_id for line in after.lines}
        assert propose_box(work, owner, second.id).lines[0].product_id == out
        gone = take_out(work, owner, first.id, into)
        assert into not in {line.product_id for line in gone.lines}
        pinned = pin_product(work, owner, first.id, into)
        assert {line.product_id for line in pinned.lines if line.pinned} == {into}


def test_a_batch_locks_composes_and_releases(units, actor, clock, ada):
    clock.move_to(datetime(2027, 1, 11, 7, 0, tzinfo=UTC))
    with units(actor) as work:
        due = batches_due(work.session, work.now)
        assert len(due) == 1
        assert lock_batch(work, due[0])
    with units(actor) as work:
        receipt = compose_batch(work, due[0])
        assert (receipt.boxes, receipt.units, receipt.total_cents) == (1, 2, 3000)
        assert compose_batch(work, due[0]) is None
        box = boxes_of(work, ada)[0]
        assert box.status is BoxStatus.COMPOSED
        assert box.address["postcode"] == "02134"
        lines = work.session.scalars(select(BoxLine)).all()
        assert sum(line.units for line in lines) == 2
        invoice = work.session.scalars(select(Invoice)).one()
        assert invoice.total_cents == 3000
        assert release_box(work, invoice.id)
        assert work.session.scalars(select(Parcel)).one().order_number.startswith("BW-")


def test_the_next_due_moment_is_the_lock(units, actor, clock, ada):
    with units(actor) as work:
        batch = work.session.scalars(select(Batch).order_by(Batch.ships_on)).first()
        assert next_due(work.session, work.now) == batch.locks_at
    assert batch.locks_at == datetime(2027, 1, 11, 7, 0, tzinfo=UTC)
