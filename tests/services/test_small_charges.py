"""Boxes whose rest is too small to charge: they ship, and not a cent of them is lost."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.billing.carry_models import Carry, CarryEnd
from app.billing.models import Invoice, InvoiceLine, Payment
from app.billing.ports import RefundOutcome
from app.billing.price_list_queries import credit_of
from app.billing.rules import InvoiceStatus, RefundStatus
from app.billing.services.cancel_payment import cancel_payment
from app.billing.services.move_credit import give_credit
from app.finance import proof_money, proof_prices
from app.finance.rules import Ledger
from app.finance.services.post_carried import give_up_carried, post_carried
from app.finance.services.post_credit import post_credit
from app.finance.services.settle_refund import settle_refund
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.cancel_subscription import cancel_subscription
from app.fulfilment.services.refund_box import cancel_box
from tests import cast
from tests.services.priced_boxes import balances, boxes_of, invoice_of, lock_next, pay, ship


@pytest.fixture
def ada(units, actor):
    """Ada's weekly subscription at 30.00, of which credit pays all but 30 cents of one box."""
    with units(actor) as work:
        cast.stock_shelf(work)
        ada = cast.subscribe(work, "Ada", cast.add_plan(work))
        give_credit(work, ada.subscriber_id, 2970)
        post_credit(work)
        return ada


def proved(work) -> list[tuple[str, str]]:
    """Return what does not hold of the money in the books."""
    found = []
    facts = {"settled_by": work.now}
    for question in (*proof_money.QUESTIONS, *proof_prices.QUESTIONS):
        wanted = facts if ":settled_by" in question.sql else {}
        found += [tuple(row) for row in work.session.execute(text(question.sql), wanted)]
    return found


def lines_of(work, invoice: Invoice) -> list[tuple[str, int]]:
    query = select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id)
    rows = work.session.scalars(query.order_by(InvoiceLine.position))
    return [(row.text, row.amount_cents) for row in rows]


def test_a_box_that_is_too_small_to_charge_ships_and_is_paid_with_the_next(
    units, actor, clock, ada
):
    lock_next(units, actor, clock)
    with units(actor) as work:
        small = invoice_of(work, ada)
        assert (small.status, small.carried_cents) == (InvoiceStatus.PAID, 30)
        assert work.session.scalars(select(Payment)).all() == []
        box = boxes_of(work, ada)[0]
        assert box.status is BoxStatus.RELEASED
        assert proved(work) == []
        ship(work, box)
        assert balances(work)[Ledger.RECEIVABLE] == 30
        assert balances(work)[Ledger.BOXES] == -3000
        assert proved(work) == []
    lock_next(units, actor, clock, 1)
    with units(actor) as work:
        bill = invoice_of(work, ada, 1)
        assert lines_of(work, bill)[-1] == (f"Carried over from invoice {small.number}", 30)
        assert (bill.total_cents, bill.brought_cents) == (3000, 30)
        assert proved(work) == []
    pay(units, actor, "pi_1")
    with units(actor) as work:
        held = balances(work)
        assert (held[Ledger.STRIPE], Ledger.RECEIVABLE in held) == (3030, False)
        assert proved(work) == []
    # Somebody gives the whole payment back on the provider's own pages.
    with units(actor) as work:
        settle_refund(work, RefundOutcome("re_1", RefundStatus.SUCCEEDED, 3030, None, "pi_1"))
        bill = invoice_of(work, ada, 1)
        assert (bill.refunded_cents, bill.status) == (3000, InvoiceStatus.REFUNDED)
        assert (Ledger.STRIPE in balances(work), proved(work)) == (False, [])


def test_a_rest_waits_on_when_its_invoice_is_called_off(units, actor, clock, ada):
    lock_next(units, actor, clock)
    lock_next(units, actor, clock, 1)
    with units(actor) as work:
        assert cancel_payment(work, work.session.scalars(select(Payment.id)).one(), "unpaid")
    with units(actor) as work:
        assert work.session.scalars(select(Carry)).one().next_invoice_id is None
        post_carried(work)
        assert proved(work) == []
    lock_next(units, actor, clock, 2)
    with units(actor) as work:
        assert invoice_of(work, ada, 2).brought_cents == 30


def test_a_small_box_that_is_called_back_leaves_no_rest(units, actor, clock, ada):
    lock_next(units, actor, clock)
    with units(actor) as work:
        cancel_box(work, boxes_of(work, ada)[0].id, "staff")
        post_carried(work)
        post_credit(work)
        assert work.session.scalars(select(Carry)).one().ended_by is CarryEnd.CREDIT
        assert credit_of(work.session, [ada.subscriber_id]) == {ada.subscriber_id: 2970}
        assert balances(work) == {Ledger.REFUNDS: 2970, Ledger.CREDIT: -2970}
        assert proved(work) == []


@pytest.mark.parametrize("why", ["cancelled", "old"])
def test_a_rest_that_no_invoice_can_bring_in_is_written_off_once(units, actor, clock, ada, why):
    lock_next(units, actor, clock)
    with units(actor) as work:
        assert give_up_carried(work) == 0
        if why == "cancelled":
            cancel_subscription(work, ada.subscriber_id, ada.id)
    if why == "old":
        clock.move_to(clock.moment + timedelta(days=90))
    with units(actor) as work:
        assert give_up_carried(work) == 1
        assert give_up_carried(work) == 0
        held = balances(work)
        assert (held[Ledger.BAD_DEBT], Ledger.RECEIVABLE in held) == (30, False)
        assert proved(work) == []
