"""Batches: rehearse, run, try held boxes, export, pick, and search their boxes."""

import hashlib
import json

from sqlalchemy import func, select

from app.core.job_names import Job
from app.core.unit_of_work import Actor
from app.fulfilment.models import Box, ComposeRun
from app.fulfilment.slip_queries import packing_slips
from app.people.rules import Role
from app.personalization.services.set_exclusions import set_exclusions
from tests.web.staff_shop import ACTOR

FAY = "fay@example.com"


def page_of(shop, browser, tail=""):
    return browser.get(f"/staff/batches/{shop.batch_id}{tail}").text


def test_a_stranger_is_turned_away(client, shop_at_work):
    assert client.get(f"/staff/batches/{shop_at_work.batch_id}").status_code == 303


def test_a_role_without_the_right_is_turned_away(sign_in, shop_at_work):
    support = sign_in("sue@example.com", Role.SUPPORT)
    assert support.get("/staff/batches/").status_code == 403
    finance = sign_in("fin@example.com", Role.FINANCE)
    assert "Rehearse" not in page_of(shop_at_work, finance).replace("Rehearsal", "")
    assert finance.post(f"/staff/batches/{shop_at_work.batch_id}/rehearse").status_code == 403


def test_an_unknown_batch_is_not_found(sign_in, shop_at_work):
    browser = sign_in(FAY, Role.FULFILMENT)
    assert browser.get(f"/staff/batches/{shop_at_work.ada}").status_code == 404
    assert browser.post(f"/staff/batches/{shop_at_work.ada}/run").status_code == 404


def test_the_list_shows_what_is_ahead(sign_in, shop_at_work):
    page = sign_in(FAY, Role.FULFILMENT).get("/staff/batches/").text
    assert "Current and next" in page and page.count("/staff/batches/") > 4


def test_a_rehearsal_shows_what_would_come_and_changes_nothing(
    sign_in,
    shop_at_work,
    units,
    queue,
):
    before = len(queue.rings)
    page = (
        sign_in(FAY, Role.FULFILMENT)
        .post(f"/staff/batches/{shop_at_work.batch_id}/rehearse", follow_redirects=True)
        .text
    )
    assert "Nothing was changed" in page and "$52.00" in page
    assert "Proven: nobody could compose" in page or "can be more than" in page
    assert "needed, 40 free" in page
    with units(ACTOR) as work:
        assert work.session.scalars(select(ComposeRun.kind)).all() == ["dry"]
        statuses = set(work.session.scalars(select(Box.status)))
    assert {each.value for each in statuses} == {"planned"}
    assert len(queue.rings) == before


def test_running_before_the_lock_is_refused_in_words(sign_in, shop_at_work, queue):
    page = (
        sign_in(FAY, Role.FULFILMENT)
        .post(f"/staff/batches/{shop_at_work.batch_id}/run", follow_redirects=True)
        .text
    )
    assert "This batch does not lock yet" in page and "It locks on" in page
    assert Job.RUN_BATCH not in {job for job, _ in queue.rings}


def test_charging_is_drawn(sign_in, packed):
    page = page_of(packed, sign_in("fin@example.com", Role.FINANCE))
    assert "<title>Paid: 1</title>" in page and "<title>Declined: 1</title>" in page
    assert "<title>Held: 1</title>" in page
    assert "Composition" in page


def test_the_real_run_is_held_against_the_rehearsal(sign_in, shop_at_work):
    browser = sign_in(FAY, Role.FULFILMENT)
    browser.post(f"/staff/batches/{shop_at_work.batch_id}/rehearse")
    shop_at_work.lock()
    assert "the very same boxes and cents" in page_of(shop_at_work, browser)
    again = browser.post(
        f"/staff/batches/{shop_at_work.batch_id}/rehearse", follow_redirects=True
    ).text
    assert "composed for real already" in again


def test_boxes_are_found_by_name_number_and_state(sign_in, packed):
    browser = sign_in(FAY, Role.FULFILMENT)
    assert "Ada" in page_of(packed, browser, "?q=ada@") and "Dev" not in page_of(
        packed, browser, "?q=ada@"
    )
    assert "BW-1003-0" in page_of(packed, browser, "?state=held")
    assert "BW-1001-0" not in page_of(packed, browser, "?state=held")
    assert "BW-1002-0" in page_of(packed, browser, "?q=bw-1002-0")
    assert "Nothing fits this search" in page_of(packed, browser, "?q=%25_nobody%00")
    assert page_of(packed, browser, "?state=nonsense&page=-7")


def test_held_boxes_are_filled_once_something_fits(sign_in, packed, units):
    browser = sign_in(FAY, Role.FULFILMENT)
    retry = f"/staff/batches/{packed.batch_id}/try-held"
    assert "still nothing on sale" in browser.post(retry, follow_redirects=True).text
    with units(ACTOR) as work:
        set_exclusions(work, packed.cleo, ())
    assert "filled now: 1" in browser.post(retry, follow_redirects=True).text
    assert packed.status(packed.cleo) == "composed"


def test_an_export_is_downloaded_byte_for_byte(sign_in, packed):
    browser = sign_in(FAY, Role.FULFILMENT)
    export = f"/staff/batches/{packed.batch_id}/export"
    assert "Version 1 is ready: 1 orders." in browser.post(export, follow_redirects=True).text
    assert "Nothing has changed since version 1" in browser.post(export, follow_redirects=True).text
    files = f"/staff/batches/{packed.batch_id}/exports/1"
    orders = browser.get(f"{files}/orders")
    assert orders.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="batch-2027-01-06-v1.csv"' in orders.headers["Content-Disposition"]
    assert orders.headers["X-Content-Type-Options"] == "nosniff"
    manifest = json.loads(browser.get(f"{files}/manifest").data)
    assert hashlib.sha256(orders.data).hexdigest() == manifest["sha256"]
    assert b"BW-1001-0" in browser.get(f"{files}/changes").data
    assert browser.get(f"{files}/secrets").status_code == 404
    assert browser.get(files.replace("/1", "/9") + "/orders").status_code == 404


def test_an_open_batch_exports_nothing(sign_in, shop_at_work):
    export = f"/staff/batches/{shop_at_work.batch_id}/export"
    page = sign_in(FAY, Role.FULFILMENT).post(export, follow_redirects=True).text
    assert "has not been composed yet" in page


def test_each_paid_box_has_a_packing_slip(sign_in, packed, units):
    page = sign_in(FAY, Role.FULFILMENT).get(f"/staff/batches/{packed.batch_id}/packing-slips").text
    with units(Actor("system")) as work:
        slips = packing_slips(work.session, packed.batch_id)
    assert slips and page.count('class="sheet slip"') == len(slips)
    assert all(slip.order_number in page and slip.lines for slip in slips)
    assert {slip.number for slip in slips} == {1} and page.count("Box 1") == len(slips)


def test_the_pick_list_adds_up_paid_boxes(sign_in, packed, units):
    page = sign_in(FAY, Role.FULFILMENT).get(f"/staff/batches/{packed.batch_id}/pick-list").text
    with units(ACTOR) as work:
        assert work.session.scalar(select(func.count()).select_from(Box)) > 3
    assert "Together" in page and "<strong>2</strong>" in page
