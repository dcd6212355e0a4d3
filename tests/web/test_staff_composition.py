"""The report of a composition, and what another stock would do to a batch."""

import uuid

import pytest

from app.people.rules import Role
from app.web.staff.composition import columns_of


@pytest.fixture
def packer(sign_in):
    return sign_in("fay@example.com", Role.FULFILMENT)


def report_of(browser, shop, tail=""):
    return browser.get(f"/staff/batches/{shop.batch_id}/composition{tail}").text


def test_a_stranger_and_a_role_without_the_right_are_turned_away(client, sign_in, shop_at_work):
    path = f"/staff/batches/{shop_at_work.batch_id}/composition"
    assert client.get(path).status_code == 303 and client.get("/staff/what-if/").status_code == 303
    support = sign_in("sue@example.com", Role.SUPPORT)
    assert support.get(path).status_code == 403
    assert support.get("/staff/what-if/").status_code == 403


def test_a_batch_that_is_not_composed_says_what_to_do(packer, shop_at_work):
    page = report_of(packer, shop_at_work)
    assert "Not composed yet" in page and "Rehearse" in page
    assert packer.get(f"/staff/batches/{uuid.uuid4()}/composition").status_code == 404


def test_a_rehearsal_and_the_real_run_are_reported(packer, shop_at_work):
    packer.post(f"/staff/batches/{shop_at_work.batch_id}/rehearse")
    page = report_of(packer, shop_at_work)
    assert "Rehearsed composition" in page and "best possible" in page
    assert "Different boxes" in page and "over 5 % more" in page
    shop_at_work.lock()
    real = report_of(packer, shop_at_work)
    assert "See the last rehearsal" in real and "Least for their money this year" in real
    assert "Satisfaction on average" in real and "Draw the curve" in real
    assert "different ones" in report_of(packer, shop_at_work, "?kinds=yes")
    assert "Rehearsed composition" in report_of(packer, shop_at_work, "?run=dry")


def test_what_if_asks_first_and_answers_in_words(packer, shop_at_work):
    page = packer.get("/staff/what-if/").text
    assert "Compare" in page and "yirga-250" in page and "40 free" in page
    ask = f"/staff/what-if/?batch={shop_at_work.batch_id}&sku=yirga-250&change="
    less = packer.get(f"{ask}%3D0").text
    assert "With 0 instead of 40 bags of Yirgacheffe" in less
    assert "to their owners." in less and "Who would lose most" in less
    same = packer.get(f"{ask}-20%25").text
    assert "With 32 instead of 40" in same and "worth the same" in same


def test_what_if_refuses_in_words(packer, packed):
    ask = f"/staff/what-if/?batch={packed.batch_id}&sku=yirga-250&change=-20%25"
    assert "Who would lose most" not in packer.get(ask).text, "composed batches are not offered"


def test_a_change_that_makes_no_sense_is_marked(packer, shop_at_work):
    answer = packer.get(f"/staff/what-if/?batch={shop_at_work.batch_id}&sku=yirga-250&change=lots")
    assert answer.status_code == 422 and 'id="change-wrong"' in answer.text


def test_the_distribution_begins_at_the_lowest_box_and_has_few_columns():
    for lowest, wide in ((97, 1), (70, 2), (31, 5), (0, 5)):
        bins = [0] * 100
        bins[lowest], bins[99] = 3, 40
        columns = columns_of(Reported({"satisfaction": {"bins": bins}}))
        assert columns[0].low <= lowest and columns[-1].high == 100 and len(columns) <= 20
        assert columns[0].high - columns[0].low == wide
        assert sum(each.boxes for each in columns) == 43
    assert columns_of(Reported({})) == [] == columns_of(None)


class Reported:
    """A page of which the summary alone is looked at."""

    def __init__(self, report):
        self.report = report
