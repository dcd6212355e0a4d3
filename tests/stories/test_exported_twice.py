"""A batch goes to the warehouse twice, with a cancelled box and a corrected address in between."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.core.unit_of_work import Actor
from app.finance.services.record_shipment import record_shipment
from app.fulfilment.export_queries import export_files, list_exports
from app.fulfilment.models import Parcel, Tracking
from app.fulfilment.rules import BoxStatus, ParcelStatus
from app.fulfilment.services.correct_address import correct_address
from app.fulfilment.services.record_tracking import record_tracking
from app.fulfilment.services.refund_box import cancel_box
from app.fulfilment.services.skip_box import skip_box
from app.fulfilment.tracking_rules import read_tracking
from app.jobs.exporting import export
from app.people.services.save_address import save_address
from app.personalization.rules import Exclusion, ExclusionKind
from app.subscriptions.services.change_terms import change_address, change_note
from tests.cast import HOME, WEEKLY
from tests.stories.shop import EMPTY

ZONE = ZoneInfo("America/New_York")
DAY = date(2027, 1, 13)
LOCK = datetime(2027, 1, 11, 2, tzinfo=ZONE).astimezone(UTC)
STAFF = Actor("staff", "packer")
FORMULA = '=HYPERLINK("x")'
ORDER, STATUS = "Order #", "Order Status"


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def as_imported(*versions: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return what the importing side holds after these files: the last row of each order counts."""
    orders: dict[str, dict[str, str]] = {}
    for version in versions:
        orders |= {row[ORDER]: row for row in version}
    return orders


@pytest.fixture
def shop(open_shop):
    shop = open_shop(datetime(2027, 1, 4, 15, tzinfo=UTC))
    shop.stock()
    return shop


@pytest.fixture
def batch(shop):
    """Three paid boxes, and beside them one unpaid, one skipped and one on hold."""
    plan = shop.plan(replace(WEEKLY, sizes={1: 1500, 3: 4200}))
    people = {}
    for name in ("Ada", "Ben", FORMULA, "Dev", "Skip", "Held"):
        card = EMPTY if name == "Dev" else "4242424242424242"
        mail = "Formula" if name == FORMULA else name
        people[mail] = shop.subscribe(mail, plan, size=3 if name == FORMULA else 1)
        if card == EMPTY:
            shop.change_card(people[mail][0], EMPTY)
    with shop.tools.units(STAFF) as work:
        for name, line in (("Formula", FORMULA), ("Ben", "Zoë 李")):
            person, subscription = people[name]
            address = save_address(work, person.id, replace(HOME, name=line))
            change_address(work, person.id, subscription.id, address.id)
        note = 'For "Mum",\nwith love; ' + "x" * 900
        change_note(work, people["Ben"][0].id, people["Ben"][1].id, note)
        person, subscription = people["Skip"]
        skip_box(work, person.id, shop.box_on(subscription, DAY).id)
    return people


def test_the_second_version_says_only_what_changed_under_the_same_numbers(shop, batch):
    shop.live_at(LOCK)
    held = shop.box_on(batch["Held"][1], DAY)
    with shop.tools.units(STAFF) as work:
        cancel_box(work, held.id, "out of the story")
    batch_id = shop.batch(DAY).id
    first = export(shop.tools, STAFF, batch_id)
    assert (first.version, first.orders, first.rows, first.new) == (1, 3, 5, True)
    again = export(shop.tools, STAFF, batch_id)
    assert (again.version, again.sha256, again.new) == (1, first.sha256, False)

    gone, moved = (shop.box_on(batch[name][1], DAY) for name in ("Ada", "Ben"))
    with shop.tools.units(STAFF) as work:
        cancel_box(work, gone.id, "moved away")
    with shop.tools.units(STAFF) as work:
        correct_address(work, moved.id, replace(HOME, name="Zoë 李", line1="7 New Road"))
    shop.run_due()
    second = export(shop.tools, STAFF, batch_id)
    assert (second.version, second.new) == (2, True)

    with shop.tools.units(STAFF) as work:
        files = {n: export_files(work.session, batch_id, n) for n in (1, 2)}
    one, two = rows_of(files[1].csv), rows_of(files[2].csv)
    assert {row[ORDER] for row in one} == {row[ORDER] for row in two}
    orders = as_imported(one, two)
    assert len(orders) == 3
    assert [row[STATUS] for row in orders.values()].count("Cancelled") == 1
    changes = rows_of(files[2].delta)
    assert len(changes) == 2, changes
    assert {row[ORDER] for row in changes} == {number(shop, batch[name]) for name in ("Ada", "Ben")}
    assert orders[number(shop, batch["Ben"])]["Address Line 1"] == "7 New Road"

    assert shop.invoice(gone).refunded_cents == 1500
    assert len(shop.taken()) == 4, "the three, and the one called back before the first export"
    manifest = json.loads(files[2].manifest)
    assert second.sha256 in json.dumps(manifest)


def number(shop, pair) -> str:
    return f"BW-{pair[1].number}-0"


def test_hostile_cells_leave_harmless_and_whole(shop, batch):
    shop.live_at(LOCK)
    receipt = export(shop.tools, STAFF, shop.batch(DAY).id)
    with shop.tools.units(STAFF) as work:
        only = list_exports(work.session, shop.batch(DAY).id)[0]
        content = export_files(work.session, shop.batch(DAY).id, only.version).csv
    rows = rows_of(content)
    by_order = {row[ORDER]: row for row in rows}
    formula = by_order[number(shop, batch["Formula"])]
    assert formula["Recipient Full Name"].lstrip("'") == FORMULA
    assert not formula["Recipient Full Name"].startswith(("=", "+", "-", "@"))
    ben = by_order[number(shop, batch["Ben"])]
    assert ben["Recipient Full Name"] == "Zoë 李"
    assert {row["Postal Code"].lstrip("'") for row in rows} == {"02134"}
    assert b"02134" in content
    assert ben["Customer Notes"].startswith('For "Mum",\nwith love; xxx')
    assert [row[ORDER] for row in rows].count(number(shop, batch["Formula"])) == 3
    absent = {number(shop, batch[name]) for name in ("Dev", "Skip")}
    assert not absent & set(by_order)
    assert receipt.orders == 4


def test_a_box_on_hold_is_in_no_export(shop):
    """Nothing on the shelf fits Held, so that box waits while the other one leaves."""
    plan = shop.plan(WEEKLY)
    shop.subscribe("Ada", plan)
    roasts = ("light", "medium", "dark")
    none = tuple(Exclusion(ExclusionKind.ROAST, roast) for roast in roasts)
    _, held = shop.subscribe("Held", plan, exclusions=none)
    shop.live_at(LOCK)
    assert shop.box_on(held, DAY).status is BoxStatus.HELD
    assert export(shop.tools, STAFF, shop.batch(DAY).id).orders == 1


def test_tracking_read_twice_tells_once_and_keeps_both_numbers(shop, batch):
    shop.live_at(LOCK)
    export(shop.tools, STAFF, shop.batch(DAY).id)
    order = number(shop, batch["Ada"])
    text = f"Order #,Carrier,Tracking Number,Ship Date\n{order},UPS,1Z1,\n{order},UPS,1Z2,\n"
    found = []
    for _ in range(2):
        with shop.tools.units(STAFF) as work:
            report = record_tracking(work, read_tracking(text).rows)
            record_shipment(work, report.shipped)
            found.append((len(report.shipped), report.duplicates))
    assert found == [(1, 0), (0, 2)]
    shop.run_due()
    assert len(shop.letters("box_shipped")) == 1
    assert {each.number for each in shop.rows(Tracking)} == {"1Z1", "1Z2"}
    box = shop.box_on(batch["Ada"][1], DAY)
    assert box.status is BoxStatus.SHIPPED
    assert shop.rows(Parcel, Parcel.box_id == box.id)[0].status is ParcelStatus.SHIPPED
