"""What sending a box costs, by where it goes and what it weighs. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.billing.tax_rules import Place


@dataclass(frozen=True)
class ShippingPrice:
    """The price of sending up to so many grams to a zone; 0 grams have no limit."""

    zone: str
    country: str
    region: str
    up_to_grams: int
    price_cents: int
    free_from_cents: int | None = None

    def reaches(self, place: Place) -> bool:
        """Say whether the place lies in the zone."""
        if not self.country:
            return True
        inside = self.region.casefold() in ("", place.region.casefold())
        return self.country == place.country and inside

    @property
    def limit(self) -> float:
        return self.up_to_grams or float("inf")


def shipping_price(
    prices: Iterable[ShippingPrice], place: Place, grams: int
) -> ShippingPrice | None:
    """Return the price of the closest zone for this weight; the dearest step if it is too heavy.

    None where the shop has no price for the place: then sending costs nothing of its own.
    """
    near = [price for price in prices if price.reaches(place)]
    if not near:
        return None
    closest = max((bool(price.country), bool(price.region)) for price in near)
    zone = [price for price in near if (bool(price.country), bool(price.region)) == closest]
    fitting = [price for price in zone if price.limit >= grams]
    if fitting:
        return min(fitting, key=lambda price: price.limit)
    return max(zone, key=lambda price: price.limit)
