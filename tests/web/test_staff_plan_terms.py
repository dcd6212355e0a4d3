"""A plan's prices and terms on their page and in the API: shown before, saved whole or not."""

import pytest

from app.people.rules import Role
from app.subscriptions.queries import plan_of
from tests.web.staff_shop import ACTOR

TYPED = {
    "from_0": "3",
    "from_off_0": "12.5",
    "boxes_0": "3",
    "boxes_1": "6",
    "boxes_off_1": "5",
    "prepaid_end": "ship",
    "charge_every": "1",
    "rhythms": "1, 2",
    "recount": "anchor",
    "rescheduling": "shift",
    "arrears": "count",
    "proration": "none",
    "ends_after": "24",
}


def kept(units, plan_id):
    with units(ACTOR) as work:
        plan = plan_of(work.session, plan_id)
        return plan.price_terms, plan.prepaid, plan.rhythms, plan.ends_after


def test_what_a_box_would_cost_is_shown_before_it_is_saved(sign_in, units, plan_id):
    buyer = sign_in("mo@example.com", Role.MERCHANDISING)
    path = f"/staff/plans/{plan_id}/terms"
    page = buyer.post(path, data=TYPED | {"act": "preview"})
    assert page.status_code == 200 and "not saved yet" in page.text
    assert "Box 3 and all after" in page.text and "$22.75" in page.text
    assert "6 boxes at once" in page.text and "$148.20" in page.text
    assert kept(units, plan_id) == ({}, [], [], None)
    assert buyer.post(path, data=TYPED | {"act": "save"}).status_code == 303
    progression = {"progression": [[3, 1250]]}
    assert kept(units, plan_id) == (progression, [[3, 0], [6, 500]], [1, 2], 24)
    again = buyer.get(path).text
    assert 'value="12.5"' in again and "as they are saved" in again


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("from_off_0", "101"),
        ("boxes_0", "1"),
        ("boxes_1", "3"),
        ("rhythms", "often"),
        ("rhythms", "0"),
        ("ends_on", "2001-01-01"),
        ("arrears", "maybe"),
    ],
)
def test_terms_that_do_not_fit_are_refused_whole(sign_in, units, plan_id, field, value):
    buyer = sign_in("mo@example.com", Role.MERCHANDISING)
    answer = buyer.post(f"/staff/plans/{plan_id}/terms", data=TYPED | {field: value})
    assert answer.status_code == 422 and f'id="{field}-wrong"' in answer.text
    assert kept(units, plan_id) == ({}, [], [], None)


def test_nobodys_boxes_become_dearer_without_a_word(sign_in, subscribe, units, plan_id):
    buyer = sign_in("mo@example.com", Role.MERCHANDISING)
    path = f"/staff/plans/{plan_id}/terms"
    buyer.post(path, data=TYPED)
    subscribe("ada@example.com")
    refused = buyer.post(path, data=TYPED | {"from_off_0": "5"})
    assert refused.status_code == 422 and "would cost more" in refused.text
    assert buyer.post(path, data=TYPED | {"from_off_0": "15"}).status_code == 303


def test_the_api_sets_the_same_terms_and_tells_what_boxes_cost(api):
    prices = {"progression": [{"start": 2, "off_bp": 5000}], "spend_tiers": [], "least": None}
    prices |= {"group": None, "pledge": None}
    assert api.put("/plans/weekly/prices", prices).json == prices
    selling = api.put("/plans/weekly/selling", {"prepaid": [{"boxes": 3, "off_bp": 1000}]}).json
    assert api.get("/plans/weekly/selling").json == selling
    assert selling["prepaid_end"] == "choose" and selling["charge_every"] == 1
    first = api.get("/plans/weekly/costs").json["sizes"][0]
    assert [each["price"]["amount"] for each in first["steps"]] == [2600, 1300]
    assert [each["saved"]["amount"] for each in first["ahead"]] == [780]
    steps = [{"start": 1000, "off_bp": 500}]
    refused = api.put("/plans/weekly/prices", prices | {"spend_tiers": steps})
    assert (refused.status_code, refused.json["field"]) == (422, "spend_tiers")
    assert api.get("/plans/weekly/prices").json == prices
