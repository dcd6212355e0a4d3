"""Lots from a dirty file become products once, and staff's own words survive the next import."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.catalog.coffee_file import read_coffees
from app.catalog.models import Product, Sku, Stock
from app.catalog.rules import SaleStatus
from app.catalog.services.import_coffees import import_coffees
from app.core.records import AuditEntry
from tests.files import DIRTY_COFFEES, REAL_FILES, missing_real_files


def counts(report):
    return report.new, report.changed, report.unchanged, report.dropped


def test_good_lots_become_products_with_a_bag_and_an_empty_shelf(units, actor):
    with units(actor) as work:
        report = import_coffees(work, read_coffees(DIRTY_COFFEES))
        lot = work.session.scalars(select(Product).where(Product.code == "LOT-1")).one()
        bag, stock = work.session.execute(
            select(Sku, Stock).join(Stock).where(Sku.product_id == lot.id)
        ).one()
    assert counts(report) == (5, 0, 0, 5)
    assert lot.status is SaleStatus.DRAFT
    assert (lot.origin, lot.process, lot.acidity) == ("Kenya", "washed", 8.5)
    assert (bag.code, bag.grams, bag.price_cents, stock.on_hand) == ("LOT-1-250", 250, 1750, 0)


def test_the_same_file_again_writes_nothing_at_all(units, actor):
    file = read_coffees(DIRTY_COFFEES)
    with units(actor) as work:
        import_coffees(work, file, on_sale=2)
    with units(actor) as work:
        before = work.session.scalar(select(func.count()).select_from(AuditEntry))
        report = import_coffees(work, file, on_sale=2)
        after = work.session.scalar(select(func.count()).select_from(AuditEntry))
    assert counts(report) == (0, 0, 5, 5)
    assert before == after


def test_a_dry_run_changes_nothing(units, actor):
    with units.rehearse(actor) as work:
        assert import_coffees(work, read_coffees(DIRTY_COFFEES)).new == 5
    with units(actor) as work:
        assert work.session.scalar(select(func.count()).select_from(Product)) == 0


def test_facts_follow_the_file_and_staffs_own_words_stay(units, actor):
    file = read_coffees(DIRTY_COFFEES)
    with units(actor) as work:
        import_coffees(work, file)
        lot = work.session.scalars(select(Product).where(Product.code == "LOT-1")).one()
        lot.name, lot.allergens, lot.status = {"en": "Ours"}, None, SaleStatus.RETIRED
    again = [
        replace(lot, taste=replace(lot.taste, acidity=9.0)) if lot.code == "LOT-1" else lot
        for lot in file.lots
    ]
    with units(actor) as work:
        report = import_coffees(work, replace(file, lots=tuple(again)), on_sale=5)
        lot = work.session.scalars(
            select(Product).where(Product.code == "LOT-1").execution_options(populate_existing=True)
        ).one()
    assert report.changed == 2  # this lot's acidity, and the other one that goes on sale
    assert lot.acidity == 9.0
    assert (lot.name, lot.allergens, lot.status) == ({"en": "Ours"}, None, SaleStatus.RETIRED)


@pytest.mark.skipif(missing_real_files(), reason="the real files do not lie beside this checkout")
def test_the_real_lots_come_in_whole(units, actor):
    file = read_coffees(Path(REAL_FILES, "coffees.csv").read_bytes())
    with units(actor) as work:
        report = import_coffees(work, file, on_sale=60)
        on_sale = select(func.count()).where(Product.status == SaleStatus.ON_SALE)
        assert work.session.scalar(on_sale) == 60
    assert counts(report) == (1310, 0, 0, 1)
    said = {(each.line, each.field): each.reason for each in report.problems}
    assert "190,164 is impossible" in said[898, "altitude_mean_meters"]
    assert "not tasted" in said[1312, "acidity"]
    assert "test" in said[172, "region"]
