"""Graded lots are read whole: bad values are left out and named, good rows are kept."""

import pytest

from app.catalog.coffee_file import choose_for_sale, price_of, read_coffees, roast_of
from app.catalog.rules import Roast
from app.core.file_lines import Severity
from tests.files import DIRTY_COFFEES


@pytest.fixture(scope="module")
def file():
    return read_coffees(DIRTY_COFFEES)


def lot(file, code):
    return next(each for each in file.lots if each.code == code)


def test_good_rows_are_kept_and_bad_ones_named(file):
    assert [each.code for each in file.lots] == ["LOT-1", "LOT-2", "LOT-3", "LOT-5", "LOT-8"]
    dropped = [
        (each.line, each.field) for each in file.problems if each.severity is Severity.ROW_DROPPED
    ]
    assert dropped == [(5, "lot_id"), (6, "region"), (8, "lot_id"), (9, "lot_id"), (10, "line")]


def test_bad_values_are_left_out_and_blanks_are_no_fault(file):
    values = [
        (each.line, each.field, each.severity.value)
        for each in file.problems
        if each.severity is not Severity.ROW_DROPPED
    ]
    assert values == [
        (3, "altitude_mean_meters", "value-dropped"),
        (3, "harvest_year", "value-dropped"),
        (4, "acidity", "value-dropped"),
        (4, "body", "value-dropped"),
        (4, "sweetness", "value-dropped"),
        (4, "total_cup_points", "value-dropped"),
        (7, "country_of_origin", "value-changed"),
        (7, "sweetness", "value-dropped"),
    ]


def test_nobody_tasted_is_unknown_and_not_zero(file):
    assert (lot(file, "LOT-3").taste.acidity, lot(file, "LOT-3").points) == (None, 0.0)
    assert lot(file, "LOT-3").facts == {"harvest": "2013/2014"}


def test_names_are_built_from_what_is_said(file):
    assert lot(file, "LOT-1").name == 'Kenya Nyeri, Gate, The "Upper" One, SL28 (lot 1)'
    assert lot(file, "LOT-2").name == "Brazil (lot 2)"
    assert lot(file, "LOT-5").name == "Côte d’Ivoire (lot 5)"


@pytest.mark.parametrize(
    ("altitude", "acidity", "body", "roast"),
    [
        (1900, 8.5, 8.0, Roast.LIGHT),
        (1900, 7.5, 8.0, Roast.MEDIUM),
        (1200, 7.5, 7.5, Roast.MEDIUM),
        (1200, 7.4, 8.0, Roast.DARK),
        (700, 7.4, 7.5, Roast.DARK),
        (700, 7.8, 7.5, Roast.MEDIUM),
        (None, 8.0, 7.5, Roast.LIGHT),
        (None, 7.0, 7.5, Roast.DARK),
        (None, None, None, Roast.MEDIUM),
    ],
)
def test_high_and_bright_lots_are_roasted_light(altitude, acidity, body, roast):
    assert roast_of(altitude, acidity, body) is roast


def test_prices_rise_with_the_points():
    assert [price_of(each) for each in (None, 60.0, 80.9, 81.0, 90.6, 100.0)] == [
        1300,
        1300,
        1300,
        1375,
        2050,
        2425,
    ]


def test_only_complete_lots_are_put_on_sale_in_turn(file):
    assert [each.code for each in choose_for_sale(file.lots, 9)] == ["LOT-1", "LOT-8"]
    assert [each.code for each in choose_for_sale(file.lots, 1)] == ["LOT-1"]
