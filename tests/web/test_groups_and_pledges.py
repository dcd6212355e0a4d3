"""Groups and pledges on their pages: invited, joined, pledged, and seen by staff."""

import pytest

from app.people.rules import Role
from app.subscriptions.group_queries import group_with
from app.subscriptions.price_term_rules import GroupTerms, PledgeTerms, PriceTerms
from app.subscriptions.queries import any_subscription
from app.subscriptions.services.price_plan import price_plan
from tests.web.conftest import boxes_of
from tests.web.test_portal_sign_up import ADA


@pytest.fixture
def priced(plan_id, units, actor):
    """The weekly plan with a discount from two people on, and pledges from half to double."""
    with units(actor) as work:
        terms = PriceTerms(group=GroupTerms(2, 1000), pledge=PledgeTerms(5000, 20_000, 6000))
        price_plan(work, "weekly", terms)
    return plan_id


def test_somebody_starts_a_group_another_is_invited_and_both_pay_less(
    priced, subscribe, sign_in, units, actor
):
    ada, ben = subscribe("ada@example.com"), subscribe("ben@example.com")
    path = f"/plan/{ada.subscription_id}/group"
    assert "Together it costs less" in ada.browser.get(path + "/").text
    assert ada.browser.post(path + "/", data={"name": " "}).status_code == 422
    page = ada.browser.post(path + "/", data={"name": "The office"}, follow_redirects=True).text
    with units(actor) as work:
        code = group_with(work.session, ada.subscription_id, work.now).code
    assert f"/group/{code}" in page and "One more" in page
    invited = ben.browser.get(f"/group/{code.lower()}").text
    assert "The office" in invited and "Join with my subscription" in invited
    wrong = ben.browser.post(f"/plan/{ben.subscription_id}/group/join", data={"group": "NOSUCH"})
    assert wrong.status_code == 422 and "We do not know this group." in wrong.text
    ben.browser.post(f"/plan/{ben.subscription_id}/group/join", data={"group": code})
    box = ben.browser.get(f"/box/{boxes_of(units, actor, ben)[0].id}").text
    assert "Group: 10 % off" in box and "$23.40" in box
    staff = sign_in("mo@example.com", Role.MERCHANDISING).get(f"/staff/plans/{priced}/sharing/")
    assert "The office" in staff.text and "Ada, Ben" in staff.text
    # A stranger cannot see, join or leave for somebody else.
    assert ben.browser.get(path + "/").status_code == 404
    assert ben.browser.post(path + "/leave").status_code == 404
    ben.browser.post(f"/plan/{ben.subscription_id}/group/leave")
    assert "Boxes that close before" in ada.browser.get(path + "/").text


def test_who_is_invited_signs_up_with_a_pledge_and_changes_it(
    priced, client, sign_in, units, actor
):
    first = client.get(f"/sign-up/{priced}").text
    assert "you say: $13.00 to $52.00 a box" in first
    where = f"/sign-up/{priced}/you?size=2&grind=filter"
    assert "What would you like to pay?" in client.get(where).text
    assert client.get(where + "&group=NOSUCH").status_code == 404
    low = client.post(where, data=ADA | {"pledge": "12.99"})
    assert low.status_code == 422 and "within the range" in low.text
    done = client.post(where, data=ADA | {"pledge": "30.50"})
    assert done.status_code == 303
    subscription_id = done.location.split("/")[2]
    page = client.get(f"/plan/{subscription_id}/pledge/")
    assert page.status_code == 200 and 'value="30.50"' in page.text
    again = client.post(f"/plan/{subscription_id}/pledge/", data={"pledge": "20"})
    assert again.status_code == 303
    with units(actor) as work:
        assert any_subscription(work.session, subscription_id).price_cents == 2000


def test_staff_set_groups_and_pledges_and_see_whether_a_round_is_covered(
    priced, subscribe, sign_in, units, actor
):
    buyer = sign_in("mo@example.com", Role.MERCHANDISING)
    path = f"/staff/plans/{priced}"
    page = buyer.get(f"{path}/terms").text
    assert 'name="pledge_target"' in page and 'value="60.00"' in page
    typed = {"prepaid_end": "choose", "charge_every": "1", "recount": "last"}
    typed |= {"rescheduling": "one_off", "arrears": "keep", "proration": "by_days"}
    typed |= {"cooling_days": "0", "group_people": "3", "group_off": "15"}
    typed |= {"pledge_floor": "50", "pledge_ceiling": "90"}
    refused = buyer.post(f"{path}/terms", data=typed)
    assert refused.status_code == 422 and 'id="pledge_ceiling-wrong"' in refused.text
    shown = buyer.post(f"{path}/terms", data=typed | {"pledge_ceiling": "150", "act": "preview"})
    assert shown.status_code == 200 and "In a group of 3" in shown.text and "$22.10" in shown.text
    assert "No round is ahead" in buyer.get(f"{path}/sharing/").text
    for name in ("ada", "ben"):
        subscribe(f"{name}@example.com")
    page = buyer.get(f"{path}/sharing/").text
    assert "Not covered" in page and "$52.00" in page and "$8.00" in page
    assert "2 people" in buyer.post(f"{path}/sharing/ask", follow_redirects=True).text


def test_the_api_sets_and_tells_the_same_terms(api):
    prices = {"progression": [], "group": {"people": 4, "off_bp": 500}}
    pledge = {"floor_bp": 8000, "ceiling_bp": 12_000, "target": {"amount": 9, "currency": "USD"}}
    told = api.put("/plans/weekly/prices", prices | {"pledge": pledge}).json
    assert (told["group"], told["pledge"]) == (prices["group"], pledge)
    selling = {"prepaid": [{"boxes": 3, "off_bp": 0}]}
    assert api.put("/plans/weekly/selling", selling).json["field"] == "prepaid"
    bad = api.put("/plans/weekly/prices", prices | {"pledge": pledge | {"ceiling_bp": 9000}})
    assert bad.status_code == 422


def test_programs_start_and_join_groups_and_pledge(api, priced, subscribe):
    ada, ben = (subscribe(f"{name}@example.com").subscription_id for name in ("ada", "ben"))
    started = api.put(f"/subscriptions/{ada}/group", {"name": "Programs"}).json["group"]
    assert (started["people"], started["missing"], started["holds"]) == (1, 1, False)
    joined = api.put(f"/subscriptions/{ben}/group", {"group": started["code"]}).json["group"]
    assert (joined["people"], joined["holds"]) == (2, True)
    assert api.post(f"/subscriptions/{ben}/group/leave").json == {"group": None}
    assert api.get(f"/subscriptions/{ada}/group").json["group"]["holds_until"] is not None
    price = {"amount": 5200, "currency": "USD"}
    assert api.put(f"/subscriptions/{ada}/pledge", {"pledge": price}).status_code == 200
    low = api.put(f"/subscriptions/{ada}/pledge", {"pledge": price | {"amount": 1}})
    assert (low.status_code, low.json["field"]) == (422, "pledge")
    first = api.get("/plans/weekly/rounds").json["rounds"][0]
    assert [first[key]["amount"] for key in ("pledged", "target", "missing")] == [7800, 6000, 0]
