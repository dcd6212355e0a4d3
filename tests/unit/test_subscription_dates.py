"""Dates of subscriptions, held against plain calendar arithmetic that shares no code with them."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import instant_of
from app.subscriptions.rules import (
    Cadence,
    CadenceUnit,
    CutOff,
    Start,
    begin,
    bill_date,
    first_open_day,
    first_regular_day,
    is_open,
    nearest_regular_day,
    ship_date,
)

NEW_YORK = ZoneInfo("America/New_York")
ZONES = [
    NEW_YORK,
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("Asia/Tokyo"),
    ZoneInfo("Australia/Lord_Howe"),
]
DAYS = st.dates(date(2026, 1, 1), date(2033, 12, 31))
MONTHLY = st.builds(
    Cadence, st.just(CadenceUnit.MONTH), st.sampled_from([1, 2, 3, 6, 12]), st.integers(1, 31)
)
WEEKLY = st.builds(Cadence, st.just(CadenceUnit.WEEK), st.integers(1, 8), st.integers(1, 7))
CADENCES = st.one_of(MONTHLY, WEEKLY)


def month_after(start: date, months: int, day: int) -> date:
    """Return `day` (or the last) of the month that comes `months` later, by counting months."""
    index = start.year * 12 + (start.month - 1) + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day, calendar.monthrange(year, month + 1)[1]))


@given(MONTHLY, DAYS, st.integers(0, 120))
def test_months_are_counted_from_the_anchor(cadence, signed_up, steps):
    anchor = first_regular_day(cadence, signed_up)
    shipped = ship_date(cadence, anchor, steps)
    assert shipped == month_after(anchor, cadence.every * steps, cadence.day)


@given(WEEKLY, DAYS, st.integers(0, 200))
def test_weeks_keep_their_weekday_and_distance(cadence, signed_up, steps):
    anchor = first_regular_day(cadence, signed_up)
    shipped = ship_date(cadence, anchor, steps)
    assert shipped.isoweekday() == cadence.day
    assert (shipped - anchor).days == 7 * cadence.every * steps


@given(CADENCES, DAYS)
def test_the_first_day_is_the_nearest_that_fits(cadence, earliest):
    found = first_regular_day(cadence, earliest)
    days = (earliest + timedelta(days=n) for n in range(62))
    if cadence.unit is CadenceUnit.WEEK:
        expected = next(day for day in days if day.isoweekday() == cadence.day)
    else:
        expected = next(day for day in days if day == month_after(day, 0, cadence.day))
    assert found == expected


@given(MONTHLY, DAYS)
def test_no_month_is_left_out_and_none_comes_twice(cadence, signed_up):
    anchor = first_regular_day(cadence, signed_up)
    shipped = [ship_date(cadence, anchor, step) for step in range(40)]
    assert shipped == sorted(set(shipped))
    months = [day.year * 12 + day.month for day in shipped]
    assert {later - earlier for earlier, later in pairwise(months)} == {cadence.every}


@given(
    CADENCES,
    st.integers(0, 6),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 6, 1), datetime(2029, 6, 1), timezones=st.just(UTC)),
)
def test_the_first_open_day_is_open_and_the_one_before_is_not(cadence, days, zone, now):
    cut_off = CutOff(days, time(23, 59, 59), zone)
    found = first_open_day(cadence, cut_off, now)
    assert is_open(cut_off.moment(found), now)
    today = now.astimezone(zone).date()
    between = (today + timedelta(days=n) for n in range((found - today).days))
    assert not any(
        first_regular_day(cadence, day) == day and is_open(cut_off.moment(day), now)
        for day in between
    )


@given(
    DAYS,
    st.integers(0, 10),
    st.times().map(lambda t: t.replace(microsecond=0)),
    st.sampled_from(ZONES),
)
def test_a_cut_off_is_the_wall_time_it_names_wherever_that_exists(day, days, at, zone):
    moment = CutOff(days, at, zone).moment(day)
    seen = moment.astimezone(zone)
    named = datetime.combine(day - timedelta(days=days), at)
    if seen.replace(tzinfo=None) == named:
        assert seen.fold == 0
    else:
        # The clock jumps over this time: the moment lies as far behind the jump.
        gap = seen.replace(tzinfo=None) - named
        assert timedelta(0) < gap <= timedelta(hours=1)
        assert (moment - timedelta(seconds=3601)).astimezone(zone).utcoffset() != seen.utcoffset()


@given(
    st.sampled_from(list(Start)),
    CADENCES,
    st.integers(0, 6),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 6, 1), datetime(2029, 6, 1), timezones=st.just(UTC)),
)
def test_every_beginning_leaves_time_to_change_the_first_regular_box(
    start, cadence, days, zone, now
):
    cut_off = CutOff(days, time(23, 59, 59), zone)
    began = begin(start, cadence, cut_off, now)
    today = now.astimezone(zone).date()
    assert is_open(cut_off.moment(began.anchor), now)
    assert first_regular_day(cadence, began.anchor) == began.anchor
    if began.welcome_on:
        assert began.welcome_on == today + timedelta(days=1)
        assert began.anchor_cycle == 1
        assert began.anchor >= began.welcome_on
    else:
        assert (start, began.anchor_cycle) == (Start.NEXT_OPEN, 0) or began.anchor_cycle == 0
    if start is Start.FULL_INTERVAL and cadence.unit is CadenceUnit.WEEK:
        assert (began.anchor - today).days >= 7 * cadence.every


@given(DAYS, CADENCES, st.none() | st.integers(0, 60))
def test_a_sign_up_is_rounded_to_the_regular_day_before_or_after_it(day, cadence, grace_days):
    found = nearest_regular_day(cadence, day, grace_days)
    assert first_regular_day(cadence, found) == found
    following = first_regular_day(cadence, day)
    if found != following:
        assert found < day
        assert not any(
            first_regular_day(cadence, found + timedelta(days=n)) < day
            for n in range(1, (day - found).days)
        )
        missed = (day - found).days
        assert missed < (following - day).days if grace_days is None else missed <= grace_days


@given(DAYS, st.integers(1, 31))
def test_a_bill_ahead_is_due_on_its_day_at_most_a_month_before(ships_on, bill_day):
    billed = bill_date(ships_on, bill_day)
    assert billed <= ships_on
    assert billed == month_after(billed, 0, bill_day)
    assert month_after(billed, 1, bill_day) > ships_on


def test_the_last_second_counts_and_its_fractions_too():
    cutoff = datetime(2027, 3, 1, 4, 59, 59, tzinfo=UTC)
    assert is_open(cutoff, cutoff)
    assert is_open(cutoff, cutoff + timedelta(milliseconds=999))
    assert not is_open(cutoff, cutoff + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        # Spring: 02:30 does not exist and means 03:30.
        (NEW_YORK, date(2027, 3, 14), time(2, 30), datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),
        # Autumn: 01:30 comes twice and means the first.
        (NEW_YORK, date(2027, 11, 7), time(1, 30), datetime(2027, 11, 7, 5, 30, tzinfo=UTC)),
        (ZONES[1], date(2027, 3, 28), time(2, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        (ZONES[1], date(2027, 10, 31), time(2, 30), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    ],
)
def test_gaps_and_folds_follow_the_stated_rule(zone, day, at, expected):
    assert instant_of(day, at, zone) == expected
