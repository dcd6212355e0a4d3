"""The catalogue: products and bags; what was typed stays, and each bad field is marked."""

import pytest
from sqlalchemy import select

from app.catalog.models import Product, Sku
from app.people.rules import Role
from tests.web.staff_shop import ACTOR

PATH = "/staff/catalogue/"
GOOD = {
    "code": "nuevo",
    "name_en": "Nuevo",
    "name_zh": "新豆",
    "roast": "dark",
    "status": "on_sale",
    "notes": "cocoa, fig，smoke",
    "acidity": "3,5",
    "allergens_known": "known",
    "allergens": "Nuts",
    "decaf": "yes",
}
BAG = {
    "sku_code": "nuevo-250",
    "sku_grams": "250",
    "sku_price_cents": "14.50",
    "sku_grind": "whole",
    "sku_status": "on_sale",
}


@pytest.fixture
def buyer(sign_in, plan_id):
    return sign_in("mo@example.com", Role.MERCHANDISING)


def product(units, code="nuevo"):
    with units(ACTOR) as work:
        return work.session.scalars(select(Product).where(Product.code == code)).one_or_none()


def test_a_stranger_is_turned_away(client):
    assert client.get(PATH).status_code == 303


def test_a_role_without_the_right_is_turned_away(sign_in):
    assert sign_in("fay@example.com", Role.FULFILMENT).get(PATH).status_code == 403


def test_products_are_filtered(buyer):
    assert "Huila" in buyer.get(PATH).text
    assert "Huila" in buyer.get(f"{PATH}?q=慧兰").text
    assert "Santos" not in buyer.get(f"{PATH}?q=hui").text
    assert "No products" in buyer.get(f"{PATH}?state=draft").text


def test_a_product_is_added_with_a_bag(buyer, units):
    assert buyer.post(f"{PATH}new", data=GOOD).status_code == 303
    made = product(units)
    assert made.notes == ["cocoa", "fig", "smoke"] and made.acidity == 3.5
    assert made.allergens == ["nuts"] and made.decaf
    page = buyer.post(f"{PATH}{made.id}/bags", data=BAG, follow_redirects=True).text
    assert "nuevo-250" in page and "$14.50" in page


def test_what_was_typed_stays_and_each_bad_field_is_marked(buyer, units):
    answer = buyer.post(f"{PATH}new", data={**GOOD, "name_en": " ", "acidity": "11"})
    assert answer.status_code == 422
    assert 'id="name_en-wrong"' in answer.text and 'id="acidity-wrong"' in answer.text
    assert 'value="新豆"' in answer.text and 'value="11"' in answer.text
    assert product(units) is None


def test_a_code_in_use_is_refused(buyer):
    answer = buyer.post(f"{PATH}new", data={**GOOD, "code": "huila"})
    assert answer.status_code == 422 and "This code is already in use." in answer.text


def test_a_change_keeps_the_code_and_unknown_allergens(buyer, units):
    known = product(units, "huila")
    form = {**GOOD, "allergens_known": "unknown"}
    buyer.post(f"{PATH}{known.id}", data=form)
    changed = product(units, "huila")
    assert changed.name == {"en": "Nuevo", "zh-CN": "新豆"} and changed.allergens is None
    assert product(units, "nuevo") is None


def test_a_bag_of_another_product_is_not_taken_over(buyer, units):
    answer = buyer.post(
        f"{PATH}{product(units, 'huila').id}/bags", data={**BAG, "sku_code": "santos-250"}
    )
    assert answer.status_code == 422 and 'id="sku_code-wrong"' in answer.text
    bad = buyer.post(
        f"{PATH}{product(units, 'huila').id}/bags", data={**BAG, "sku_price_cents": "a lot"}
    )
    assert bad.status_code == 422 and 'value="a lot"' in bad.text
    with units(ACTOR) as work:
        assert work.session.scalar(select(Sku.price_cents).where(Sku.code == "santos-250")) == 1500
