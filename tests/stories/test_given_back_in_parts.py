"""Money for several boxes is earned box by box, and given back by line, by amount and whole."""

from dataclasses import replace

import pytest

from app.billing.models import Invoice
from app.billing.payment_queries import paid_lines
from app.billing.rules import BillingRefusal, InvoiceStatus
from app.billing.services.set_shipping import save_shipping
from app.billing.shipping_rules import ShippingPrice
from app.catalog.models import Sku, Stock
from app.core.refusals import Refused
from app.core.unit_of_work import Actor
from app.finance.rules import Ledger
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.add_to_box import add_to_box
from app.fulfilment.services.give_back import RefundWish, give_back
from app.fulfilment.services.sell_term import sell_term
from app.subscriptions.services.save_plan import Selling
from tests.cast import WEEKLY
from tests.stories.ahead import balance, ship_released
from tests.stories.quoted import FIRST, SECOND, THIRD, billed, local, parts, quoted

AHEAD = replace(WEEKLY, sizes={2: 3500}, selling=Selling(prepaid=((3, 476),)))


@pytest.fixture
def shop(open_shop):
    shop = open_shop(local(2, 26), tax_bp=1000)
    shop.stock()
    return shop


def sku_named(shop, code: str):
    return shop.rows(Sku, Sku.code == code)[0].id


def test_an_invoice_for_three_boxes_is_split_over_them_and_what_is_added_over_its_own(shop):
    person, own = shop.subscribe("Ada", shop.plan(AHEAD))
    with shop.tools.units(shop.actor) as work:
        save_shipping(work, ShippingPrice("US", "US", "", 0, 400))
        sell_term(work, person.id, own.id, 3)
        add_to_box(work, (person.id, own.id), sku_named(shop, "brazil-250"), 1, lasting=True)
    shop.run_due()
    # Three boxes at 35.00 less 4.76 %, with three deliveries, and 10 % tax on all of it.
    (term,) = shop.rows(Invoice, Invoice.term_id.is_not(None))
    assert (term.net_cents, term.tax_cents, term.total_cents) == (11_200, 1120, 12_320)
    assert (balance(shop, Ledger.PREPAID), balance(shop, Ledger.TAX)) == (-11_200, -1120)
    owed, earned, said = [], [], {}
    for locked, day in ((1, FIRST), (8, SECOND), (15, THIRD)):
        said[day] = quoted(shop, (person, own), day)
        shop.live_at(local(3, locked))
        assert billed(shop, (person, own), day).lines == said[day].lines
        assert balance(shop, Ledger.DEFERRED) == -1500
        ship_released(shop)
        owed.append(balance(shop, Ledger.PREPAID))
        earned.append(balance(shop, Ledger.BOXES))
    assert {tuple(parts(each).items()) for each in said.values()} == {
        (("box", 0), ("add_on", 1650), ("shipping", 0))
    }
    # What does not divide falls on the last: 37.33, 37.33, 37.34.
    assert owed == [-7467, -3734, 0]
    assert earned == [-3733, -7466, -11_200]
    assert (balance(shop, Ledger.ADD_ONS), balance(shop, Ledger.DEFERRED)) == (-4500, 0)
    assert sorted(each.amount_cents for each in shop.taken()) == [1650, 1650, 1650, 12_320]
    assert balance(shop, Ledger.TAX) == -(1120 + 3 * 150)


def test_refunds_go_by_line_by_amount_and_whole_and_never_beyond_what_was_paid(shop):
    plan = shop.plan(WEEKLY)
    ada, ben = shop.subscribe("Ada", plan), shop.subscribe("Ben", plan)
    kenya = sku_named(shop, "kenya-250")
    with shop.tools.units(shop.actor) as work:
        save_shipping(work, ShippingPrice("US", "US", "", 0, 495))
        add_to_box(work, (ada[0].id, ada[1].id), kenya, 2)
    shop.live_at(local(3, 1))
    box, other = shop.box_on(ada[1], FIRST), shop.box_on(ben[1], FIRST)
    # 30.00, 30.00 and 4.95 with 10 % tax, 6.495, rounded once to 6.50.
    assert shop.invoice(box).total_cents == 7145
    before = on_hand(shop)
    # Ben's box has not left: given back whole it is called off, and its coffee is free again.
    back(shop, other, "whole")
    ship_released(shop)
    assert shop.box_on(ben[1], FIRST).status is BoxStatus.CANCELLED
    assert balance(shop, Ledger.DEFERRED) == 0

    # Delivery can be given back, too; goods come back onto the shelf only if that is chosen.
    back(shop, box, "delivery", lines={3: None})
    back(shop, box, "added", lines={2: None}, restock=True)
    back(shop, box, "added", lines={2: None}, restock=True)
    assert [line.left_cents for line in left(shop, box)] == [3300, 0, 0]
    back(shop, box, "goodwill", amount_cents=1000)
    with pytest.raises(Refused) as refused:
        back(shop, box, "too much", amount_cents=2301)
    assert (refused.value.refusal, refused.value.offer) == (BillingRefusal.TOO_MUCH, 2300)
    back(shop, box, "rest")
    assert shop.invoice(box).status is InvoiceStatus.REFUNDED
    assert sorted(each.amount_cents for each in shop.refunds(box)) == [545, 1000, 2300, 3300]
    assert on_hand(shop) == before - 4 + 2
    given = {each.refunded_cents for each in shop.tools.books.payments()}
    assert given == {7145, 3845}
    sums = [balance(shop, each) for each in (Ledger.TAX, Ledger.STRIPE, Ledger.DEFERRED)]
    assert sums[0] == sums[2] == 0
    sold = (Ledger.BOXES, Ledger.ADD_ONS, Ledger.SHIPPING, Ledger.REFUNDS)
    assert [balance(shop, each) for each in sold] == [-3000, -3000, -495, 6495]
    assert len(shop.letters("refund_made")) == 5


def back(shop, box, request: str, **wish) -> None:
    """Give a box back as staff wish it, and let the money go."""
    with shop.tools.units(Actor("staff", "Sam", request)) as work:
        give_back(work, box.id, RefundWish(**wish))
    shop.run_due()


def left(shop, box):
    with shop.tools.units(shop.actor) as work:
        return paid_lines(work.session, box.invoice_id)


def on_hand(shop) -> int:
    return sum(row.on_hand + row.reserved for row in shop.rows(Stock))
