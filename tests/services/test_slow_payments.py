"""Payments that a bank takes days for: the box waits or goes, and no cent is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.billing.models import Attempt, Payment
from app.billing.ports import Outcome
from app.billing.rules import AttemptStatus, BillingRefusal, InvoiceStatus, PaymentStatus
from app.billing.services.claim_payment import claim_payment
from app.billing.services.record_outcome import record_created
from app.billing.services.retry_with_new_card import retry_with_new_card
from app.core.refusals import Refused
from app.finance.rules import Ledger
from app.finance.services.apply_outcome import apply_outcome
from app.finance.services.sell_on_account import write_off_invoice, write_off_old
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.refund_box import cancel_box
from app.subscriptions.term_rules import Arrears
from tests import cast
from tests.services.priced_boxes import balances, boxes_of, invoice_of, lock_next, ship
from tests.services.test_small_charges import proved

WEEK = timedelta(weeks=1)


@pytest.fixture
def ada(units, actor):
    """Ada's weekly subscription at 30.00, whose next boxes count from a late payment."""
    with units(actor) as work:
        cast.stock_shelf(work)
        plan = cast.add_plan(work)
        plan.arrears = Arrears.COUNT
        return cast.subscribe(work, "Ada", plan)


@pytest.fixture
def trusting(units):
    """The units of a shop that lets boxes go while a slow payment is under way."""
    return replace(units, shop=replace(units.shop, ships_while_processing=True))


def begin(units, actor) -> None:
    """Let the bank take the next payment up, without an answer yet."""
    with units(actor) as work:
        ticket = claim_payment(work)
        record_created(work, ticket, "pi_1")
    hear(units, actor, PaymentStatus.PROCESSING, ticket)


def hear(units, actor, status, ticket=None, code=None) -> None:
    outcome = Outcome("pi_1", status, 3000, "USD", decline_code=code, fee_cents=0)
    with units(actor) as work:
        apply_outcome(work, outcome, ticket)


def fail_late(units, actor) -> None:
    hear(units, actor, PaymentStatus.CREATED, code="insufficient_funds")


def test_a_box_waits_for_a_slow_bank_and_its_dates_stay(units, actor, clock, ada):
    lock_next(units, actor, clock)
    begin(units, actor)
    # Another week locks meanwhile; nothing is called off and nothing is tried a second time.
    lock_next(units, actor, clock, 1)
    with units(actor) as work:
        first, second, third, *_ = boxes_of(work, ada)
        assert (first.status, third.ships_on) == (BoxStatus.COMPOSED, second.ships_on + WEEK)
        claim_payment(work)
        assert [each.status for each in work.session.scalars(select(Attempt))].count(
            AttemptStatus.PROCESSING
        ) == 1
        assert retry_with_new_card(work, ada.subscriber_id) == []
        days = [box.ships_on for box in boxes_of(work, ada)]
    hear(units, actor, PaymentStatus.SUCCEEDED)
    with units(actor) as work:
        assert boxes_of(work, ada)[0].status is BoxStatus.RELEASED
        assert [box.ships_on for box in boxes_of(work, ada)] == days
        assert proved(work) == []


def test_a_box_sent_on_trust_is_a_receivable_until_it_is_paid(trusting, actor, clock, ada):
    lock_next(trusting, actor, clock)
    begin(trusting, actor)
    with trusting(actor) as work:
        box = boxes_of(work, ada)[0]
        assert box.status is BoxStatus.RELEASED
        ship(work, box)
        assert balances(work) == {Ledger.RECEIVABLE: 3000, Ledger.BOXES: -3000}
        assert proved(work) == []
        with pytest.raises(Refused) as refused:
            write_off_invoice(work, invoice_of(work, ada).id)
        assert refused.value.refusal is BillingRefusal.STILL_UNDER_WAY
    fail_late(trusting, actor)
    lock_next(trusting, actor, clock, 2)
    with trusting(actor) as work:
        payment = work.session.scalars(select(Payment)).all()[0]
        assert (payment.tries, payment.next_try_at is not None) == (1, True)
        assert proved(work) == []
    # It is collected although a newer box is open, and settles what was owed.
    with trusting(actor) as work:
        ticket = claim_payment(work)
        assert ticket.provider_id == "pi_1"
    hear(trusting, actor, PaymentStatus.SUCCEEDED, ticket)
    with trusting(actor) as work:
        assert invoice_of(work, ada).status is InvoiceStatus.PAID
        assert balances(work) == {Ledger.STRIPE: 3000, Ledger.BOXES: -3000}
        assert proved(work) == []


def test_what_is_never_paid_is_written_off_and_the_payment_closed(trusting, actor, clock, ada):
    lock_next(trusting, actor, clock)
    begin(trusting, actor)
    with trusting(actor) as work:
        ship(work, boxes_of(work, ada)[0])
    fail_late(trusting, actor)
    with trusting(actor) as work:
        assert write_off_old(work) == 0
    clock.move_to(clock.moment + timedelta(days=90))
    with trusting(actor) as work:
        assert (write_off_old(work), write_off_old(work)) == (1, 0)
        assert claim_payment(work) is None
    hear(trusting, actor, PaymentStatus.CANCELLED)
    with trusting(actor) as work:
        assert invoice_of(work, ada).status is InvoiceStatus.VOID
        assert balances(work) == {Ledger.BAD_DEBT: 3000, Ledger.BOXES: -3000}
        assert proved(work) == []


@pytest.mark.parametrize("end", ["fails", "succeeds"])
def test_a_box_on_trust_that_is_called_back_leaves_nothing_owed(trusting, actor, clock, ada, end):
    lock_next(trusting, actor, clock)
    begin(trusting, actor)
    with trusting(actor) as work:
        cancel_box(work, boxes_of(work, ada)[0].id, "staff")
    if end == "fails":
        fail_late(trusting, actor)
        hear(trusting, actor, PaymentStatus.CANCELLED)
    else:
        hear(trusting, actor, PaymentStatus.SUCCEEDED)
    with trusting(actor) as work:
        held = balances(work)
        # Money that came is on its way back: a refund is asked for.
        assert held == ({} if end == "fails" else {Ledger.STRIPE: 3000, Ledger.DEFERRED: -3000})
        assert Ledger.RECEIVABLE not in held
