"""Sets what sending costs, and who pays no tax."""

import uuid
from datetime import date

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.billing.price_models import ShippingRate, TaxExemption
from app.billing.rules import BillingRefusal
from app.billing.shipping_rules import ShippingPrice
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork


def save_shipping(work: UnitOfWork, price: ShippingPrice) -> None:
    """Write the price of a zone and weight; boxes that are invoiced keep theirs."""
    if price.price_cents < 0 or price.up_to_grams < 0 or (price.free_from_cents or 0) < 0:
        raise Refused(BillingRefusal.BAD_AMOUNT, field="price")
    terms = vars(price)
    where = ("country", "region", "up_to_grams")
    work.session.execute(
        insert(ShippingRate)
        .values(**terms)
        .on_conflict_do_update(
            index_elements=list(where),
            set_={name: value for name, value in terms.items() if name not in where},
        )
    )


def drop_shipping(work: UnitOfWork, country: str, region: str, up_to_grams: int) -> None:
    """Take a price of sending away; twice is once."""
    work.session.execute(
        delete(ShippingRate).where(
            ShippingRate.country == country,
            ShippingRate.region == region,
            ShippingRate.up_to_grams == up_to_grams,
        )
    )


def exempt(
    work: UnitOfWork, person_id: uuid.UUID, certificate: str, days: tuple[date, date | None]
) -> None:
    """Note that somebody pays no tax between two days; a new paper takes the place of the old."""
    terms = {"certificate": certificate, "valid_from": days[0], "valid_to": days[1]}
    work.session.execute(
        insert(TaxExemption)
        .values(subscriber_id=person_id, **terms)
        .on_conflict_do_update(index_elements=["subscriber_id"], set_=terms)
    )
