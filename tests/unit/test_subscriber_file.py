"""Subscriptions are read whole, and nobody is charged before the shop has settled in."""

from datetime import date, timedelta

import pytest

from app.core.file_lines import Severity
from app.subscriptions.rules import Cadence, CadenceUnit
from app.subscriptions.subscriber_file import first_day, read_subscribers
from tests.files import DIRTY_SUBSCRIBERS

MONTHLY = CadenceUnit.MONTH


@pytest.fixture(scope="module")
def file():
    return read_subscribers(DIRTY_SUBSCRIBERS)


def test_blanks_take_the_usual_value_and_are_never_zero(file):
    ada, ben, cleo, dev = file.rows[:4]
    assert (ada.grind.value, ada.address.country, ada.note) == ("espresso", "US", "A note, please")
    assert (ben.next_ships_on, ben.anchor_day, ben.locale) == (date(2027, 1, 5), 31, "zh-CN")
    assert (cleo.grind.value, cleo.next_ships_on, cleo.anchor_day) == ("whole", None, None)
    assert (cleo.card, ada.card.card_id, dev.paused) == (None, "pm_ada", True)


def test_every_bad_line_is_named_with_its_field(file):
    rows = [
        (each.line, each.field) for each in file.problems if each.severity is Severity.ROW_DROPPED
    ]
    assert rows == [
        (5, "email"),
        (7, "email"),
        (8, "size"),
        (11, "line1"),
        (12, "status"),
        (13, "grind"),
        (14, "next_ships_on"),
    ]
    assert "in line 2 already" in file.problems[1].reason


@pytest.mark.parametrize(
    ("wished", "cadence", "today", "first"),
    [
        # Charged on 5 January, live from 8 January: the first charge here is on 5 February.
        (date(2027, 1, 5), Cadence(MONTHLY, 1, 5), date(2027, 1, 8), date(2027, 2, 5)),
        (date(2027, 1, 10), Cadence(MONTHLY, 1, 10), date(2027, 1, 8), date(2027, 2, 10)),
        (date(2027, 1, 11), Cadence(MONTHLY, 1, 11), date(2027, 1, 8), date(2027, 1, 11)),
        (date(2027, 1, 30), Cadence(MONTHLY, 1, 31), date(2027, 2, 8), date(2027, 2, 28)),
        (date(2026, 12, 30), Cadence(CadenceUnit.WEEK, 2, 3), date(2027, 1, 8), date(2027, 1, 13)),
    ],
)
def test_a_charge_before_the_shop_has_settled_in_falls_to_the_next(wished, cadence, today, first):
    assert first_day(wished, cadence, lambda day: day, today) == first


def test_the_charge_counts_and_not_the_shipping():
    wished, cadence = date(2027, 1, 12), Cadence(CadenceUnit.WEEK, 1, 2)
    charged = lambda day: day - timedelta(days=2)  # noqa: E731 - a name for the reader
    assert first_day(wished, cadence, charged, date(2027, 1, 8)) == date(2027, 1, 19)
