"""Rates of tax as data: read from a file, kept by day and place, for the day of the charge."""

from datetime import date

import pytest

from app.billing.price_list_queries import tax_rates
from app.billing.services.import_tax_rates import import_tax_rates
from app.billing.shipping_rules import ShippingPrice, shipping_price
from app.billing.tax_file import read_tax_rates
from app.billing.tax_rules import ADD_ON, BOX, SHIPPING, Place, rate_for

GERMANY = b"""country,region,category,percent,valid_from,valid_to,inclusive,label
DE,,,19,2007-01-01,,yes,MwSt.
DE,,,16,2020-07-01,2020-12-31,yes,MwSt.
DE,,box,7,2007-01-01,,yes,MwSt.
DE,,box,5,2020-07-01,2020-12-31,yes,MwSt.
US,MA,,6.25,2009-08-01,,no,Sales tax
US,,,0,2000-01-01,,no,Sales tax
"""


@pytest.mark.parametrize(
    ("day", "shipping", "box"),
    [
        (date(2020, 6, 30), 1900, 700),
        (date(2020, 7, 1), 1600, 500),
        (date(2020, 12, 31), 1600, 500),
        (date(2021, 1, 1), 1900, 700),
    ],
)
def test_germany_went_from_19_to_16_and_back(day, shipping, box):
    rates = read_tax_rates(GERMANY).rates
    found = [rate_for(rates, Place("DE"), kind, day) for kind in (SHIPPING, ADD_ON, BOX)]
    assert [rate.rate_bp for rate in found if rate] == [shipping, shipping, box]
    assert all(rate and rate.inclusive and rate.label == "MwSt." for rate in found)


def test_the_closest_place_counts():
    rates = read_tax_rates(GERMANY).rates
    day = date(2027, 1, 1)
    assert rate_for(rates, Place("US", "ma"), BOX, day).rate_bp == 625
    assert rate_for(rates, Place("US", "NH"), BOX, day).rate_bp == 0
    assert rate_for(rates, Place("FR"), BOX, day) is None


def test_a_file_is_taken_once_and_every_bad_line_is_named(units, actor):
    bad = GERMANY + (
        b"XX1,,,19,2020-01-01,,,\n"
        b"DE,,,19.001,2020-01-01,,,\n"
        b"DE,,tea,19,2020-01-01,,,\n"
        b"DE,,,19,2020-02-30,,,\n"
        b"DE,,,19,2020-03-01,2020-01-01,,\n"
        b"DE,,,19,2007-01-01,,,\n"
        b"DE,,,19,2007-02-01,,maybe,\n"
        b"FR,,,-1,2020-01-01,,,\n"
    )
    with units(actor) as work:
        report = import_tax_rates(work, read_tax_rates(bad))
        assert (report.new, report.changed, report.dropped) == (6, 0, 8)
    with units(actor) as work:
        again = import_tax_rates(work, read_tax_rates(GERMANY.replace(b"6.25", b"6.5")))
        assert (again.new, again.changed, again.unchanged) == (0, 1, 5)
        assert {rate.rate_bp for rate in tax_rates(work.session)} >= {650, 1900, 1600, 700, 500}


def test_sending_costs_by_zone_and_weight():
    prices = (
        ShippingPrice("Anywhere", "", "", 0, 2500),
        ShippingPrice("US", "US", "", 500, 495, 4000),
        ShippingPrice("US", "US", "", 2000, 895, 4000),
        ShippingPrice("Islands", "US", "HI", 0, 1500),
    )

    def cents(country: str, region: str, grams: int) -> int | None:
        found = shipping_price(prices, Place(country, region), grams)
        return found.price_cents if found else None

    assert cents("US", "MA", 500) == 495
    assert cents("US", "MA", 501) == 895
    assert cents("US", "MA", 9000) == 895
    assert cents("US", "hi", 500) == 1500
    assert cents("DE", "", 500) == 2500
    assert shipping_price((), Place("US"), 500) is None
