"""Stock: drawn, counted once per reference, never below zero."""

import pytest
from sqlalchemy import select

from app.catalog.models import Sku, Stock
from app.people.rules import Role
from tests.web.staff_shop import ACTOR

PATH = "/staff/stock/"


@pytest.fixture
def sku_id(units, plan_id):
    with units(ACTOR) as work:
        return work.session.scalars(select(Sku.id).where(Sku.code == "huila-250")).one()


def free(units, sku_id):
    with units(ACTOR) as work:
        return work.session.get_one(Stock, sku_id).on_hand


def test_a_stranger_is_turned_away(client):
    assert client.get(PATH).status_code == 303


def test_a_role_without_the_right_is_turned_away(sign_in):
    assert sign_in("sue@example.com", Role.SUPPORT).get(PATH).status_code == 403


def test_goods_are_booked_in_and_off_once_per_reference(sign_in, sku_id, units):
    browser = sign_in("fay@example.com", Role.FULFILMENT)
    form = {"what": "receive", "quantity": "12", "reason": "delivery", "reference": "note 7"}
    for _ in range(2):
        page = browser.post(f"{PATH}{sku_id}", data=form, follow_redirects=True).text
    assert "booked before" in page and free(units, sku_id) == 52
    off = {"what": "write_off", "quantity": "2", "reason": "torn", "reference": "note 8"}
    assert "Booked." in browser.post(f"{PATH}{sku_id}", data=off, follow_redirects=True).text
    assert free(units, sku_id) == 50 and "note 8" in browser.get(PATH).text


def test_more_than_is_free_is_not_written_off(sign_in, sku_id, units):
    form = {"what": "write_off", "quantity": "41", "reason": "fire", "reference": "note 9"}
    answer = sign_in("fay@example.com", Role.FULFILMENT).post(f"{PATH}{sku_id}", data=form)
    assert answer.status_code == 422 and 'id="quantity-wrong"' in answer.text
    assert 'value="41"' in answer.text and free(units, sku_id) == 40


def test_what_runs_low_comes_first(sign_in, packed, units):
    browser = sign_in("fay@example.com", Role.FULFILMENT)
    with units(ACTOR) as work:
        stock = work.session.scalars(select(Stock).join(Sku).where(Sku.code == "decaf-250")).one()
        stock.on_hand, stock.written_off = 0, stock.written_off + stock.on_hand
    assert "decaf-250" in browser.get(PATH).text
    page = browser.get(f"{PATH}?q=yirga").text
    assert "yirga-250" in page and "Yirgacheffe" in page
    assert browser.get(f"{PATH}?show=low").status_code == 200


def test_an_unknown_bag_is_not_found(sign_in, plan_id):
    assert sign_in("fay@example.com", Role.FULFILMENT).get(f"{PATH}{plan_id}").status_code == 404
