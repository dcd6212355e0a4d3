"""Giving back by line and whole, before and after shipping, to the card or as credit."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.billing.models import Invoice, Payment, Refund
from app.billing.payment_queries import paid_lines
from app.billing.ports import RefundOutcome
from app.billing.price_models import CreditBalance
from app.billing.rules import BillingRefusal, InvoiceStatus, RefundStatus
from app.catalog.models import Stock
from app.catalog.services.move_stock import ship_reserved
from app.core.refusals import Refused
from app.finance.services.record_shipment import record_shipment
from app.finance.services.settle_refund import settle_refund
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxRefusal, BoxStatus
from app.fulfilment.services.give_back import RefundWish, give_back
from app.jobs.charging import charge_due
from app.jobs.refunding import refund_due
from app.subscriptions.rules import Pricing
from tests import cast
from tests.jobs.shop_with_stand_in import ACTOR


@pytest.fixture
def shop(shop_of):
    """A shop in which Ada has paid for a box of two coffees, each a line of its own."""
    with shop_of.tools.units(ACTOR) as work:
        shop_of.plan = cast.add_plan(
            work, replace(cast.WEEKLY, code="contents"), pricing=Pricing.CONTENTS
        )
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    return shop_of


def paid_box(shop) -> Box:
    return next(box for box in shop.rows(Box) if box.invoice_id)


def give(shop, request: str = "one", **wish) -> bool:
    units = shop.tools.units
    with units(replace(ACTOR, request_id=request)) as work:
        return give_back(work, paid_box(shop).id, RefundWish(**wish))


def left(shop) -> list[int]:
    with shop.tools.units(ACTOR) as work:
        return [line.left_cents for line in paid_lines(work.session, paid_box(shop).invoice_id)]


def ship(shop) -> None:
    with shop.tools.units(ACTOR) as work:
        box = work.session.get_one(Box, paid_box(shop).id)
        box.status, box.shipped_at = BoxStatus.SHIPPED, work.now
        ship_reserved(work, "box", [box.id])
        work.session.flush()
        record_shipment(work, [box.id])


def test_one_line_goes_back_to_the_card_and_only_once(shop):
    whole = left(shop)
    assert not give(shop, lines={1: None})
    assert not give(shop, lines={1: None}), "the same request again"
    refund_due(shop.tools)
    assert left(shop) == [0, *whole[1:]]
    assert [each.amount_cents for each in shop.rows(Refund)] == [whole[0]]
    assert len(shop.letters("refund_made")) == 1
    with pytest.raises(Refused) as refused:
        give(shop, "two", lines={1: 1})
    assert refused.value.refusal is BillingRefusal.LINE_TOO_MUCH
    give(shop, "three", lines={2: whole[1] - 100})
    give(shop, "four", lines={2: None})
    refund_due(shop.tools)
    assert shop.one(Invoice).status is InvoiceStatus.REFUNDED
    assert shop.wrong() == () or "paid" not in str(shop.wrong())


@pytest.mark.parametrize("lines", [{9: None}, {1: -5}, {1: 0}, {1: True}, {1: 10**7}])
def test_lines_that_cannot_go_back_are_refused_in_words(shop, lines):
    with pytest.raises(Refused) as refused:
        give(shop, lines=lines)
    assert refused.value.field == "lines"
    assert shop.rows(Refund) == []


def test_a_shipped_box_goes_back_as_credit_and_onto_the_shelf(shop):
    with pytest.raises(Refused) as early:
        give(shop, restock=True)
    assert early.value.refusal is BoxRefusal.NOT_SHIPPED
    ship(shop)
    before = sum(row.on_hand for row in shop.rows(Stock))
    assert not give(shop, lines={1: None}, as_credit=True, restock=True)
    assert sum(row.on_hand for row in shop.rows(Stock)) == before + 1
    paid = shop.one(Invoice)
    with shop.tools.units(ACTOR) as work:
        balance = work.session.scalars(select(CreditBalance.balance_cents)).one()
    assert balance == paid.refunded_cents > 0
    (letter,) = shop.letters("refund_credited")
    assert letter.facts["refunded_cents"] == balance


def test_a_whole_box_as_credit_before_shipping_is_called_off_and_nothing_goes_to_the_card(shop):
    assert give(shop, as_credit=True)
    assert paid_box(shop).status is BoxStatus.CANCELLED
    assert (shop.rows(Refund), shop.one(Invoice).status) == ([], InvoiceStatus.REFUNDED)


def test_a_line_whose_refund_bounced_can_go_back_again(shop):
    whole = left(shop)
    give(shop, lines={1: None})
    refund_due(shop.tools)
    row, payment = shop.one(Refund), shop.one(Payment)
    bounced = RefundOutcome(
        row.provider_id, RefundStatus.FAILED, row.amount_cents, str(row.id), payment.provider_id
    )
    with shop.tools.units(ACTOR) as work:
        assert settle_refund(work, bounced)
    assert left(shop) == whole
    assert shop.one(Invoice).refunded_cents == 0
    assert len(shop.letters("refund_failed")) == 1
    give(shop, "again", lines={1: None})
    assert left(shop)[0] == 0
