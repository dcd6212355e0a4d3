"""Which rate of tax holds where and when. Pure: rates, a place and a day in, one rate out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

SHIPPING = "shipping"
ADD_ON = "add_on"
BOX = "box"
CATEGORIES = (BOX, ADD_ON, SHIPPING)


@dataclass(frozen=True)
class Place:
    """Where something goes: a country (ISO 3166, two letters) and a region of it."""

    country: str
    region: str = ""


@dataclass(frozen=True)
class Rate:
    """A rate of tax; empty region or category means all. `rate_bp` is in 1/100 %."""

    country: str
    region: str
    category: str
    rate_bp: int
    valid_from: date
    valid_to: date | None = None
    inclusive: bool = False
    label: str = "Tax"

    def holds(self, place: Place, category: str, day: date) -> bool:
        """Say whether the rate is one for this place, category and day."""
        return (
            self.country == place.country
            and self.region.casefold() in ("", place.region.casefold())
            and self.category in ("", category)
            and self.valid_from <= day
            and (self.valid_to is None or day <= self.valid_to)
        )


def rate_for(rates: Iterable[Rate], place: Place, category: str, day: date) -> Rate | None:
    """Return the rate that holds: the closest in region, then in category, then the latest one."""
    fitting = [rate for rate in rates if rate.holds(place, category, day)]
    return max(
        fitting,
        key=lambda rate: (bool(rate.region), bool(rate.category), rate.valid_from),
        default=None,
    )
