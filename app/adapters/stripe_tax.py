"""Stripe Tax: what tax is due on an invoice, and the record of sales that no payment tells of."""

from typing import Any

from app.adapters.stripe_calls import StripeCalls
from app.billing.ports import TaxAnswer, TaxBasket

ADDRESS = {
    "line1": "line1",
    "line2": "line2",
    "city": "city",
    "postal_code": "postcode",
    "state": "region",
    "country": "country",
}


class StripeTax:
    """The tax desk on Stripe's calculations and transactions."""

    def __init__(self, calls: StripeCalls) -> None:
        self.calls = calls
        self.tax = calls.client.v1.tax

    def calculate(self, basket: TaxBasket) -> TaxAnswer:
        """Ask for the tax of a basket; the same basket gets the same answer."""
        behaviour = "inclusive" if basket.inclusive else "exclusive"
        wanted: dict[str, Any] = {
            "currency": basket.currency.lower(),
            "customer_details": {"address": _address(basket), "address_source": "shipping"},
            "line_items": [
                {"amount": cents, "reference": f"line-{place}", "tax_behavior": behaviour}
                for place, cents in enumerate(basket.lines, start=1)
            ],
            "tax_date": int(basket.charged_at.timestamp()),
            "expand": ["line_items"],
        }
        if basket.shipping_cents:
            wanted["shipping_cost"] = {"amount": basket.shipping_cents, "tax_behavior": behaviour}
        found = self.calls.ask(
            "tax.calculations.create",
            lambda: self.tax.calculations.create(
                wanted,  # type: ignore[arg-type]  # built in two ways
                {"idempotency_key": f"tax:{basket.invoice_id}"},
            ),
        )
        rows = found.line_items.data if found.line_items else []
        taxes = {str(each.reference): each.amount_tax for each in rows}
        places = range(1, len(basket.lines) + 1)
        return TaxAnswer(
            calculation_id=str(found.id),
            lines=tuple(taxes[f"line-{place}"] for place in places),
            shipping=found.shipping_cost.amount_tax if found.shipping_cost else 0,
        )

    def record(self, calculation_id: str, reference: str) -> None:
        """Tell of a sale that no payment tells of, since credit paid it; twice is once."""
        self.calls.ask(
            "tax.transactions.create_from_calculation",
            lambda: self.tax.transactions.create_from_calculation(
                {"calculation": calculation_id, "reference": reference},
                {"idempotency_key": f"taxed:{reference}"},
            ),
        )


def _address(basket: TaxBasket) -> dict[str, str]:
    return {
        theirs: basket.address[ours] for theirs, ours in ADDRESS.items() if basket.address.get(ours)
    }
