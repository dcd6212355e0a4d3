"""Invoices, refunds, cards and dunning lists, without any provider."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.billing.models import Account, Invoice, InvoiceLine, Payment, Refund
from app.billing.payment_queries import dunning, open_payment_of, payments_of
from app.billing.ports import CardFacts, Outcome
from app.billing.queries import card_of, invoice_detail, invoices_of
from app.billing.rules import (
    BillingRefusal,
    InvoiceDraft,
    InvoiceLineDraft,
    InvoiceStatus,
    PaymentStatus,
)
from app.billing.services.ask_refund import ask_refund
from app.billing.services.begin_visit import begin_visit
from app.billing.services.claim_payment import claim_payment
from app.billing.services.issue_invoices import issue_invoices
from app.billing.services.record_outcome import record_created
from app.billing.services.retry_with_new_card import retry_with_new_card
from app.billing.services.save_card import ensure_account, record_account, save_card
from app.core.job_names import Job
from app.core.outbox import Letter
from app.core.refusals import Refused
from app.finance.models import Entry
from app.finance.queries import trial_balance
from app.finance.services.apply_outcome import apply_outcome
from app.subscriptions.models import Subscription
from tests import cast


@pytest.fixture
def ada(units, actor) -> Subscription:
    with units(actor) as work:
        return cast.subscribe(work, "Ada", cast.add_plan(work))


def draft(subscription: Subscription, cycle: int = 0, cents: int = 3000) -> InvoiceDraft:
    line = InvoiceLineDraft("Box", 1, cents)
    return InvoiceDraft(subscription.id, subscription.subscriber_id, cycle, (line,), 1000)


def issue(units, actor, *drafts: InvoiceDraft) -> list[uuid.UUID]:
    with units(actor) as work:
        made = issue_invoices(work, drafts)
    return [made[each.subscription_id, each.cycle] for each in drafts]


def paid(units, actor, invoice_id: uuid.UUID) -> None:
    """Let the provider report that an invoice was paid."""
    with units(actor) as work:
        ticket = claim_payment(work)
        record_created(work, ticket, "pi_1")
    outcome = Outcome("pi_1", PaymentStatus.SUCCEEDED, ticket.amount_cents, "USD", fee_cents=126)
    with units(actor) as work:
        assert apply_outcome(work, outcome, ticket)
        assert not apply_outcome(work, outcome, ticket)


def test_invoices_are_issued_once_with_lines_tax_and_payment(units, actor, ada, queue):
    first = issue(units, actor, draft(ada), draft(ada, 1))
    assert issue(units, actor, draft(ada), draft(ada, 1)) == first
    with units(actor) as work:
        rows = work.session.scalars(select(Invoice)).all()
        assert [(row.net_cents, row.tax_cents, row.total_cents) for row in rows] == [
            (3000, 300, 3300)
        ] * 2
        assert len(work.session.scalars(select(InvoiceLine)).all()) == 2
        assert {each.next_try_at for each in work.session.scalars(select(Payment))} == {work.now}
    assert queue.rings.count((Job.CHARGE_DUE, ())) == 1


def test_nothing_owed_is_paid_at_once(units, actor, ada):
    (invoice_id,) = issue(units, actor, draft(ada, cents=0))
    with units(actor) as work:
        assert work.session.get_one(Invoice, invoice_id).status is InvoiceStatus.PAID
        assert work.session.scalars(select(Payment)).all() == []
        assert payments_of(work.session, [invoice_id]).counts == {"free": 1}


def test_only_the_newest_unpaid_box_is_collected(units, actor, ada):
    issue(units, actor, draft(ada), draft(ada, 1))
    with units(actor) as work:
        ticket = claim_payment(work)
        assert claim_payment(work) is None
        payment = work.session.get_one(Payment, ticket.payment_id)
        assert work.session.get_one(Invoice, payment.invoice_id).cycle == 1
    with units(actor) as work:
        assert retry_with_new_card(work, ada.subscriber_id) == []


def test_a_success_of_a_box_that_is_gone_is_given_back(units, actor, ada):
    (invoice_id,) = issue(units, actor, draft(ada))
    paid(units, actor, invoice_id)
    with units(actor) as work:
        refund = work.session.scalars(select(Refund)).one()
        assert (refund.amount_cents, refund.reference) == (3300, f"box-gone:{invoice_id}")
        assert {row.account.value: row.balance_cents for row in trial_balance(work.session)} == {
            "1100": 3174,
            "2000": -3000,
            "2100": -300,
            "5000": 126,
        }
        assert len(work.session.scalars(select(Entry)).all()) == 2


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        (0, BillingRefusal.BAD_AMOUNT),
        (-1, BillingRefusal.BAD_AMOUNT),
        (True, BillingRefusal.BAD_AMOUNT),
        (1, BillingRefusal.TOO_MUCH),
        (None, BillingRefusal.TOO_MUCH),
    ],
)
def test_no_more_is_given_back_than_was_paid(units, actor, ada, amount, refusal):
    (invoice_id,) = issue(units, actor, draft(ada))
    paid(units, actor, invoice_id)
    with pytest.raises(Refused) as refused, units(actor) as work:
        ask_refund(work, invoice_id, amount, "wish", "another")
    assert refused.value.refusal is refusal


def test_an_unpaid_or_unknown_invoice_gives_nothing_back(units, actor, ada):
    (invoice_id,) = issue(units, actor, draft(ada))
    for wanted, refusal in (
        (invoice_id, BillingRefusal.NOT_PAID),
        (uuid.uuid4(), BillingRefusal.UNKNOWN_INVOICE),
    ):
        with pytest.raises(Refused) as refused, units(actor) as work:
            ask_refund(work, wanted, None, "wish", "r")
        assert refused.value.refusal is refusal


def test_a_decline_shows_in_the_dunning_list_until_it_is_paid(units, actor, ada, clock):
    (invoice_id,) = issue(units, actor, draft(ada))
    with units(actor) as work:
        ticket = claim_payment(work)
        record_created(work, ticket, "pi_1")
    declined = Outcome("pi_1", PaymentStatus.CREATED, 3300, "USD", "insufficient_funds")
    with units(actor) as work:
        assert apply_outcome(work, declined, ticket)
        assert not apply_outcome(work, declined, ticket)
        (row,) = dunning(work.session)
    assert (row.payment.last_decline, row.payment.tries) == ("insufficient_funds", 1)
    assert row.payment.next_try_at == clock.moment + timedelta(days=1)
    with units(actor) as work:
        assert open_payment_of(work.session, invoice_id).amount_cents == 3300
        visit = begin_visit(work, ticket.payment_id)
    with units(actor) as work:
        apply_outcome(work, Outcome("pi_1", PaymentStatus.SUCCEEDED, 3300, "USD"), visit.ticket)
        assert dunning(work.session) == ()
        assert open_payment_of(work.session, invoice_id) is None
        detail = invoice_detail(work.session, invoice_id)
        assert detail.payment.status is PaymentStatus.SUCCEEDED
        assert [each.id for each in invoices_of(work.session, ada.subscriber_id)] == [invoice_id]
    with pytest.raises(Refused), units(actor) as work:
        begin_visit(work, ticket.payment_id)


def test_an_older_card_does_not_replace_a_newer_one(units, actor, ada):
    with units(actor) as work:
        customer = work.session.get_one(Account, ada.subscriber_id).provider_id
        newer = CardFacts(customer, "pm_new", "visa", "1111", 1, 2041, made_at=20)
        older = CardFacts(customer, "pm_old", "visa", "2222", 1, 2041, made_at=10)
        assert save_card(work, ada.subscriber_id, newer)
        assert not save_card(work, ada.subscriber_id, older)
        assert not save_card(work, ada.subscriber_id, newer)
    with units(actor) as work:
        assert card_of(work.session, ada.subscriber_id).last4 == "1111"


def test_an_account_is_opened_once(units, actor):
    with units(actor) as work:
        person = cast.register(work, "Ben")
        assert ensure_account(work, person) is None
        assert record_account(work, person, "cus_1") == "cus_1"
        assert record_account(work, person, "cus_2") == "cus_1"


def test_letters_of_a_decline_carry_the_plan_the_amount_and_the_reason(units, actor, ada):
    issue(units, actor, draft(ada))
    with units(actor) as work:
        ticket = claim_payment(work)
        record_created(work, ticket, "pi_1")
    with units(actor) as work:
        apply_outcome(
            work, Outcome("pi_1", PaymentStatus.CREATED, 3300, "USD", "stolen_card"), ticket
        )
        letter = work.session.scalars(select(Letter).where(Letter.kind == "card_needed")).one()
    assert letter.facts["plan"]["en"] == "Weekly box"
    assert (letter.facts["amount_cents"], letter.facts["reason"]) == (3300, "stolen_card")
    assert letter.facts["next_try_at"] is None
