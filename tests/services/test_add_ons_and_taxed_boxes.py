"""What is added to boxes, how they are sent, and the tax of day and place."""

from datetime import date

import pytest
from sqlalchemy import select

from app.billing.models import InvoiceLine
from app.billing.price_models import ShippingRate, TaxExemption, TaxRate
from app.billing.pricing_rules import LineKind
from app.catalog.models import Stock
from app.catalog.services.move_stock import count_stock
from app.core.outbox import Letter
from app.core.refusals import Refused
from app.finance.rules import Ledger
from app.fulfilment.due_queries import batches_due
from app.fulfilment.models import BoxLine
from app.fulfilment.rules import AddOnRefusal, BoxStatus
from app.fulfilment.services.add_to_box import add_to_box, take_off_box
from app.fulfilment.services.lock_batch import lock_batch
from app.fulfilment.services.propose_box import propose_box
from app.fulfilment.services.refund_box import cancel_box
from app.personalization.rules import Exclusion, ExclusionKind
from app.personalization.services.set_exclusions import set_exclusions
from tests import cast
from tests.services.priced_boxes import (
    LOCKS,
    balances,
    boxes_of,
    invoice_of,
    lock_next,
    pay,
    ship,
    sku_of,
)


@pytest.fixture
def ada(units, actor):
    """Ada's weekly subscription at 30.00; her first box locks on Monday 11 January 2027."""
    with units(actor) as work:
        cast.stock_shelf(work)
        return cast.subscribe(work, "Ada", cast.add_plan(work))


def test_what_is_added_is_priced_packed_and_earned_apart(units, actor, clock, ada):
    with units(actor) as work:
        whose = (ada.subscriber_id, ada.id)
        work.session.add(ShippingRate(zone="US", country="US", price_cents=495))
        work.session.flush()
        add_to_box(work, whose, sku_of(work, "kenya-250").id, 3)
        wish = add_to_box(work, whose, sku_of(work, "kenya-250").id, 2)
        add_to_box(work, whose, sku_of(work, "brazil-250").id, 1, lasting=True)
        first, second = boxes_of(work, ada)[:2]
        assert propose_box(work, ada.subscriber_id, first.id).total_cents == 3000 + 4500 + 495
        assert propose_box(work, ada.subscriber_id, second.id).total_cents == 3000 + 1500 + 495
        assert wish.units == 2
    lock_next(units, actor, clock)
    with units(actor) as work:
        bill = invoice_of(work, ada)
        box = boxes_of(work, ada)[0]
        assert bill.total_cents == 7995
        lines = work.session.scalars(select(BoxLine).where(BoxLine.box_id == box.id)).all()
        assert sum(line.units for line in lines if line.source == "add_on") == 3
    pay(units, actor, "pi_1")
    with units(actor) as work:
        ship(work, boxes_of(work, ada)[0])
        assert balances(work) == {
            Ledger.STRIPE: 7995,
            Ledger.BOXES: -3000,
            Ledger.ADD_ONS: -4500,
            Ledger.SHIPPING: -495,
        }
    lock_next(units, actor, clock, 1)
    with units(actor) as work:
        kinds = [
            line.kind
            for line in work.session.scalars(
                select(InvoiceLine)
                .where(InvoiceLine.invoice_id == invoice_of(work, ada, 1).id)
                .order_by(InvoiceLine.position)
            )
        ]
        assert kinds == [LineKind.BOX, LineKind.ADD_ON, LineKind.SHIPPING]


def test_what_ran_out_is_dropped_and_the_box_goes_on(units, actor, clock, ada):
    with units(actor) as work:
        sku = sku_of(work, "kenya-250")
        count_stock(work, sku.id, -97, "tasting", "tasting")
        add_to_box(work, (ada.subscriber_id, ada.id), sku.id, 3)
        count_stock(work, sku.id, -1, "tasting", "tasting again")
    lock_next(units, actor, clock)
    with units(actor) as work:
        assert invoice_of(work, ada).total_cents == 3000
        assert boxes_of(work, ada)[0].status is BoxStatus.COMPOSED
        letters = work.session.scalars(select(Letter).where(Letter.kind == "add_on_dropped")).all()
        assert [letter.facts["names"][0]["added"]["en"] for letter in letters] == ["Kenya"]
        stock = work.session.get_one(Stock, sku.id)
        assert stock.on_hand + stock.reserved == 2


def test_a_box_that_is_called_off_lets_go_of_what_was_added(units, actor, clock, ada):
    with units(actor) as work:
        sku = sku_of(work, "kenya-250")
        add_to_box(work, (ada.subscriber_id, ada.id), sku.id, 20)
    clock.move_to(LOCKS)
    with units(actor) as work:
        lock_batch(work, batches_due(work.session, work.now)[0])
        assert work.session.get_one(Stock, sku.id).reserved == 20
        cancel_box(work, boxes_of(work, ada)[0].id, "changed my mind")
        stock = work.session.get_one(Stock, sku.id, populate_existing=True)
        assert (stock.on_hand, stock.reserved) == (100, 0)


def test_nobody_adds_what_is_excluded_or_not_theirs(units, actor, ada):
    with units(actor) as work:
        set_exclusions(work, ada.subscriber_id, [Exclusion(ExclusionKind.DECAF)])
        wish = add_to_box(work, (ada.subscriber_id, ada.id), sku_of(work, "kenya-250").id, 1)
        stranger = cast.register(work, "Stranger")
        for whose, code, units_wanted in (
            ((ada.subscriber_id, ada.id), "quiet-250", 1),
            ((ada.subscriber_id, ada.id), "kenya-250", 0),
            ((stranger, ada.id), "kenya-250", 1),
        ):
            with pytest.raises(Refused):
                add_to_box(work, whose, sku_of(work, code).id, units_wanted)
        with pytest.raises(Refused):
            take_off_box(work, stranger, wish.id)
        with pytest.raises(Refused) as refused:
            add_to_box(work, (ada.subscriber_id, ada.id), ada.id, 1)
    assert refused.value.refusal is AddOnRefusal.NOT_ON_SALE


def test_tax_is_that_of_the_day_and_of_the_place(units, actor, clock, ada):
    rates = [("US", "", 0, 1900, 2020), ("US", "", 0, 1600, 2027), ("US", "MA", 0, 625, 2028)]
    with units(actor) as work:
        for country, region, _, rate, year in rates:
            work.session.add(
                TaxRate(
                    country=country,
                    region=region,
                    rate_bp=rate,
                    valid_from=date(year, 1, 12) if year == 2027 else date(year, 1, 1),
                    label="VAT",
                )
            )
    for week in range(2):
        lock_next(units, actor, clock, week)
    with units(actor) as work:
        assert [invoice_of(work, ada, cycle).tax_cents for cycle in (0, 1)] == [570, 480]


def test_whoever_is_exempt_pays_no_tax_however_often_it_is_tried(units, actor, clock, ada):
    with units(actor) as work:
        work.session.add(
            TaxRate(country="US", rate_bp=1900, valid_from=date(2020, 1, 1), inclusive=True)
        )
        work.session.add(
            TaxExemption(
                subscriber_id=ada.subscriber_id, certificate="C-1", valid_from=date(2026, 1, 1)
            )
        )
    for week in range(2):
        lock_next(units, actor, clock, week)
    with units(actor) as work:
        found = [invoice_of(work, ada, cycle) for cycle in (0, 1)]
        assert [(each.total_cents, each.tax_cents) for each in found] == [(2521, 0)] * 2
