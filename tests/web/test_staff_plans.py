"""Plans and closed days: terms are kept, the dates they lead to are shown."""

import uuid
from datetime import time

import pytest
from sqlalchemy import select

from app.fulfilment.models import Box
from app.people.rules import Role
from app.subscriptions.models import Plan
from tests.web.staff_shop import ACTOR

PATH = "/staff/plans/"
DAYS = "/staff/closed-days/"
GOOD = {
    "code": "monthly",
    "name_en": "Monthly box",
    "name_zh": "每月一盒",
    "status": "on_sale",
    "unit": "month",
    "every": "1",
    "weekday": "3",
    "day": "31",
    "cutoff_days": "4",
    "cutoff_time": "18:30",
    "start": "next_open",
    "billing": "at_lock",
    "bill_day": "20",
    "size_kind": "units",
    "portion_grams": "250",
    "pricing": "contents",
    "size_0": "2",
    "price_0": "30",
    "size_3": "4",
    "price_3": "56.50",
    "tier_0": "4",
    "off_0": "10",
    "min_distinct": "2",
    "max_per_item": "2",
    "no_repeat": "1",
    "roasts": ["light", "medium"],
    "max_price": "20",
    "max_value": "44",
    "max_per_roaster": "2",
}


@pytest.fixture
def buyer(sign_in):
    return sign_in("mo@example.com", Role.MERCHANDISING)


def plan(units, code="monthly"):
    with units(ACTOR) as work:
        return work.session.scalars(select(Plan).where(Plan.code == code)).one_or_none()


def test_a_stranger_is_turned_away(client):
    assert client.get(PATH).status_code == 303 and client.get(DAYS).status_code == 303


def test_a_role_without_the_right_is_turned_away(sign_in):
    support = sign_in("sue@example.com", Role.SUPPORT)
    assert support.get(PATH).status_code == 403 and support.get(DAYS).status_code == 403


def test_a_new_plan_keeps_every_term_and_shows_its_dates(buyer, units):
    page = buyer.post(f"{PATH}new", data=GOOD, follow_redirects=True).text
    for day in ("January 31, 2027", "February 28, 2027", "March 31, 2027"):
        assert day in page
    assert "Wed 27 Jan 2027, 18:30" in page
    made = plan(units)
    assert made.cutoff_time == time(18, 30) and made.bill_day is None
    assert {each.size: each.price_cents for each in made.sizes} == {2: 3000, 4: 5650}
    assert made.tiers == [[4, 1000]]
    assert made.takes == {
        "roast": ["light", "medium"],
        "max_price_cents": 2000,
        "max_value_cents": 4400,
        "max_per_roaster": 2,
    }


def test_a_saved_form_saved_again_changes_nothing(buyer, units):
    buyer.post(f"{PATH}new", data=GOOD)
    before = vars(plan(units))
    assert buyer.post(f"{PATH}{before['id']}", data=GOOD).status_code == 303
    after = vars(plan(units))
    same = set(before) - {"_sa_instance_state", "sizes"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


def test_a_wrong_plan_keeps_what_was_typed(buyer, units):
    bad = {**GOOD, "size_0": "", "size_3": "", "cutoff_time": "late", "every": "0"}
    answer = buyer.post(f"{PATH}new", data=bad)
    assert answer.status_code == 422 and plan(units) is None
    for field in ("size_0", "cutoff_time", "every"):
        assert f'id="{field}-wrong"' in answer.text
    assert 'value="late"' in answer.text and 'value="56.50"' in answer.text


def test_charging_ahead_needs_a_fixed_price(buyer, units):
    ahead = {**GOOD, "billing": "ahead"}
    answer = buyer.post(f"{PATH}new", data=ahead)
    assert answer.status_code == 422 and 'id="bill_day-wrong"' in answer.text
    buyer.post(f"{PATH}new", data={**ahead, "pricing": "fixed"})
    assert plan(units).bill_day == 20


def test_a_code_in_use_is_refused(buyer, plan_id):
    answer = buyer.post(f"{PATH}new", data={**GOOD, "code": "weekly"})
    assert answer.status_code == 422 and "This code is already in use." in answer.text


def test_an_unknown_plan_is_not_found(buyer):
    assert buyer.get(f"{PATH}{uuid.uuid4()}").status_code == 404


def test_a_closed_day_moves_its_boxes(buyer, shop_at_work, units):
    with units(ACTOR) as work:
        day = work.session.get_one(Box, shop_at_work.box(shop_at_work.ada)).ships_on
    form = {
        "closes_on": day.isoformat(),
        "instead": "move",
        "ships_on": day.replace(day=day.day + 1).isoformat(),
        "reason": "stocktaking",
    }
    page = buyer.post(DAYS, data=form, follow_redirects=True).text
    assert "Boxes changed: 3." in page and "stocktaking" in page


def test_a_closed_day_must_lie_ahead(buyer):
    answer = buyer.post(DAYS, data={"closes_on": "2027-01-04", "instead": "move"})
    assert answer.status_code == 422
    assert 'id="closes_on-wrong"' in answer.text and 'id="ships_on-wrong"' in answer.text
    assert 'value="2027-01-04"' in answer.text
