"""Invoices whose tax the provider says: asked outside of any transaction, once, before a charge."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from app.billing.models import Invoice, InvoiceLine, Payment
from app.billing.price_models import TaxExemption
from app.billing.rules import InvoiceStatus
from app.billing.services.move_credit import give_credit
from app.finance.services.post_credit import post_credit
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.refund_box import cancel_box
from app.fulfilment.services.tax_invoice import claim_draft
from app.jobs.charging import charge_due
from app.jobs.credit import post_all_credit
from app.jobs.taxing import tax_drafts
from tests.jobs.shop_with_stand_in import ACTOR


@pytest.fixture
def shop(shop):
    """A shop that lets the provider say what tax is due."""
    return replace(shop, tax_by_provider=True, tax_bp=1000)


def ask_again(shop) -> None:
    """Let the time between two questions be over."""
    with shop.tools.units(ACTOR) as work:
        work.session.execute(
            update(Invoice)
            .where(Invoice.tax_try_at.is_not(None))
            .values(tax_try_at=datetime(2020, 1, 1, tzinfo=UTC))
        )


def packed(shop) -> Box:
    (box,) = (each for each in shop.rows(Box) if each.invoice_id)
    return box


def test_an_invoice_waits_for_its_tax_and_is_charged_with_it(shop_of):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    assert (shop_of.one(Invoice).status, shop_of.rows(Payment)) == (InvoiceStatus.DRAFT, [])
    assert charge_due(shop_of.tools) == {}
    assert shop_of.wrong() == ()
    with shop_of.tools.units.rehearse(ACTOR) as work:
        basket = claim_draft(work).basket
    # A question whose answer was lost is asked again, and is the same question.
    answer = shop_of.tools.tax.calculate(basket)
    assert (tax_drafts(shop_of.tools), tax_drafts(shop_of.tools)) == (1, 0)
    bill, line = shop_of.one(Invoice), shop_of.one(InvoiceLine)
    # Massachusetts takes 6.25 %, not the shop's own rate.
    assert (bill.net_cents, bill.tax_cents, line.tax_cents) == (3000, 188, 188)
    assert bill.tax_calculation_id == answer.calculation_id
    assert charge_due(shop_of.tools) == {"succeeded": 1}
    assert packed(shop_of).status is BoxStatus.RELEASED
    assert shop_of.balance()["2100"] == -188
    assert shop_of.wrong() == ()


def test_while_the_provider_is_away_invoices_wait_or_take_the_shops_rates(shop_of):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    shop_of.fault("status_500", "/v1/tax", times=30)
    assert tax_drafts(shop_of.tools) == 0
    assert shop_of.one(Invoice).status is InvoiceStatus.DRAFT
    shop_of.move_to(shop_of.clock.moment + timedelta(minutes=31))
    ask_again(shop_of)
    units = shop_of.tools.units
    with units.rehearse(ACTOR) as work:
        assert not claim_draft(work).own_rates
    shop_of.tools = replace(
        shop_of.tools, units=replace(units, shop=replace(units.shop, tax_waits=False))
    )
    tax_drafts(shop_of.tools)
    bill = shop_of.one(Invoice)
    assert (bill.status, bill.tax_cents, bill.tax_calculation_id) == (InvoiceStatus.OPEN, 300, None)
    assert shop_of.wrong() == ()


def test_who_is_exempt_is_asked_about_never_and_who_leaves_pays_nothing(shop_of):
    ada = shop_of.subscribe("Ada")
    shop_of.subscribe("Ben")
    with shop_of.tools.units(ACTOR) as work:
        work.session.add(
            TaxExemption(
                subscriber_id=ada.subscriber_id,
                certificate="X-1",
                valid_from=date(2026, 1, 1),
            )
        )
    shop_of.close_first_batch()
    bills = {each.subscriber_id: each for each in shop_of.rows(Invoice)}
    assert bills[ada.subscriber_id].total_cents == 3000
    (draft,) = (each for each in bills.values() if each.status is InvoiceStatus.DRAFT)
    with shop_of.tools.units(ACTOR) as work:
        box = next(each for each in shop_of.rows(Box) if each.invoice_id == draft.id)
        cancel_box(work, box.id, "staff")
    assert tax_drafts(shop_of.tools) == 0
    charge_due(shop_of.tools)
    assert shop_of.balance()["1100"] > 0
    assert shop_of.wrong() == ()


def test_credit_pays_the_tax_too_and_the_sale_is_reported_without_a_payment(shop_of):
    ada = shop_of.subscribe("Ada")
    with shop_of.tools.units(ACTOR) as work:
        give_credit(work, ada.subscriber_id, 5000)
        post_credit(work)
    shop_of.close_first_batch()
    assert tax_drafts(shop_of.tools) == 1
    post_all_credit(shop_of.tools)
    bill = shop_of.one(Invoice)
    assert (bill.status, bill.credit_cents) == (InvoiceStatus.PAID, 3188)
    assert packed(shop_of).status is BoxStatus.RELEASED
    assert shop_of.wrong() == ()
