"""Coupons, credit and dry runs on real boxes, down to the ledger."""

from datetime import date

import pytest
from sqlalchemy import select

from app.billing.coupon_rules import CouponRefusal, CouponTerms
from app.billing.models import Payment
from app.billing.price_list_queries import credit_of, discounts_of
from app.billing.rules import InvoiceStatus
from app.billing.services.cancel_payment import cancel_payment
from app.billing.services.move_credit import give_credit
from app.billing.services.save_coupon import end_coupon, make_coupon
from app.billing.services.take_coupon import grant_discount, take_coupon
from app.core.refusals import Refused
from app.finance.models import Entry
from app.finance.rules import Ledger
from app.finance.services.post_credit import post_credit
from app.fulfilment.due_queries import batches_due
from app.fulfilment.services.add_to_box import add_to_box
from app.fulfilment.services.propose_box import propose_box
from app.fulfilment.services.refund_box import cancel_box
from app.fulfilment.services.rehearse_batch import rehearse_batch
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


def test_a_coupon_counts_on_what_was_paid_and_comes_back_when_it_was_not(units, actor, clock, ada):
    with units(actor) as work:
        make_coupon(work, CouponTerms("spring-20", off_bp=2000, boxes=1))
        first = take_coupon(work, ada.subscriber_id, ada.id, " Spring-20 ")
        assert take_coupon(work, ada.subscriber_id, ada.id, "SPRING-20").id == first.id
        assert propose_box(work, ada.subscriber_id, boxes_of(work, ada)[0].id).total_cents == 2400
    lock_next(units, actor, clock)
    with units(actor) as work:
        unpaid = invoice_of(work, ada)
        assert unpaid.total_cents == 2400
        assert discounts_of(work.session, [ada.id])[ada.id][0].used == 1
        payment = work.session.scalars(select(Payment)).one()
        assert cancel_payment(work, payment.id, "unpaid")
        assert discounts_of(work.session, [ada.id])[ada.id][0].used == 0
    lock_next(units, actor, clock, 1)
    pay(units, actor, "pi_2")
    lock_next(units, actor, clock, 2)
    with units(actor) as work:
        # The second box has it back, and has paid with it.
        assert [invoice_of(work, ada, cycle).total_cents for cycle in (1, 2)] == [2400, 3000]


def test_a_coupon_that_does_not_fit_is_refused_in_words(units, actor, clock, ada):
    with units(actor) as work:
        other = cast.add_plan(work, cast.MONTHLY)
        ben = cast.subscribe(work, "Ben", other)
        make_coupon(work, CouponTerms("MONTHLY", off_bp=1000, plan_ids=(other.id,)))
        make_coupon(work, CouponTerms("FIRST", off_cents=500, max_people=1))
        make_coupon(work, CouponTerms("LATER", off_bp=500, valid_from=date(2027, 2, 1)))
        make_coupon(work, CouponTerms("GONE", off_bp=500, valid_to=date(2027, 1, 3)))
        ended = make_coupon(work, CouponTerms("ENDED", off_bp=500))
        end_coupon(work, ended)
        take_coupon(work, ben.subscriber_id, ben.id, "first")
    expected = {
        "nothing": CouponRefusal.UNKNOWN,
        "monthly": CouponRefusal.OTHER_PLAN,
        "first": CouponRefusal.USED_UP,
        "later": CouponRefusal.TOO_EARLY,
        "gone": CouponRefusal.TOO_LATE,
        "ended": CouponRefusal.TOO_LATE,
    }
    for code, refusal in expected.items():
        with units(actor) as work, pytest.raises(Refused) as refused:
            take_coupon(work, ada.subscriber_id, ada.id, code)
        assert refused.value.refusal is refusal
    with units(actor) as work, pytest.raises(Refused) as refused:
        take_coupon(work, ben.subscriber_id, ben.id, "monthly")
    assert refused.value.refusal is CouponRefusal.TAKEN
    for bad in (CouponTerms("x", 100), CouponTerms("BOTH", 100, 100), CouponTerms("NONE")):
        with units(actor) as work, pytest.raises(Refused):
            make_coupon(work, bad)


def test_a_discount_of_the_shop_survives_the_coupon(units, actor, clock, ada):
    with units(actor) as work:
        make_coupon(work, CouponTerms("ONCE", off_bp=5000, boxes=1))
        take_coupon(work, ada.subscriber_id, ada.id, "ONCE")
        grant_discount(work, ada.id, 1000, "Thank you")
    for week in range(2):
        lock_next(units, actor, clock, week)
        pay(units, actor, f"pi_{week}")
    with units(actor) as work:
        assert [invoice_of(work, ada, cycle).total_cents for cycle in (0, 1)] == [1350, 2700]


def test_credit_pays_the_next_box_and_goes_back_with_it(units, actor, clock, ada):
    with units(actor) as work:
        assert give_credit(work, ada.subscriber_id, 4000, "Sorry for the late box")
        assert not give_credit(work, ada.subscriber_id, 4000, "the same request again")
    lock_next(units, actor, clock)
    with units(actor) as work:
        whole = invoice_of(work, ada)
        assert (whole.total_cents, whole.credit_cents, whole.status) == (3000, 3000, "paid")
        assert work.session.scalars(select(Payment)).all() == []
        assert credit_of(work.session, [ada.subscriber_id]) == {ada.subscriber_id: 1000}
        ship(work, boxes_of(work, ada)[0])
    lock_next(units, actor, clock, 1)
    with units(actor) as work:
        second = invoice_of(work, ada, 1)
        assert (second.credit_cents, second.status) == (1000, InvoiceStatus.OPEN)
        assert work.session.scalars(select(Payment)).one().amount_cents == 2000
    pay(units, actor, "pi_1")
    with units(actor) as work:
        while post_credit(work):
            pass
        assert balances(work) == {
            Ledger.STRIPE: 2000,
            Ledger.DEFERRED: -3000,
            Ledger.BOXES: -3000,
            Ledger.REFUNDS: 4000,
        }
        cancel_box(work, boxes_of(work, ada)[1].id, "changed my mind")
        assert credit_of(work.session, [ada.subscriber_id]) == {ada.subscriber_id: 1000}
        post_credit(work)
        assert balances(work)[Ledger.CREDIT] == -1000
        assert balances(work)[Ledger.DEFERRED] == -2000


def test_unpaid_boxes_give_their_credit_back(units, actor, clock, ada):
    with units(actor) as work:
        give_credit(work, ada.subscriber_id, 1000)
    lock_next(units, actor, clock)
    with units(actor) as work:
        assert credit_of(work.session, [ada.subscriber_id]) == {}
        payment = work.session.scalars(select(Payment)).one()
        cancel_payment(work, payment.id, "unpaid")
        assert credit_of(work.session, [ada.subscriber_id]) == {ada.subscriber_id: 1000}


def test_a_dry_run_is_the_real_run_with_everything_in_it(units, actor, clock, ada):
    with units(actor) as work:
        make_coupon(work, CouponTerms("EVER", off_bp=1000))
        take_coupon(work, ada.subscriber_id, ada.id, "EVER")
        give_credit(work, ada.subscriber_id, 700)
        add_to_box(work, (ada.subscriber_id, ada.id), sku_of(work, "kenya-250").id, 1)
    clock.move_to(LOCKS)
    with units(actor) as work:
        due = batches_due(work.session, work.now)[0]
    with units.rehearse(actor) as work:
        dry = rehearse_batch(work, due).composed
    lock_next(units, actor, clock)
    with units(actor) as work:
        bill = invoice_of(work, ada)
        assert dry.total_cents == bill.total_cents == 4200
        assert bill.credit_cents == 700
        entries = work.session.scalars(select(Entry)).all()
        assert {entry.source for entry in entries} <= {"credit"}
