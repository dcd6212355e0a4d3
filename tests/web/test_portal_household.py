"""Somebody else drinks along: added, rated for, seen in reasons and files, taken out again."""

import json
import re
import uuid

import pytest

from app.catalog.queries import product_by_code
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.people.rules import Role
from app.personalization.household_queries import household_of
from app.personalization.queries import exclusions
from app.personalization.rules import Rating
from app.personalization.services.rate_product import rate_product
from tests.web.api_program import Program, well
from tests.web.conftest import Member, SignIn, Subscribe


@pytest.fixture
def cleo(subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor) -> Member:
    member = subscribe("cleo@example.com")
    member.browser.post("/taste/", data={"roast": "Light", "style": "Floral"})
    with units(actor) as work:
        yirga = product_by_code(work.session, "yirga").id
        rate_product(work, member.id, yirga, Rating(5))
    return member


def test_a_second_palate_is_added_rated_for_told_and_taken_out(
    cleo: Member, units: UnitOfWorkFactory, actor: Actor
) -> None:
    add = {"name": "Ana", "roast": "Dark", "style": "Bold", "no_allergen": ["nuts"]}
    assert "Add somebody" in cleo.browser.get("/taste/").text
    page = cleo.browser.post("/taste/household/", data=add, follow_redirects=True).text
    assert "How did Ana like it?" in page and 'value="Dark" checked' in page
    with units(actor) as work:
        (ana,) = household_of(work.session, cleo.id)
        assert {each.value for each in exclusions(work.session, [cleo.id])[cleo.id]} == {"nuts"}
    (product,) = set(re.findall(r'id="rate-([0-9a-f-]+)"', page))
    where = f"/taste/household/{ana.id}"
    tapped = {"product": product, "liking": "2"}
    page = cleo.browser.post(f"{where}/rate", data=tapped, follow_redirects=True).text
    assert "Take this rating back" in page
    box = cleo.browser.get("/box/").text
    assert "For you: " in box or "Ana: " in box
    assert "Ana" in cleo.browser.get("/taste/").text
    told = json.loads(cleo.browser.get("/taste/my-taste.json").text)["household"]
    assert (told[0]["name"], told[0]["ratings"][0]["liking"]) == ("Ana", 2)
    assert "rating,yirga,2,,Ana" in cleo.browser.get("/taste/my-taste.csv").text
    page = cleo.browser.post(f"{where}/remove", follow_redirects=True).text
    assert "Taken out" in page
    with units(actor) as work:
        assert household_of(work.session, cleo.id) == []
        assert not exclusions(work.session, [cleo.id])


def test_what_is_wrong_stands_at_its_field_and_strangers_are_not_found(
    cleo: Member, subscribe: Subscribe
) -> None:
    answer = cleo.browser.post("/taste/household/", data={"name": " ", "roast": "Burnt"})
    assert answer.status_code == 422
    assert "Please fill this in." in answer.text
    assert "Please choose one of the answers offered." in answer.text
    cleo.browser.post("/taste/household/", data={"name": "Ana"})
    again = cleo.browser.post("/taste/household/", data={"name": "ana"})
    assert "has this name already" in again.text
    page = cleo.browser.get("/taste/").text
    (ana,) = set(re.findall(r"/taste/household/([0-9a-f-]{36})", page))
    ben = subscribe("ben@example.com")
    assert ben.browser.get(f"/taste/household/{ana}").status_code == 404
    assert ben.browser.post(f"/taste/household/{ana}/remove").status_code == 404
    assert cleo.browser.get(f"/taste/household/{uuid.uuid4()}").status_code == 404


def test_a_program_keeps_a_household_and_staff_see_it(api: Program, sign_in: SignIn) -> None:
    subscription = api.subscription()
    path = f"/subscribers/{subscription['subscriber_id']}/household"
    coffee = well(api.get("/products/yirga"))["id"]
    ana = {"name": "Ana", "quiz": {"roast": "Dark"}, "exclusions": [{"kind": "decaf"}]}
    made = well(api.post(path, ana), 201)["members"][0]
    assert (made["name"], made["quiz"]["roast"]) == ("Ana", "Dark")
    twice = api.post(path, ana)
    assert (twice.status_code, twice.json["field"]) == (422, "name")
    one = f"{path}/{made['id']}"
    odd = api.put(one, {**ana, "exclusions": [{"kind": "origin"}]})
    assert (odd.status_code, odd.json["field"]) == (422, "exclusions")
    well(api.put(one, {**ana, "name": "Anna"}))
    rated = {"product_id": coffee, "liking": 5}
    assert well(api.put(f"{one}/rating", rated))["members"][0]["ratings"] == [rated]
    person = well(api.get(path.replace("household", "taste")))
    assert person["household"][0]["name"] == "Anna" and person["exclusions"] == []
    box = api.boxes(subscription)[0]["id"]
    lines = well(api.get(f"/boxes/{box}/proposal"))["lines"]
    assert made["id"] in {line["why"]["member"] for line in lines}
    seen = sign_in("sue@example.com", Role.SUPPORT).get(f"/staff/boxes/{box}").text
    assert "A household: Anna drinks along." in seen
    assert well(api.post(f"{one}/remove"))["members"] == []
    assert api.post(f"{one}/remove").status_code == 404
