"""Codes, vouchers and credit: what they take off, when they come back, and how they end."""

from dataclasses import replace
from datetime import date

import pytest

from app.billing.coupon_rules import CouponRefusal, CouponTerms
from app.billing.models import Invoice, Payment
from app.billing.price_list_queries import credit_of, discounts_of
from app.billing.price_models import Voucher
from app.billing.services.redeem_voucher import redeem_voucher
from app.billing.services.save_coupon import make_coupon
from app.billing.services.take_coupon import grant_discount, take_coupon
from app.billing.voucher_rules import VoucherRefusal
from app.core.refusals import Refused
from app.core.unit_of_work import Actor
from app.finance.rules import Ledger
from app.finance.services.make_vouchers import make_vouchers, settle_voucher
from app.fulfilment.services.give_back import RefundWish, give_back
from app.fulfilment.services.sell_term import sell_term
from app.jobs.nightly import nightly
from app.subscriptions.services.save_plan import Selling
from tests.cast import WEEKLY
from tests.stories.ahead import balance, ship_released
from tests.stories.quoted import FIRST, FOURTH, SECOND, THIRD, billed, local, quoted, reductions
from tests.stories.shop import EMPTY

AHEAD = replace(WEEKLY, selling=Selling(prepaid=((3, 0),)))


@pytest.fixture
def shop(open_shop):
    shop = open_shop(local(2, 26))
    shop.stock()
    return shop


def uses(shop, owner) -> list[int]:
    """Return how often each discount of a subscription was used, the shop's own first."""
    with shop.tools.units(shop.actor) as work:
        found = discounts_of(work.session, [owner[1].id])
    return [each.used for each in found[owner[1].id]]


def test_a_code_counts_on_boxes_that_were_paid_and_the_shops_own_discount_stays(shop):
    plan = shop.plan(AHEAD)
    dev, eve = shop.subscribe("Dev", plan), shop.subscribe("Eve", plan)
    with shop.tools.units(shop.actor) as work:
        make_coupon(work, CouponTerms("SPRING", off_bp=2000, boxes=2))
        take_coupon(work, dev[0].id, dev[1].id, "spring")
        grant_discount(work, dev[1].id, 1000, "Thank you")
        sell_term(work, eve[0].id, eve[1].id, 3)
    # A code for two boxes says nothing about three that are sold as one.
    with shop.tools.units(shop.actor) as work, pytest.raises(Refused) as refused:
        take_coupon(work, eve[0].id, eve[1].id, "SPRING")
    assert refused.value.refusal is CouponRefusal.PREPAID
    said = quoted(shop, dev, FIRST)
    # 30.00 less 10 % are 27.00, less 20 % of those are 21.60.
    assert (said.total, reductions(said)) == (2160, {"Thank you": 300, "Code SPRING": 540})
    shop.change_card(dev[0], EMPTY)
    shop.live_at(local(3, 1))
    assert (billed(shop, dev, FIRST).lines, uses(shop, dev)) == (said.lines, [1, 1])
    # It was never paid: at the next lock its use comes back and goes to the boxes that are.
    shop.live_at(local(3, 8, 1))
    shop.change_card(dev[0], "4242424242424242")
    shop.live_at(local(3, 8))
    assert uses(shop, dev) == [1, 1]
    for locked in (15, 22):
        shop.live_at(local(3, locked))
    assert [billed(shop, dev, day).total for day in (SECOND, THIRD, FOURTH)] == [2160, 2160, 2700]
    taken = sorted(each.amount_cents for each in shop.taken())
    assert taken == [2160, 2160, 2700, 9000]
    ship_released(shop)
    with shop.tools.units(shop.actor) as work:
        # Given back whole, a box gives the use of its code back as well, and its part does not.
        give_back(work, shop.box_on(dev[1], SECOND).id, RefundWish(amount_cents=60))
    shop.run_due()
    assert uses(shop, dev) == [3, 2]
    with shop.tools.units(Actor("staff", "Sam")) as work:
        give_back(work, shop.box_on(dev[1], SECOND).id, RefundWish())
    shop.run_due()
    assert uses(shop, dev) == [2, 1]
    assert quoted(shop, dev, date(2027, 3, 31)).total == 2160
    sums = [balance(shop, each) for each in (Ledger.BOXES, Ledger.REFUNDS, Ledger.DEFERRED)]
    assert sums == [-16_020, 2160, 0]


def test_vouchers_and_credit_pay_boxes_and_end_as_they_should(shop):
    plan = shop.plan(WEEKLY)
    ada, ben = shop.subscribe("Ada", plan), shop.subscribe("Ben", plan)
    with shop.tools.units(shop.actor) as work:
        end = (date(2027, 3, 10), "Christmas")
        used, untouched, present = (
            make_vouchers(work, 5000, 1, sold, end)[0] for sold in (True, True, False)
        )
        assert used not in str([vars(each) for each in shop.rows(Voucher)])
        assert redeem_voucher(work, ada[0].id, used, 4000) == 4000
    for person, code, cents, refusal in (
        (ada, used, 1001, VoucherRefusal.TOO_MUCH),
        (ben, "2345-6789-ABCD-EFGH", None, VoucherRefusal.UNKNOWN),
        (ben, used, -1, VoucherRefusal.BAD_AMOUNT),
    ):
        with shop.tools.units(shop.actor) as work, pytest.raises(Refused) as refused:
            redeem_voucher(work, person[0].id, code, cents)
        assert refused.value.refusal is refusal
    assert sorted(each.left_cents for each in shop.rows(Voucher)) == [1000, 5000, 5000]
    # A box that comes to nothing is paid by the voucher, once, and no card is touched.
    assert (quoted(shop, ada, FIRST).total, quoted(shop, ada, FIRST).due) == (3000, 0)
    shop.live_at(local(3, 1))
    first = shop.rows(Invoice, Invoice.subscription_id == ada[1].id)
    assert [(each.total_cents, each.credit_cents, each.status) for each in first] == [
        (3000, 3000, "paid")
    ]
    assert [each.amount_cents for each in shop.rows(Payment)] == [3000], "only Ben's"
    assert (quoted(shop, ada, SECOND).due, credit(shop, ada)) == (2000, 1000)
    ship_released(shop)
    # Ben changes his mind: his box is given back as credit, which pays the next one.
    with shop.tools.units(shop.actor) as work:
        give_back(work, shop.box_on(ben[1], FIRST).id, RefundWish(as_credit=True))
    shop.run_due()
    assert (credit(shop, ben), quoted(shop, ben, SECOND).due) == (3000, 0)
    shop.live_at(local(3, 8))
    assert sorted(each.amount_cents for each in shop.taken()) == [2000, 3000]
    ship_released(shop)

    shop.live_at(local(3, 11))
    assert nightly(shop.tools) == 0
    for code in (used, untouched, present):
        with shop.tools.units(shop.actor) as work, pytest.raises(Refused) as refused:
            redeem_voucher(work, ben[0].id, code)
        assert refused.value.refusal is VoucherRefusal.EXPIRED
    # What is left of the used one is earned, the present ends, the untouched one is owed until
    # its money went back to whoever bought it.
    assert (balance(shop, Ledger.BREAKAGE), balance(shop, Ledger.CREDIT)) == (-1000, -5000)
    (owed,) = shop.rows(Voucher, Voucher.expired_at.is_(None))
    with shop.tools.units(shop.actor) as work:
        settle_voucher(work, owed.id)
    assert {
        each: balance(shop, each)
        for each in (Ledger.BANK, Ledger.CREDIT, Ledger.BOXES, Ledger.REFUNDS, Ledger.DEFERRED)
    } == {
        Ledger.BANK: 5000,
        Ledger.CREDIT: 0,
        Ledger.BOXES: -12_000,
        Ledger.REFUNDS: 3000,
        Ledger.DEFERRED: 0,
    }


def credit(shop, owner) -> int:
    with shop.tools.units(shop.actor) as work:
        return credit_of(work.session, [owner[0].id]).get(owner[0].id, 0)
