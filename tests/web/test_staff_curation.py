"""Curation: an empty calendar, a form that keeps what was typed, contradictions in words."""

import re
import uuid

import pytest

from app.catalog.queries import products
from app.fulfilment.models import Batch
from app.people.rules import Role
from app.personalization.curation_queries import curations
from tests.web.staff_shop import ACTOR

PATH = "/staff/curation/"


@pytest.fixture
def buyer(sign_in):
    return sign_in("mo@example.com", Role.MERCHANDISING)


@pytest.fixture
def coffees(units, plan_id):
    with units(ACTOR) as work:
        return {each.code: str(each.id) for each in products(work.session)}


def good(coffees, **changes):
    """Return a form that settles all four things."""
    form = {
        "theme_en": "Winter light",
        "theme_zh": "冬日暖光",
        "starts_on": "2027-01-04",
        "ends_on": "2027-01-31",
        "hero": coffees["yirga"],
        "leave_out_0": coffees["decaf"],
        "embargo_0": coffees["toraja"],
        "until_0": "2027-02-15",
        "replace_0": coffees["santos"],
        "instead_0": coffees["huila"],
    }
    return {**form, **changes}


def test_a_stranger_and_a_role_without_the_right_are_turned_away(client, sign_in):
    assert client.get(PATH).status_code == 303
    assert sign_in("fay@example.com", Role.FULFILMENT).get(PATH).status_code == 403
    assert sign_in("sue@example.com", Role.SUPPORT).post(f"{PATH}new").status_code == 403


def test_an_empty_calendar_says_what_to_do(buyer, plan_id):
    page = buyer.get(PATH).text
    assert "Nothing settled by hand" in page and f"{PATH}new" in page


def test_a_saved_curation_stands_in_the_calendar_with_its_batches(buyer, coffees, shop_at_work):
    page = buyer.post(f"{PATH}new", data=good(coffees), follow_redirects=True).text
    for words in ("Winter light", "Yirgacheffe", "Toraja from Mon 15 Feb", "Its batches"):
        assert words in page
    assert "Huila instead of Santos" in page
    assert "3 boxes" in page and page.count("/composition") == 4


def test_a_saved_form_saved_again_changes_nothing(buyer, coffees, units):
    buyer.post(f"{PATH}new", data=good(coffees))
    with units(ACTOR) as work:
        before = curations(work.session, shown_since(work))[0]
    page = buyer.get(f"{PATH}{before.id}").text
    assert 'value="2027-02-15"' in page and 'value="冬日暖光"' in page
    chosen = set(re.findall(r'value="([0-9a-f-]{36})" selected', page))
    assert chosen == {coffees[code] for code in ("yirga", "decaf", "toraja", "santos", "huila")}
    assert buyer.post(f"{PATH}{before.id}", data=good(coffees)).status_code == 303
    with units(ACTOR) as work:
        assert curations(work.session, shown_since(work)) == [before]


def shown_since(work):
    return work.now.date()


def test_a_contradiction_is_refused_in_words_and_keeps_what_was_typed(buyer, coffees, units):
    answer = buyer.post(f"{PATH}new", data=good(coffees, embargo_0=coffees["yirga"]))
    assert answer.status_code == 422
    assert "an embargo keeps it back" in answer.text and 'value="Winter light"' in answer.text
    for name, changes in (
        ("theme_en", {"theme_en": ""}),
        ("until_0", {"until_0": "soon"}),
        ("instead_0", {"instead_0": "nothing"}),
    ):
        answer = buyer.post(f"{PATH}new", data=good(coffees, **changes))
        assert answer.status_code == 422 and f'id="{name}-wrong"' in answer.text
    with units(ACTOR) as work:
        assert curations(work.session, shown_since(work)) == []


def test_days_belong_to_one_curation(buyer, coffees):
    buyer.post(f"{PATH}new", data=good(coffees))
    again = buyer.post(f"{PATH}new", data=good(coffees, starts_on="2027-01-31"))
    assert again.status_code == 422 and 'id="starts_on-wrong"' in again.text
    assert "Another curation covers some of these days" in again.text


def test_a_curation_is_taken_back(buyer, coffees, units):
    buyer.post(f"{PATH}new", data=good(coffees))
    with units(ACTOR) as work:
        found = curations(work.session, shown_since(work))[0]
    page = buyer.post(f"{PATH}{found.id}/forget", follow_redirects=True).text
    assert "Nothing settled by hand" in page
    assert buyer.get(f"{PATH}{uuid.uuid4()}").status_code == 404
    assert buyer.post(f"{PATH}{found.id}", data=good(coffees)).status_code == 404


def test_the_hero_stands_in_the_report_of_a_rehearsal(buyer, coffees, shop_at_work, sign_in, units):
    with units(ACTOR) as work:
        day = work.session.get_one(Batch, shop_at_work.batch_id).ships_on.isoformat()
    buyer.post(f"{PATH}new", data=good(coffees, starts_on=day))
    packer = sign_in("fay@example.com", Role.FULFILMENT)
    packer.post(f"/staff/batches/{shop_at_work.batch_id}/rehearse")
    page = buyer.get(f"/staff/batches/{shop_at_work.batch_id}/composition").text
    assert "Yirgacheffe is the hero: in 2 of 2 boxes" in page
    assert "Huila went in instead of Santos" in page and "Toraja stayed out" in page
