"""The staff's pages about prices: codes, vouchers, tax and delivery, new prices, credit."""

import re

from sqlalchemy import select

from app.billing.coupon_rules import CouponTerms
from app.billing.price_list_queries import credit_of, discounts_of, shipping_prices, tax_rates
from app.billing.price_models import PriceNotice
from app.billing.services.save_coupon import make_coupon
from app.billing.services.take_coupon import take_coupon
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.people.rules import Role
from app.subscriptions.queries import any_subscription
from tests.web.conftest import SignIn, Subscribe

CODE = {"code": "spring-20", "kind": "percent", "off": "20", "boxes": "3", "max_people": ""}


def test_a_code_is_made_shown_and_ended(sign_in: SignIn) -> None:
    mia = sign_in("mia@example.com", Role.MERCHANDISING)
    assert "No codes yet" in mia.get("/staff/coupons/").text
    page = mia.post("/staff/coupons/", data=CODE, follow_redirects=True).text
    assert "SPRING-20" in page and "20 % off 3 boxes" in page
    again = mia.post("/staff/coupons/", data=CODE)
    assert again.status_code == 422
    assert "There is a code of this name already." in again.text
    wrong = mia.post("/staff/coupons/", data=CODE | {"code": "x", "off": "0"})
    assert "A code has 3 to 40 letters" in wrong.text
    path = re.search(r'action="(/staff/coupons/[^"]+/end)"', page)
    assert path is not None
    assert "Ended" in mia.post(path[1], follow_redirects=True).text


def test_codes_of_vouchers_are_shown_once(sign_in: SignIn) -> None:
    fin = sign_in("fin@example.com", Role.FINANCE)
    typed = {"amount": "25.00", "count": "3", "sold": "sold", "note": "Market"}
    page = fin.post("/staff/vouchers/", data=typed).text
    codes = re.findall(r"<li>((?:[2-9A-Z]{4}-){3}[2-9A-Z]{4})</li>", page)
    assert len(set(codes)) == 3
    later = fin.get("/staff/vouchers/").text
    assert not any(code in later for code in codes)
    assert "3 vouchers hold $75.00." in later
    assert fin.post("/staff/vouchers/", data=typed | {"amount": "-1"}).status_code == 422


def test_tax_and_delivery_are_kept_and_shown(
    sign_in: SignIn, units: UnitOfWorkFactory, actor: Actor
) -> None:
    mia = sign_in("mia@example.com", Role.MERCHANDISING)
    rate = {"country": "DE", "percent": "19", "valid_from": "2021-01-01", "inclusive": "yes"}
    page = mia.post("/staff/price-lists/tax", data=rate, follow_redirects=True).text
    assert "Germany" in page and "19 %" in page
    bad = mia.post("/staff/price-lists/tax", data=rate | {"percent": "119"})
    assert bad.status_code == 422
    price = {"zone": "Home", "to_country": "US", "up_to_grams": "500", "price": "4.95"}
    mia.post("/staff/price-lists/shipping", data=price)
    page = mia.post(
        "/staff/price-lists/shipping",
        data=price | {"up_to_grams": "", "price": "8.95"},
        follow_redirects=True,
    ).text
    assert "any weight" in page
    with units(actor) as work:
        assert [each.price_cents for each in shipping_prices(work.session)] == [495, 895]
        assert tax_rates(work.session)[0].inclusive
    mia.post("/staff/price-lists/shipping/drop", data={"country": "US", "up_to_grams": "500"})
    with units(actor) as work:
        assert [each.price_cents for each in shipping_prices(work.session)] == [895]


def test_a_new_price_is_announced_to_those_who_have_the_plan(
    sign_in: SignIn, subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    mia = sign_in("mia@example.com", Role.MERCHANDISING)
    with units(actor) as work:
        plan_id = any_subscription(work.session, member.subscription_id).plan_id
    path = f"/staff/plans/{plan_id}/prices"
    typed = {"size": "2", "price": "28.00", "effective_on": "2027-01-10"}
    soon = mia.post(path, data=typed)
    assert soon.status_code == 422
    assert "two weeks" in soon.text
    page = mia.post(path, data=typed | {"effective_on": "2027-02-01"}, follow_redirects=True).text
    assert "1 person is told." in page and "$28.00" in page
    with units(actor) as work:
        assert work.session.scalars(select(PriceNotice.new_cents)).all() == [2800]


def test_staff_give_credit_a_discount_and_an_exemption(
    sign_in: SignIn, subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    sue = sign_in("sue@example.com", Role.SUPPORT)
    path = f"/staff/subscribers/{member.id}"
    assert f'href="{path}/credit"' in sue.get(path).text
    page = sue.post(
        f"{path}/credit", data={"amount": "5.00", "note": "Sorry"}, follow_redirects=True
    ).text
    assert "$5.00" in page and "Sorry" in page
    sue.post(f"{path}/discount/{member.subscription_id}", data={"off": "10"})
    paper = {"certificate": "C-77", "valid_from": "2027-01-01"}
    assert "C-77" in sue.post(f"{path}/exempt", data=paper, follow_redirects=True).text
    assert sue.post(f"{path}/credit", data={"amount": "0"}).status_code == 422
    with units(actor) as work:
        assert credit_of(work.session, [member.id]) == {member.id: 500}
        (row,) = discounts_of(work.session, [member.subscription_id])[member.subscription_id]
        assert (row.off_bp, row.boxes) == (1000, None)


def test_a_leaked_code_is_taken_back_from_those_who_took_it_since(
    sign_in: SignIn, subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    with units(actor) as work:
        coupon_id = make_coupon(work, CouponTerms("FRIENDS", off_bp=5000))
        owner = any_subscription(work.session, member.subscription_id).subscriber_id
        take_coupon(work, owner, member.subscription_id, "FRIENDS")
        today = work.now.date()
    mia = sign_in("mia@example.com", Role.MERCHANDISING)
    path = f"/staff/coupons/{coupon_id}/leaked"
    assert "Subscriptions that took this code, by day" in mia.get(path).text
    assert mia.post(path, data={"since": "2099-01-01"}).status_code == 422
    typed = {"since": today.isoformat(), "code": "friends-2"}
    page = mia.post(path, data=typed, follow_redirects=True).text
    assert "Subscriptions that lost it: 1." in page and "FRIENDS-2" in page
    with units(actor) as work:
        assert discounts_of(work.session, [member.subscription_id]) == {}
