"""What happens by the clock: every job has a handler, every night comes once, DST included."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.core.job_names import Job
from app.jobs.run import HANDLERS
from app.jobs.schedule import SCHEDULE, every_minute, every_night, every_ten_minutes

NEW_YORK = ZoneInfo("America/New_York")


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=NEW_YORK).astimezone(UTC)


def test_every_job_name_has_exactly_one_handler() -> None:
    assert set(HANDLERS) == set(Job)
    assert len({id(handler) for handler in HANDLERS.values()}) == len(Job)


def test_every_row_of_the_schedule_names_a_real_job() -> None:
    assert {task.job for task in SCHEDULE} <= set(HANDLERS)
    assert len({task.name for task in SCHEDULE}) == len(SCHEDULE)


def test_a_day_without_ticker_is_made_up_for_by_one_minute() -> None:
    now = datetime(2027, 1, 4, 15, 0, 31, tzinfo=UTC)
    assert every_minute(now - timedelta(days=1), now, NEW_YORK) == [now.replace(second=0)]
    assert every_minute(now.replace(second=0), now, NEW_YORK) == []
    assert every_ten_minutes(now - timedelta(days=1), now, NEW_YORK) == [now.replace(second=0)]


def test_every_missed_night_is_written_down_but_no_more_than_a_month() -> None:
    found = every_night(local(2027, 1, 1, 12), local(2027, 1, 4, 3, 30), NEW_YORK)
    assert found == [local(2027, 1, day, 3, 30) for day in (2, 3, 4)]
    assert len(every_night(local(2025, 1, 1), local(2027, 1, 1), NEW_YORK)) == 31


@pytest.mark.parametrize(
    ("zone", "spring"),
    [("America/New_York", (2027, 3, 14)), ("Europe/Bucharest", (2027, 3, 28))],
)
def test_the_night_of_the_spring_change_comes_once(zone: str, spring: tuple[int, int, int]) -> None:
    # In Bucharest half past three does not exist that night.
    place = ZoneInfo(zone)
    day = datetime(*spring, tzinfo=place)
    found = every_night((day - timedelta(days=1)).replace(hour=12), day.replace(hour=12), place)
    assert len(found) == 1


def test_the_night_of_the_autumn_change_comes_once() -> None:
    # In Bucharest half past three comes twice that night.
    place = ZoneInfo("Europe/Bucharest")
    day = datetime(2027, 10, 31, tzinfo=place)
    found = every_night(day, day.replace(hour=12), place)
    assert found == [datetime(2027, 10, 31, 0, 30, tzinfo=UTC)]
