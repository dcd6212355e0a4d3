"""The figures of finance's desk: each ties to the diary, whether its month is closed or open."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from app.billing.models import Attempt, Invoice, Payment
from app.billing.rules import AttemptStatus, DeclineKind, InvoiceStatus, PaymentStatus
from app.finance.deferred_queries import roll_forward, waterfall
from app.finance.deferred_rules import Part
from app.finance.first_box_queries import FirstAndLater, first_and_later
from app.finance.models import BookCheck, Dispute, Payout, PayoutLine, Period
from app.finance.payout_queries import payout_lines, payouts_of, unmatched_lines
from app.finance.recurring_queries import recurring_months, recurring_rows
from app.finance.recurring_rules import Moved, MoveKind
from app.finance.register_queries import register_of
from app.finance.rules import Ledger, Source, Split, refund, sale, shipment
from app.finance.services.close_month import close_month
from app.finance.services.post import EntryDraft, post
from app.finance.tax_queries import tax_of
from app.finance.unpaid_queries import ageing, dunning_funnel, owed
from app.subscriptions.models import Subscription
from app.subscriptions.rules import SubscriptionStatus
from tests import cast
from tests.services.paid_boxes import add_box, open_shelf

JANUARY, FEBRUARY, MARCH = (date(2027, month, 1) for month in (1, 2, 3))
FIRST = datetime(2027, 1, 20, 15, tzinfo=UTC)


def entry(work, source, key, postings, day, **more):
    at = datetime(2027, *day, 15, tzinfo=UTC)
    post(work, EntryDraft(source, key, "USD", key, postings, happened_at=at, **more))


@pytest.fixture
def boxes(units, actor, clock):
    """Three invoices with tax: one earned a month later, one given back in part, one waiting."""
    with units(actor) as work:
        shelf = open_shelf(work)
        ids = [add_box(work, shelf, 1001 + n, lines=3) for n in range(3)]
        work.session.execute(
            update(Invoice).values(tax_bp=700, tax_cents=315, total_cents=4815, paid_at=FIRST)
        )
        invoices = work.session.query(Invoice).order_by(Invoice.number).all()
        for n, bill in enumerate(invoices):
            named = {"invoice_id": bill.id, "subscription_id": bill.subscription_id}
            entry(work, Source.PAYMENT, f"pi_{n}", sale(Split(4500, 315)), (1, 20 + n), **named)
            if n == 0:
                entry(work, Source.SHIPMENT, "s", shipment(4500), (2, 3), **named)
            if n == 1:
                back = refund(Split(1000, 70), shipped=False)
                entry(work, Source.REFUND, "re_1", back, (2, 4), **named)
    clock.move_to(datetime(2027, 3, 5, 15, tzinfo=UTC))
    return ids


def test_deferred_revenue_rolls_from_month_to_month(units, actor, boxes):
    with units(actor) as work:
        january = roll_forward(work.session, JANUARY, "USD")
        february = roll_forward(work.session, FEBRUARY, "USD")
    assert (january.total.opening_cents, january.total.closing_cents) == (0, 13500)
    parts = february.total.parts
    assert (parts[Part.EARNED], parts[Part.REFUNDED], parts[Part.ADJUSTED]) == (-4500, -1000, 0)
    assert february.total.closing_cents == february.ledger_cents == 8000
    assert [row.closing_cents for row in february.plans] == [8000]
    assert february.ties and february.plans[0].plan_id in february.names


def test_what_is_earned_is_told_by_its_month_of_billing(units, actor, boxes):
    with units(actor) as work:
        fall = waterfall(work.session, MARCH, "USD")
    assert fall.earned[JANUARY] == {FEBRUARY: 4500}
    assert fall.left == {JANUARY: 8000}


def test_revenue_of_first_boxes_stands_apart_from_that_of_later_ones(units, actor, boxes):
    with units(actor) as work:
        first = work.session.query(Invoice).order_by(Invoice.number).first()
        named = {"invoice_id": first.id, "subscription_id": first.subscription_id}
        entry(work, Source.INSTALMENT, "i", shipment(1200), (2, 20), **named)
        split = first_and_later(work.session, FEBRUARY, "USD")
        nothing = first_and_later(work.session, MARCH, "USD")
    assert split == FirstAndLater(1, 4500, 1, 1200)
    assert (nothing.total_cents, nothing.new_share) == (0, 0.0)


def test_tax_by_place_and_rate_adds_up_to_its_account(units, actor, boxes):
    with units(actor) as work:
        january, february = (tax_of(work.session, month) for month in (JANUARY, FEBRUARY))
    (row,) = january.rows
    assert (row.country, row.region, row.rate_bp) == ("US", "MA", 700)
    assert (row.sold_cents, row.taxed_cents, january.ledger_cents) == (13500, 945, 945)
    assert february.rows[0].tax_back_cents == 70 and february.rows[0].back_cents == 1000
    assert january.ties and february.ties


def test_closed_months_give_the_same_figures(units, actor, boxes):
    def seen(work):
        forward = roll_forward(work.session, FEBRUARY, "USD")
        return forward.plans, forward.months, waterfall(work.session, FEBRUARY, "USD")

    with units(actor) as work:
        before = seen(work)
        work.session.add(BookCheck(checked_at=work.now, violations=[], counts={}))
        work.session.flush()
    with units(actor) as work:
        close_month(work, JANUARY)
        assert seen(work) == before
        assert work.session.get(Period, JANUARY).entries == 3


def test_recurring_revenue_moves_as_its_definitions_say(units, actor, clock):
    def change(name, day, **values):
        clock.move_to(datetime(2027, *day, 15, tzinfo=UTC))
        with units(actor) as work:
            work.session.execute(
                update(Subscription).where(Subscription.id == people[name]).values(**values)
            )

    with units(actor) as work:
        weekly = cast.add_plan(work)
        people = {
            name: cast.subscribe(work, name, weekly).id for name in ("Ada", "Ben", "Cleo", "Dev")
        }
    change("Ada", (2, 3), price_cents=7000)
    change("Ben", (2, 4), status=SubscriptionStatus.PAUSED)
    change("Cleo", (2, 5), status=SubscriptionStatus.CANCELLED)
    change("Dev", (2, 6), status=SubscriptionStatus.PAUSED)
    change("Dev", (2, 7), status=SubscriptionStatus.ACTIVE)
    change("Ben", (3, 1), status=SubscriptionStatus.CANCELLED)
    change("Dev", (4, 1), status=SubscriptionStatus.ENDED)
    one = round(3000 * 30 / 7)
    with units(actor) as work:
        *months, april = recurring_months(work.session, date(2027, 4, 1), work.shop.zone)
        lost = recurring_rows(work.session, FEBRUARY, MoveKind.CHURN, work.shop.zone, (10, 0))
    january, february, march = months
    assert january.moves[MoveKind.NEW] == Moved(4, 4 * one)
    assert february.moves[MoveKind.EXPANSION] == Moved(1, 30000 - one)
    assert february.moves[MoveKind.CHURN] == Moved(1, -one)
    assert february.moves[MoveKind.PAUSED] == Moved(1, one)
    assert february.closing_cents == 30000 + 2 * one and february.running_cents == 30000 + one
    assert march.moves[MoveKind.CHURN].cents == -one and march.paused_cents == 0
    assert (march.closing_cents, march.closing_subscribers) == (30000 + one, 2)
    assert [row.name for row in lost] == ["Cleo"]
    # Who comes to the last box as agreed ran out, and did not leave.
    assert april.moves[MoveKind.ENDED] == Moved(1, -one)
    assert april.moves[MoveKind.CHURN] == Moved(0, 0) and april.closing_subscribers == 1


def test_the_funnel_says_at_which_try_payments_were_recovered(units, actor, boxes):
    codes = ("insufficient_funds", "lost_card", "insufficient_funds")
    ends = (PaymentStatus.SUCCEEDED, PaymentStatus.CANCELLED, PaymentStatus.DUE)
    with units(actor) as work:
        for n, bill in enumerate(work.session.query(Invoice).order_by(Invoice.number)):
            payment = Payment(
                invoice_id=bill.id,
                amount_cents=4815,
                currency="USD",
                status=ends[n],
                tries=n + 2,
                first_failed_at=FIRST,
            )
            work.session.add(payment)
            work.session.flush()
            work.session.add(
                Attempt(
                    payment_id=payment.id,
                    number=1,
                    idempotency_key=f"k{n}",
                    status=AttemptStatus.FAILED,
                    decline_code=codes[n],
                    begun_at=FIRST,
                    begun_real_at=FIRST,
                )
            )
        work.session.flush()
        found = dunning_funnel(work.session, JANUARY, work.shop.zone, "USD")
        none = dunning_funnel(work.session, MARCH, work.shop.zone, "USD")
    assert (found.payments, found.recovered, found.lost) == (3, 1, 1)
    assert [step.reached for step in found.steps] == [3, 3, 2, 1]
    assert [step.recovered for step in found.steps] == [0, 1, 0, 0]
    soft = next(kind for kind in found.kinds if kind.kind is DeclineKind.SOFT)
    assert (soft.payments, soft.recovered, soft.lost, soft.open) == (2, 1, 0, 1)
    assert none.payments == 0 and none.steps == ()


def test_what_is_owed_is_told_by_its_age(units, actor, clock):
    with units(actor) as work:
        shelf = open_shelf(work)
        add_box(work, shelf, 1001, invoice=InvoiceStatus.OPEN)
    with units(actor) as work:
        bill = work.session.query(Invoice).one()
        now = bill.issued_at + timedelta(days=20, hours=3)
        assert [(row.low, row.high, row.cents) for row in ageing(work.session, now)] == [
            (15, 31, 1500)
        ]
        assert [row.days for row in owed(work.session, now, 15, (10, 0))] == [20]
        assert owed(work.session, now, 31, (10, 0)) == ()


def test_payouts_show_first_what_matches_nothing(units, actor, boxes):
    with units(actor) as work:
        for n, net in enumerate((4815, 4700)):
            payout = Payout(
                provider_id=f"po_{n}",
                amount_cents=4815,
                currency="USD",
                status="paid",
                made_at=FIRST,
                arrives_on=JANUARY,
                reconciled_at=None if n else FIRST,
            )
            work.session.add(payout)
            work.session.flush()
            work.session.add(
                PayoutLine(
                    id=f"txn_{n}",
                    payout_id=payout.id,
                    category="charge",
                    gross_cents=net,
                    fee_cents=0,
                    net_cents=net,
                    source_id=f"ch_{n}",
                    moved_at=FIRST,
                )
            )
        work.session.flush()
        rows = payouts_of(work.session, JANUARY, work.shop.zone)
        assert [(row.provider_id, row.adds_up) for row in rows] == [("po_1", False), ("po_0", True)]
        assert [line.payout for line in unmatched_lines(work.session)] == ["po_0", "po_1"]
        assert len(payout_lines(work.session, rows[0].id)) == 1


def test_disputes_and_refunds_stand_in_one_register(units, actor, boxes):
    with units(actor) as work:
        bill = work.session.query(Invoice).order_by(Invoice.number).first()
        payment = Payment(invoice_id=bill.id, amount_cents=4815, currency="USD")
        work.session.add(payment)
        work.session.flush()
        work.session.add(
            Dispute(
                provider_id="dp_1",
                payment_id=payment.id,
                amount_cents=4815,
                currency="USD",
                reason="fraudulent",
                status="needs_response",
                opened_at=FIRST,
            )
        )
        work.session.flush()
        january = register_of(work.session, JANUARY, work.shop.zone)
        assert [row.status for row in january.disputes] == ["needs_response"]
        assert january.refunds == () and january.refunded("USD") == 0
        assert register_of(work.session, date(2026, 12, 1), work.shop.zone).disputes == ()
        assert Ledger.DISPUTED.value == "1150"
