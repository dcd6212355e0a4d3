"""Vouchers down to their last cent, and new prices for those who subscribe already."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.billing.price_list_queries import credit_of
from app.billing.price_models import PriceChange, PriceNotice, Voucher, VoucherUse
from app.billing.rules import PriceRefusal
from app.billing.services.change_price import announce_price, apply_prices, withdraw_price
from app.billing.services.redeem_voucher import redeem_voucher
from app.billing.voucher_rules import VoucherRefusal
from app.core.outbox import Letter
from app.core.refusals import Refused
from app.finance.models import Posting
from app.finance.rules import Ledger
from app.finance.services.make_vouchers import expire_vouchers, make_vouchers, settle_voucher
from app.subscriptions.models import Subscription
from tests import cast


@pytest.fixture
def ada(units, actor):
    with units(actor) as work:
        cast.stock_shelf(work)
        return cast.subscribe(work, "Ada", cast.add_plan(work))


def balances(work) -> dict[Ledger, int]:
    sums: dict[Ledger, int] = {}
    for row in work.session.scalars(select(Posting)):
        sums[row.account] = sums.get(row.account, 0) + row.amount_cents
    return {account: cents for account, cents in sums.items() if cents}


def test_a_voucher_is_used_in_parts_and_never_twice(units, actor, ada):
    with units(actor) as work:
        (code,) = make_vouchers(work, 5000, 1, True, (None, "Christmas"))
        kept = work.session.scalars(select(Voucher)).one()
        assert code not in str(vars(kept))
        assert kept.ending == code[-4:]
        assert redeem_voucher(work, ada.subscriber_id, code.lower().replace("-", " "), 2000) == 2000
    for wanted, refusal in ((3001, VoucherRefusal.TOO_MUCH), (0, VoucherRefusal.BAD_AMOUNT)):
        with units(actor) as work, pytest.raises(Refused) as refused:
            redeem_voucher(work, ada.subscriber_id, code, wanted)
        assert refused.value.refusal is refusal
    with units(actor) as work:
        assert redeem_voucher(work, ada.subscriber_id, code) == 3000
        with pytest.raises(Refused) as refused:
            redeem_voucher(work, ada.subscriber_id, code)
        assert refused.value.refusal is VoucherRefusal.EMPTY
        assert credit_of(work.session, [ada.subscriber_id]) == {ada.subscriber_id: 5000}
        assert sum(use.amount_cents for use in work.session.scalars(select(VoucherUse))) == 5000
        assert balances(work) == {Ledger.BANK: 5000, Ledger.CREDIT: -5000}
    with units(actor) as work, pytest.raises(Refused) as refused:
        redeem_voucher(work, ada.subscriber_id, "2345-6789-ABCD-EFGH")
    assert refused.value.refusal is VoucherRefusal.UNKNOWN


def test_vouchers_end_and_untouched_ones_that_were_sold_go_back(units, actor, clock, ada):
    with units(actor) as work:
        last = date(2027, 1, 31)
        gift, bought, touched = (
            make_vouchers(work, 1000, 1, sold, (last, ""))[0] for sold in (False, True, True)
        )
        redeem_voucher(work, ada.subscriber_id, touched, 400)
    clock.move_to(datetime(2027, 2, 2, tzinfo=UTC))
    with units(actor) as work:
        assert expire_vouchers(work) == 2
        assert expire_vouchers(work) == 0
        for code in (gift, bought, touched):
            with pytest.raises(Refused) as refused:
                redeem_voucher(work, ada.subscriber_id, code)
            assert refused.value.refusal is VoucherRefusal.EXPIRED
        waiting = work.session.scalars(select(Voucher).where(Voucher.expired_at.is_(None))).one()
        settle_voucher(work, waiting.id)
        with pytest.raises(Refused):
            settle_voucher(work, waiting.id)
        assert balances(work) == {
            Ledger.BANK: 1000,
            Ledger.CREDIT: -400,
            Ledger.BREAKAGE: -600,
        }


def test_a_new_price_is_told_and_holds_from_its_day(units, actor, clock, ada):
    with units(actor) as work:
        ben = cast.subscribe(work, "Ben", ada.plan)
        with pytest.raises(Refused) as refused:
            announce_price(work, ada.plan_id, 2, 3300, date(2027, 1, 10))
        assert refused.value.refusal is PriceRefusal.TOO_SOON
        assert announce_price(work, ada.plan_id, 2, 3300, date(2027, 1, 20)) == 2
        with pytest.raises(Refused) as refused:
            announce_price(work, ada.plan_id, 2, 3400, date(2027, 1, 20))
        assert refused.value.refusal is PriceRefusal.ANNOUNCED
        letters = work.session.scalars(select(Letter).where(Letter.kind == "price_change")).all()
        assert {letter.person_id for letter in letters} == {ada.subscriber_id, ben.subscriber_id}
        cleo = cast.subscribe(work, "Cleo", ada.plan)
        assert apply_prices(work) == 0
    clock.move_to(datetime(2027, 1, 20, 12, tzinfo=UTC))
    with units(actor) as work:
        assert apply_prices(work) == 2
        assert apply_prices(work) == 0
        prices = {each.id: each.price_cents for each in work.session.scalars(select(Subscription))}
        assert prices == {ada.id: 3300, ben.id: 3300, cleo.id: 3000}
        assert all(notice.applied_at for notice in work.session.scalars(select(PriceNotice)))
        change = work.session.scalars(select(PriceChange)).one()
        with pytest.raises(Refused) as refused:
            withdraw_price(work, change.id)
        assert refused.value.refusal is PriceRefusal.HOLDS


def test_a_new_price_can_be_withdrawn_before_its_day(units, actor, clock, ada):
    with units(actor) as work:
        announce_price(work, ada.plan_id, 2, 2500, date(2027, 1, 6))
        withdraw_price(work, work.session.scalars(select(PriceChange.id)).one())
    clock.move_to(datetime(2027, 1, 7, tzinfo=UTC))
    with units(actor) as work:
        assert apply_prices(work) == 0
        assert work.session.get_one(Subscription, ada.id).price_cents == 3000
