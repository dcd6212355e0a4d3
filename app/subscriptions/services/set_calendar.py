"""Takes days out of the delivery calendar: holidays, stocktaking, storms."""

from datetime import date

from sqlalchemy.dialects.postgresql import insert

from app.core.unit_of_work import UnitOfWork
from app.subscriptions.models import CalendarException


def close_day(work: UnitOfWork, day: date, ships_on: date | None, reason: str = "") -> None:
    """Ship nothing on `day`: its boxes go out on `ships_on`, or not at all when that is None."""
    values = {"ships_on": ships_on, "reason": reason}
    work.session.execute(
        insert(CalendarException)
        .values(day=day, **values)
        .on_conflict_do_update(index_elements=["day"], set_=values)
    )
