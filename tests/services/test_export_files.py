"""Exported files are whole, the same everywhere, and follow a corrected address."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from app.adapters.files import write_export
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWorkFactory
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxRefusal
from app.fulfilment.services.correct_address import correct_address
from app.fulfilment.services.export_batch import export_batch
from app.people.rules import PeopleRefusal
from tests.services.exported import ELSEWHERE, export, rows_of
from tests.services.paid_boxes import add_box, open_shelf


@pytest.mark.parametrize(
    ("place", "refusal"), [(4, None), (5, BoxRefusal.NOT_FROZEN), (6, BoxRefusal.ENDED)]
)
def test_only_a_box_that_is_frozen_and_here_can_be_sent_elsewhere(
    units, actor, three, place, refusal
):
    with units(actor) as work:
        if refusal is None:
            correct_address(work, three.boxes[place], ELSEWHERE)
            assert work.session.get_one(Box, three.boxes[place]).address["city"] == "Salem"
            return
        with pytest.raises(Refused) as refused:
            correct_address(work, three.boxes[place], ELSEWHERE)
        assert refused.value.refusal is refusal


def test_an_address_with_a_blank_is_refused_with_its_field(units, actor, three):
    with units(actor) as work, pytest.raises(Refused) as refused:
        correct_address(work, three.boxes[0], replace(ELSEWHERE, city=" "))
    assert (refused.value.refusal, refused.value.field) == (
        PeopleRefusal.ADDRESS_INCOMPLETE,
        "city",
    )


def test_files_appear_whole_and_writing_them_again_changes_nothing(units, actor, three, tmp_path):
    _, files = export(units, actor, three)
    folder = tmp_path / "out" / "warehouse"
    for _ in range(2):
        paths = write_export(files, folder)
        assert [path.name for path in paths] == [
            "batch-2027-03-03-v1.csv",
            "batch-2027-03-03-v1-delta.csv",
            "batch-2027-03-03-v1-manifest.json",
        ]
        assert sorted(folder.iterdir()) == sorted(paths)
        assert paths[0].read_bytes() == files.csv
    later = replace(files, run=2)
    assert write_export(later, folder)[0].name == "batch-2027-03-03-run2-v1.csv"


ELSEWHERE_SCRIPT = """
import sys, uuid
from app.core.clock import RealClock
from app.core.database import make_engine, make_sessions
from app.core.shop import Shop
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.fulfilment.services.export_batch import export_batch
units = UnitOfWorkFactory(make_sessions(make_engine(sys.argv[1])), RealClock(), Shop(), print)
with units.rehearse(Actor("system")) as work:
    print(export_batch(work, uuid.UUID(sys.argv[2])).sha256)
"""


@pytest.mark.parametrize(
    ("zone", "locale", "seed"), [("Pacific/Kiritimati", "C", "1"), ("UTC", "de_DE.UTF-8", "77")]
)
def test_bytes_do_not_depend_on_the_machine(units, actor, three, database_url, zone, locale, seed):
    with units.rehearse(actor) as work:
        here = export_batch(work, three.batch_id).sha256
    there = subprocess.run(
        [sys.executable, "-c", ELSEWHERE_SCRIPT, database_url, str(three.batch_id)],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == here


def test_the_shops_own_zone_decides_the_order_date(units, actor, three, shop):
    tokyo = replace(shop, zone=ZoneInfo("Asia/Tokyo"))
    abroad = UnitOfWorkFactory(units.sessions, units.clock, tokyo, units.ring)
    _, files = export(abroad, actor, three)
    assert rows_of(files.csv)[0]["Order Date"] == "2027-03-01 16:00:00"


def test_a_large_batch_is_exported_whole(units, actor):
    with units(actor) as work:
        shelf = open_shelf(work)
        first = add_box(work, shelf, 900_000, lines=3)
        copy_box(work, first, 2_845)
    with units(actor) as work:
        receipt = export_batch(work, shelf.batch_id)
    assert (receipt.orders, receipt.rows) == (2_846, 8_538)


def copy_box(work, box_id, copies: int) -> None:
    """Copy a box with its lines, subscription and invoice many times over."""
    work.session.execute(
        text(
            """
            CREATE TEMPORARY TABLE twin ON COMMIT DROP AS SELECT n,
              gen_random_uuid() AS box, gen_random_uuid() AS sub, gen_random_uuid() AS bill
              FROM generate_series(1, :copies) AS n;
            INSERT INTO subscription (id, number, subscriber_id, plan_id, address_id, size,
              price_cents, grind, status)
              SELECT sub, 900000 + n, subscriber_id, plan_id, address_id, size, price_cents, grind,
              status FROM subscription, twin WHERE number = 900000;
            INSERT INTO invoice (id, subscription_id, subscriber_id, cycle, currency, net_cents,
              tax_cents, total_cents, tax_bp, status, issued_at)
              SELECT bill, sub, subscriber_id, cycle, currency, net_cents, tax_cents, total_cents,
              tax_bp, status, issued_at FROM invoice, twin;
            INSERT INTO box (id, subscription_id, subscriber_id, cycle, batch_id, ships_on,
              cutoff_at, status, address, note, invoice_id)
              SELECT twin.box, sub, subscriber_id, cycle, batch_id, ships_on, cutoff_at, status,
              address, note, bill FROM box, twin WHERE box.id = :box;
            INSERT INTO box_line (box_id, position, sku_id, product_id, name, units, unit_cents,
              score, source)
              SELECT twin.box, position, sku_id, product_id, name, units, unit_cents, score, source
              FROM box_line, twin WHERE box_id = :box;
            """.replace(":copies", str(copies)).replace(":box", f"'{box_id}'")
        )
    )


def test_exports_at_once_make_one_version(units, actor, three):
    def run(_):
        with units(actor) as work:
            return export_batch(work, three.batch_id)

    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(run, range(4)))
    assert sorted(receipt.new for receipt in receipts) == [False, False, False, True]
    assert len({(receipt.version, receipt.sha256) for receipt in receipts}) == 1
