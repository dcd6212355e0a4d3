"""Codes, vouchers, credit and add-ons on the subscribers' pages."""

import uuid
from datetime import date

from flask.testing import FlaskClient

from app.billing.coupon_rules import CouponTerms
from app.billing.price_list_queries import credit_of, discounts_of
from app.billing.services.save_coupon import make_coupon
from app.billing.services.set_shipping import save_shipping
from app.billing.shipping_rules import ShippingPrice
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.finance.services.make_vouchers import make_vouchers
from app.fulfilment.add_on_queries import addable, wishes_of
from app.people.queries import person_by_email
from app.subscriptions.queries import any_subscription, subscriptions_of
from tests.web.conftest import Subscribe, boxes_of
from tests.web.test_portal_sign_up import join


def test_a_code_makes_the_next_box_cheaper_and_a_wrong_one_is_refused(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    with units(actor) as work:
        make_coupon(work, CouponTerms("HALF", off_bp=5000, boxes=2))
        save_shipping(work, ShippingPrice("Home", "US", "", 0, 495, 5000))
    path = f"/savings/coupon/{member.subscription_id}"
    refused = member.browser.post(path, data={"coupon": "HALVE"})
    assert refused.status_code == 422
    assert "We do not know this code." in refused.text
    page = member.browser.post(path, data={"coupon": "half"}, follow_redirects=True).text
    assert "Code HALF" in page
    assert "50 % off 2 boxes" in page
    box = member.browser.get(f"/box/{boxes_of(units, actor, member)[0].id}").text
    assert "-$13.00" in box and "$17.95" in box
    assert "$37.00 more, and delivery is free." in box


def test_a_code_can_be_typed_in_at_sign_up(
    client: FlaskClient, plan_id: uuid.UUID, units: UnitOfWorkFactory, actor: Actor
) -> None:
    with units(actor) as work:
        make_coupon(work, CouponTerms("HELLO", off_cents=500, boxes=1))
        make_coupon(work, CouponTerms("GONE", off_bp=500, valid_to=date(2026, 1, 1)))
    refused = join(client, plan_id, coupon="gone")
    assert refused.status_code == 422
    assert "This code has expired." in refused.text
    with units(actor) as work:
        assert person_by_email(work.session, "ada@example.com") is None
    assert join(client, plan_id, coupon="hello").status_code == 303
    with units(actor) as work:
        person = person_by_email(work.session, "ada@example.com")
        assert person is not None
        (mine,) = subscriptions_of(work.session, person.id)
        assert [row.text for row in discounts_of(work.session, [mine.id])[mine.id]] == [
            "Code HELLO"
        ]


def test_a_voucher_becomes_credit_once(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    with units(actor) as work:
        (code,) = make_vouchers(work, 4000, 1, True, (None, ""))
    page = member.browser.post("/savings/voucher", data={"voucher": code}, follow_redirects=True)
    assert "$40.00" in page.text and "From a voucher" in page.text
    again = member.browser.post("/savings/voucher", data={"voucher": code})
    assert again.status_code == 422
    assert "Nothing is left on this voucher." in again.text
    with units(actor) as work:
        assert credit_of(work.session, [member.id]) == {member.id: 4000}
    box = member.browser.get(f"/box/{boxes_of(units, actor, member)[0].id}").text
    assert "Paid by your credit" in box and "Left to pay" in box


def test_something_is_added_to_the_next_box_and_taken_out_again(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    path = f"/plan/{member.subscription_id}/extras"
    assert f'href="{path}"' in member.browser.get("/plan/").text
    with units(actor) as work:
        offered = addable(work.session, any_subscription(work.session, member.subscription_id))
    typed = {"sku": str(offered[0].sku_id), "units": "2", "how": "once"}
    page = member.browser.post(path, data=typed, follow_redirects=True).text
    assert "It comes with your next box." in page and "in the next box" in page
    box = member.browser.get(f"/box/{boxes_of(units, actor, member)[0].id}").text
    assert "$56.00" in box
    too_many = member.browser.post(path, data=typed | {"units": "21"})
    assert too_many.status_code == 422
    with units(actor) as work:
        (wish,) = wishes_of(work.session, member.subscription_id)
    page = member.browser.post(f"{path}/{wish.id}/drop", follow_redirects=True).text
    assert "It does not come any more." in page and "Nothing yet." in page


def test_a_stranger_reaches_none_of_it(client: FlaskClient, subscribe: Subscribe) -> None:
    ada, ben = subscribe("ada@example.com"), subscribe("ben@example.com")
    path = f"/plan/{ada.subscription_id}/extras"
    assert client.get("/savings/").status_code in (302, 303)
    assert ben.browser.get(path).status_code == 404
    refused = ben.browser.post(f"/savings/coupon/{ada.subscription_id}", data={"coupon": "HALF"})
    assert refused.status_code in (404, 422)
