"""Stock is moved by conditional updates: whoever comes too late gets less, never the same again."""

import threading
import uuid

import pytest
from sqlalchemy import text

from app.catalog.models import Sku, Stock
from app.catalog.rules import CatalogRefusal
from app.catalog.services.move_stock import (
    count_stock,
    release,
    reserve,
    reserve_many,
    reserve_up_to,
    ship_reserved,
)
from app.core.outbox import Letter
from app.core.refusals import Refused
from app.fulfilment.models import Box, BoxChoice
from app.fulfilment.services.choose_lines import pin_product
from tests.cast import Coffee, add_coffee, add_plan, subscribe


@pytest.fixture
def bean(units, actor):
    """Return the id of a SKU with so many units on hand."""

    def stocked(on_hand: int) -> uuid.UUID:
        with units(actor) as work:
            product = add_coffee(work, Coffee(f"bean{on_hand}", stock=on_hand))
            return work.session.query(Sku.id).filter(Sku.product_id == product).scalar()

    return stocked


def stock(units, actor, sku) -> tuple[int, int, int]:
    """Return what is on hand, reserved and shipped."""
    with units(actor) as work:
        row = work.session.get_one(Stock, sku)
        assert row.on_hand >= 0
        assert row.on_hand + row.reserved + row.shipped == row.received - row.written_off
        return row.on_hand, row.reserved, row.shipped


def test_two_wishes_of_one_box_for_the_same_bean_are_added_up_and_refused(units, actor, bean):
    sku = bean(5)
    bundle, extra = {sku: 3}, {sku: 3}
    total = {sku: bundle[sku] + extra[sku]}
    with pytest.raises(Refused) as refused, units(actor) as work:
        reserve(work, "box", uuid.uuid4(), total)
    assert refused.value.refusal is CatalogRefusal.NOT_ENOUGH
    assert stock(units, actor, sku) == (5, 0, 0)


def test_or_they_are_trimmed_to_what_there_is(units, actor, bean):
    sku = bean(5)
    with units(actor) as work:
        assert reserve_up_to(work, "box", uuid.uuid4(), {sku: 6}) == {sku: 5}
    assert stock(units, actor, sku) == (0, 5, 0)
    with units(actor) as work:
        assert reserve_up_to(work, "box", uuid.uuid4(), {sku: 1}) == {}


def test_all_or_nothing_over_several_beans(units, actor, bean):
    plenty, scarce = bean(9), bean(1)
    with pytest.raises(Refused), units(actor) as work:
        reserve(work, "box", uuid.uuid4(), {plenty: 2, scarce: 2})
    assert stock(units, actor, plenty) == (9, 0, 0)
    with pytest.raises(Refused), units(actor) as work:
        box = uuid.uuid4()
        reserve_many(work, "box", [(box, plenty, 2), (box, scarce, 1), (uuid.uuid4(), scarce, 1)])
    assert stock(units, actor, plenty) == (9, 0, 0)


def test_the_last_unit_goes_to_one_of_many_who_reach_for_it(units, actor, bean):
    sku = bean(3)
    won, lost = [], []
    start = threading.Barrier(8)

    def reach():
        start.wait()
        try:
            with units(actor) as work:
                reserve(work, "box", uuid.uuid4(), {sku: 1})
            won.append(1)
        except Refused:
            lost.append(1)

    threads = [threading.Thread(target=reach) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (3, 5)
    assert stock(units, actor, sku) == (0, 3, 0)


def test_what_is_reserved_can_be_packed_though_nothing_is_free(units, actor, bean):
    sku = bean(4)
    boxes = [uuid.uuid4() for _ in range(4)]
    with units(actor) as work:
        reserve_many(work, "box", [(box, sku, 1) for box in boxes])
    assert stock(units, actor, sku) == (0, 4, 0)
    for box in boxes:
        with units(actor) as work:
            assert ship_reserved(work, "box", [box]) == 1
            assert ship_reserved(work, "box", [box]) == 0
    assert stock(units, actor, sku) == (0, 0, 4)


def test_letting_go_twice_gives_back_once(units, actor, bean):
    sku, box = bean(4), uuid.uuid4()
    with units(actor) as work:
        reserve(work, "box", box, {sku: 3})
    for expected in (3, 0):
        with units(actor) as work:
            assert release(work, "box", [box]) == expected
    assert stock(units, actor, sku) == (4, 0, 0)


def test_a_delivery_is_booked_once_and_no_more_is_written_off_than_there_is(units, actor, bean):
    sku = bean(2)
    for expected in (True, False):
        with units(actor) as work:
            assert count_stock(work, sku, 5, "delivery", "D-1") is expected
    with pytest.raises(Refused), units(actor) as work:
        count_stock(work, sku, -8, "breakage", "B-1")
    with units(actor) as work:
        assert count_stock(work, sku, -7, "breakage", "B-2")
    assert stock(units, actor, sku) == (0, 0, 0)


def test_the_database_itself_refuses_stock_below_zero(units, actor, bean):
    sku = bean(2)
    with pytest.raises(Exception, match="stock"), units(actor) as work:
        work.session.execute(text("UPDATE stock SET on_hand = -1 WHERE sku_id = :s"), {"s": sku})


def test_asking_for_more_than_there_is_gives_what_there_is_and_tells_both_sides(units, actor):
    with units(actor) as work:
        scarce = add_coffee(work, Coffee("scarce", stock=3))
        add_coffee(work, Coffee("plenty", stock=50))
        plan = add_plan(work, max_per_item=5)
        ada = subscribe(work, "Ada", plan, size=4)
    with units(actor) as work:
        box = work.session.query(Box).filter(Box.subscription_id == ada.id, Box.cycle == 0).one()
        shown = pin_product(work, ada.subscriber_id, box.id, scarce, units=4)
        assert {line.product_id: line.units for line in shown.lines if line.pinned} == {scarce: 3}
    with units(actor) as work:
        assert work.session.query(BoxChoice.units).scalar() == 3
        letters = work.session.query(Letter).filter(Letter.kind == "stock_capped").all()
        assert {letter.person_id for letter in letters} == {ada.subscriber_id, None}
        assert {(letter.facts["wanted"], letter.facts["given"]) for letter in letters} == {(4, 3)}
