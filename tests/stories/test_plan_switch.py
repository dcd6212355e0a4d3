"""A change of plan half way: the difference of the days left goes with the next invoice."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.core.refusals import Refused
from app.fulfilment.services.change_plan import change_plan
from app.fulfilment.services.preview_switch import preview_switch
from app.fulfilment.services.sell_term import sell_term
from app.fulfilment.switch_models import SwitchCharge
from app.subscriptions.rules import Cadence, CadenceUnit
from app.subscriptions.services.save_plan import Selling
from app.subscriptions.term_rules import Proration, TermRefusal
from tests.cast import MONTHLY, WEEKLY

ZONE = ZoneInfo("America/New_York")
SMALL = replace(
    MONTHLY,
    cadence=Cadence(CadenceUnit.MONTH, 1, 1),
    sizes={1: 1500, 2: 3000, 4: 6200},
    selling=Selling(prepaid=((3, 0),)),
)


def local(month: int, day: int, hour: int = 3) -> datetime:
    return datetime(2027, month, day, hour, tzinfo=ZONE).astimezone(UTC)


@pytest.fixture
def shop(open_shop):
    shop = open_shop(local(3, 20), tax_bp=1000)
    shop.stock()
    return shop


def preview(shop, person, subscription, plan, size):
    with shop.tools.units.rehearse(shop.actor) as work:
        return preview_switch(work, person.id, subscription.id, plan.id, size)


def switch(shop, person, subscription, plan, size):
    with shop.tools.units(shop.actor) as work:
        change_plan(work, person.id, subscription.id, plan.id, size)


def test_the_preview_says_the_invoice_that_comes(shop):
    plan = shop.plan(SMALL)
    person, ada = shop.subscribe("Ada", plan)
    shop.advance(local(4, 11))
    seen = preview(shop, person, ada, plan, 4)
    assert shop.rows(SwitchCharge) == []
    # 20 of April's 30 days are left, each for 32.00 / 30 more.
    assert (seen.switch_cents, seen.days, seen.net_cents) == (2133, 20, 8333)
    switch(shop, person, ada, plan, 4)
    shop.advance(local(4, 29))
    invoice = shop.invoice(shop.box_on(ada, date(2027, 5, 1)))
    assert (invoice.net_cents, invoice.total_cents) == (seen.net_cents, seen.total_cents)
    assert {each.amount_cents for each in shop.taken()} == {3300, seen.total_cents}
    assert [each.invoice_id for each in shop.rows(SwitchCharge)] == [invoice.id]
    shop.advance(local(5, 30))
    assert shop.invoice(shop.box_on(ada, date(2027, 6, 1))).net_cents == 6200


def test_a_second_change_counts_from_the_price_of_the_moment(shop):
    plan = shop.plan(SMALL)
    person, ada = shop.subscribe("Ada", plan)
    shop.advance(local(4, 11))
    switch(shop, person, ada, plan, 4)
    shop.advance(local(4, 16))
    switch(shop, person, ada, plan, 2)
    charges = [each.cents for each in shop.rows(SwitchCharge)]
    assert charges == [2133, -1600]
    shop.advance(local(4, 29))
    assert shop.invoice(shop.box_on(ada, date(2027, 5, 1))).net_cents == 3000 + 2133 - 1600


def test_a_credit_larger_than_the_box_waits_for_the_next_one(shop):
    dear = shop.plan(replace(SMALL, code="dear", sizes={1: 1500, 2: 30_000}))
    person, ada = shop.subscribe("Ada", dear)
    shop.advance(local(4, 2))
    switch(shop, person, ada, dear, 1)
    owed = -shop.rows(SwitchCharge)[0].cents
    assert owed == 27_550
    shop.advance(local(5, 30))
    boxes = [shop.box_on(ada, date(2027, month, 1)) for month in (5, 6)]
    assert [shop.invoice(box).total_cents for box in boxes] == [0, 0]
    rest = [each.cents for each in shop.rows(SwitchCharge) if each.invoice_id is None]
    assert rest == [-(owed - 3000)]


def test_a_plan_may_leave_the_days_alone_and_boxes_paid_ahead_keep_their_plan(shop):
    plain = shop.plan(replace(WEEKLY, selling=Selling(proration=Proration.NONE)))
    plan = shop.plan(SMALL)
    person, ada = shop.subscribe("Ada", plan)
    shop.advance(local(4, 11))
    switch(shop, person, ada, plain, 2)
    assert shop.rows(SwitchCharge) == []
    other, ben = shop.subscribe("Ben", plan)
    with shop.tools.units(shop.actor) as work:
        sell_term(work, other.id, ben.id, 3)
    with pytest.raises(Refused) as refused:
        switch(shop, other, ben, plan, 4)
    assert refused.value.refusal is TermRefusal.PAID_AHEAD
