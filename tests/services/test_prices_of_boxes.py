"""Coupons, credit, add-ons, delivery and tax on real boxes, down to the ledger."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.billing.coupon_rules import CouponRefusal, CouponTerms
from app.billing.models import Invoice, InvoiceLine, Payment
from app.billing.ports import Outcome
from app.billing.price_list_queries import credit_of, discounts_of
from app.billing.price_models import ShippingRate, TaxExemption, TaxRate
from app.billing.pricing_rules import LineKind
from app.billing.rules import InvoiceStatus, PaymentStatus
from app.billing.services.cancel_payment import cancel_payment
from app.billing.services.claim_payment import claim_payment
from app.billing.services.move_credit import give_credit
from app.billing.services.record_outcome import record_created
from app.billing.services.save_coupon import end_coupon, make_coupon
from app.billing.services.take_coupon import grant_discount, take_coupon
from app.catalog.models import Sku, Stock
from app.catalog.services.move_stock import count_stock
from app.core.outbox import Letter
from app.core.refusals import Refused
from app.finance.models import Entry, Posting
from app.finance.rules import Ledger
from app.finance.services.apply_outcome import apply_outcome
from app.finance.services.post_credit import post_credit
from app.finance.services.record_shipment import record_shipment
from app.fulfilment.due_queries import batches_due
from app.fulfilment.models import Box, BoxLine
from app.fulfilment.rules import AddOnRefusal, BoxStatus
from app.fulfilment.services.add_to_box import add_to_box, take_off_box
from app.fulfilment.services.compose_batch import compose_batch
from app.fulfilment.services.lock_batch import lock_batch
from app.fulfilment.services.propose_box import propose_box
from app.fulfilment.services.refund_box import cancel_box
from app.fulfilment.services.rehearse_batch import rehearse_batch
from app.personalization.rules import Exclusion, ExclusionKind
from app.personalization.services.set_exclusions import set_exclusions
from tests import cast

LOCKS = datetime(2027, 1, 11, 7, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)


@pytest.fixture
def ada(units, actor):
    """Ada's weekly subscription at 30.00; her first box locks on Monday 11 January 2027."""
    with units(actor) as work:
        cast.stock_shelf(work)
        return cast.subscribe(work, "Ada", cast.add_plan(work))


def boxes_of(work, subscription):
    query = select(Box).where(Box.subscription_id == subscription.id).order_by(Box.cycle)
    return work.session.scalars(query).all()


def sku_of(work, code: str) -> Sku:
    return work.session.scalars(select(Sku).where(Sku.code == code)).one()


def lock_next(units, actor, clock, week: int = 0) -> None:
    """Lock and compose the batch of a week."""
    clock.move_to(LOCKS + week * WEEK)
    with units(actor) as work:
        due = batches_due(work.session, work.now)
        for batch_id in due:
            lock_batch(work, batch_id)
    with units(actor) as work:
        for batch_id in due:
            compose_batch(work, batch_id)


def invoice_of(work, subscription, cycle: int = 0) -> Invoice:
    return work.session.scalars(
        select(Invoice).where(Invoice.subscription_id == subscription.id, Invoice.cycle == cycle)
    ).one()


def pay(units, actor, provider_id: str) -> None:
    """Let the provider take the next payment."""
    with units(actor) as work:
        ticket = claim_payment(work)
        record_created(work, ticket, provider_id)
    outcome = Outcome(provider_id, PaymentStatus.SUCCEEDED, ticket.amount_cents, "USD", fee_cents=0)
    with units(actor) as work:
        assert apply_outcome(work, outcome, ticket)


def ship(work, box: Box) -> None:
    """Let a released box leave and be earned."""
    box.status, box.shipped_at = BoxStatus.SHIPPED, work.now
    work.session.flush()
    record_shipment(work, [box.id])


def balances(work) -> dict[Ledger, int]:
    sums: dict[Ledger, int] = {}
    for row in work.session.scalars(select(Posting)):
        sums[row.account] = sums.get(row.account, 0) + row.amount_cents
    return {account: cents for account, cents in sums.items() if cents}


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
