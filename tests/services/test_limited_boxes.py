"""The ceilings of a plan are kept: what the bags of a box are worth, so many of a roaster."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.catalog.models import Product, Sku
from app.fulfilment.due_queries import batches_due
from app.fulfilment.models import Box, BoxLine
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.compose_batch import compose_batch
from app.fulfilment.services.lock_batch import lock_batch
from app.personalization.services.set_mix import set_mix
from tests.cast import Coffee, add_plan, stock_shelf, subscribe

LOCKED = datetime(2027, 1, 11, 7, 0, tzinfo=UTC)
DEAR = tuple(Coffee(f"dear{at}", price_cents=2400, acidity=9, stock=9) for at in range(3))
CHEAP = tuple(Coffee(f"cheap{at}", price_cents=1000, acidity=1, stock=9) for at in range(4))


@pytest.fixture
def composed(units, actor, clock):
    """Lock and compose Monday's batch; return (status, prices, roasters) of every box."""

    def composed():
        clock.move_to(LOCKED)
        with units(actor) as work:
            batch = batches_due(work.session, work.now)[0]
            lock_batch(work, batch)
        with units(actor) as work:
            compose_batch(work, batch)
        with units(actor) as work:
            return [contents(work, box) for box in work.session.scalars(select(Box))]

    return composed


def contents(work, box):
    """Return a box's status, the shelf prices of its bags and their roasters."""
    rows = work.session.execute(
        select(Sku.price_cents, Product.facts, BoxLine.units)
        .join(BoxLine, BoxLine.sku_id == Sku.id)
        .join(Product, Product.id == Sku.product_id)
        .where(BoxLine.box_id == box.id)
    ).all()
    prices = [row.price_cents for row in rows for _ in range(row.units)]
    return box.status, prices, [row.facts.get("roaster") for row in rows for _ in range(row.units)]


def test_no_box_is_worth_more_than_its_plan_says(units, actor, composed):
    with units(actor) as work:
        stock_shelf(work, DEAR + CHEAP)
        plan = add_plan(work, takes={"max_value_cents": 3500})
        for name in ("Ada", "Ben"):
            subscribe(work, name, plan)
    boxes = [box for box in composed() if box[1]]
    assert len(boxes) == 2
    for status, prices, _ in boxes:
        assert status is BoxStatus.COMPOSED
        assert (len(prices), sum(prices) <= 3500) == (2, True)


def test_a_box_holds_so_many_of_one_roaster(units, actor, composed):
    with units(actor) as work:
        products = stock_shelf(work, DEAR + CHEAP)
        for code, product in products.items():
            roaster = "Hill" if code != "cheap3" else "Dale"
            work.session.get(Product, product).facts = {"roaster": roaster}
        subscribe(work, "Ada", add_plan(work, takes={"max_per_roaster": 1}))
    (box,) = [box for box in composed() if box[1]]
    assert sorted(box[2]) == ["Dale", "Hill"]


def test_choices_above_the_ceiling_hold_the_box_for_a_person(units, actor, composed):
    with units(actor) as work:
        products = stock_shelf(work, DEAR + CHEAP)
        plan = add_plan(work, takes={"max_value_cents": 3500})
        ada = subscribe(work, "Ada", plan)
        set_mix(work, ada.subscriber_id, ada.id, {products["dear0"]: 1, products["dear1"]: 1})
        subscribe(work, "Ben", plan)
    statuses = sorted(
        box[0] for box in composed() if box[0] in (BoxStatus.COMPOSED, BoxStatus.HELD)
    )
    assert statuses == sorted([BoxStatus.COMPOSED, BoxStatus.HELD])
