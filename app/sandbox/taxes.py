"""Taxes: what is due on a basket at a place and day, and the sales that were reported."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

from app.sandbox.endpoints import ADDRESS, Call, Endpoint, address, list_object, retrieve
from app.sandbox.errors import Json, invalid
from app.sandbox.params import Shape, merge_metadata
from app.sandbox.state import Book, new_id

NINETY_DAYS = 90 * 24 * 3600
CODE = "txcd_99999999"
SHIPPING_CODE = "txcd_92010001"
# Where the pretended shop is registered: (country, state), from which day, what rate in percent.
RATES: tuple[tuple[str, str, str, str], ...] = (
    ("US", "NY", "2000-01-01", "8.875"),
    ("US", "CA", "2000-01-01", "8.625"),
    ("US", "MA", "2000-01-01", "6.25"),
    ("DE", "", "2007-01-01", "19.0"),
    ("DE", "", "2020-07-01", "16.0"),
    ("DE", "", "2021-01-01", "19.0"),
    ("FR", "", "2014-01-01", "20.0"),
    ("GB", "", "2011-01-04", "20.0"),
)
CUSTOMER: Shape = {
    "address": ADDRESS,
    "address_source": "text",
    "ip_address": "text",
    "tax_ids": [{"type": "text!", "value": "text!"}],
    "taxability_override": "text",
}
ITEM: Shape = {
    "amount": "integer!",
    "metadata": "metadata",
    "quantity": "integer",
    "reference": "text",
    "tax_behavior": "text",
    "tax_code": "text",
}
COST: Shape = {"amount": "integer", "tax_behavior": "text", "tax_code": "text"}
CREATE: Shape = {
    "currency": "text!",
    "customer": "text",
    "customer_details": CUSTOMER,
    "line_items": [ITEM],
    "shipping_cost": COST,
    "tax_date": "integer",
}


def rate_at(country: str, state: str, day: date) -> Decimal | None:
    """Return the percentage at a place on a day; None where nothing is collected."""
    found = [
        (since, percent)
        for land, part, since, percent in RATES
        if land == country and part in ("", state) and since <= day.isoformat()
    ]
    return Decimal(max(found)[1]) if found else None


def tax_on(amount: int, percent: Decimal, inclusive: bool) -> int:
    """Return the tax on an amount, or in it, half a cent rounded up."""
    whole = Decimal(100) + (percent if inclusive else 0)
    return int((amount * percent / whole).quantize(Decimal(1), ROUND_HALF_UP))


def _calculate(call: Call) -> Json:
    book, params = call.book, call.params
    items = params.get("line_items") or []
    if not items:
        raise invalid("Missing required param: line_items.", code="parameter_missing")
    details = params.get("customer_details") or {}
    place = details.get("address") or {}
    if not place.get("country"):
        message = "The customer's location could not be determined."
        raise invalid(message, code="customer_tax_location_invalid", param="customer_details")
    moment = params.get("tax_date") or book.now()
    day = datetime.fromtimestamp(moment, UTC).date()
    exempt = details.get("taxability_override") in ("customer_exempt", "reverse_charge")
    percent = rate_at(place["country"], place.get("state") or "", day)
    due = Decimal(0) if exempt or percent is None else percent
    wanted = new_id("taxcalc_")
    lines = [_line(each, at, due) for at, each in enumerate(items)]
    references = [each["reference"] for each in lines]
    if len(set(references)) < len(references):
        raise invalid("Each line item must have a unique reference.", param="line_items")
    shipping = _shipping(params.get("shipping_cost"), due)
    parts = [*lines, *([shipping] if shipping else [])]
    outside = _sum(parts, "amount_tax", "exclusive")
    reason = "customer_exempt" if exempt else "not_collecting" if percent is None else None
    return book.put(
        {
            "id": wanted,
            "object": "tax.calculation",
            "amount_total": sum(each["amount"] for each in parts) + outside,
            "currency": params["currency"].lower(),
            "customer": params.get("customer"),
            "customer_details": _customer(details),
            "expires_at": book.now() + NINETY_DAYS,
            "livemode": False,
            "ship_from_details": None,
            "shipping_cost": shipping,
            "tax_amount_exclusive": outside,
            "tax_amount_inclusive": _sum(parts, "amount_tax", "inclusive"),
            "tax_breakdown": _breakdown(parts, due, place, reason),
            "tax_date": moment,
            "_lines": lines,
        }
    )


def _line(given: Json, at: int, percent: Decimal) -> Json:
    behaviour = given.get("tax_behavior") or "exclusive"
    return {
        "id": new_id("tax_li_"),
        "object": "tax.calculation_line_item",
        "amount": given["amount"],
        "amount_tax": tax_on(given["amount"], percent, behaviour == "inclusive"),
        "livemode": False,
        "metadata": merge_metadata({}, given.get("metadata") or {}),
        "product": None,
        "quantity": given.get("quantity", 1),
        "reference": given.get("reference") or f"L{at + 1}",
        "tax_behavior": behaviour,
        "tax_breakdown": None,
        "tax_code": given.get("tax_code") or CODE,
    }


def _shipping(given: Json | None, percent: Decimal) -> Json | None:
    if not given:
        return None
    behaviour, amount = given.get("tax_behavior") or "exclusive", given.get("amount", 0)
    return {
        "amount": amount,
        "amount_tax": tax_on(amount, percent, behaviour == "inclusive"),
        "tax_behavior": behaviour,
        "tax_code": given.get("tax_code") or SHIPPING_CODE,
    }


def _customer(details: Json) -> Json:
    return {
        "address": address(details.get("address")),
        "address_source": details.get("address_source"),
        "ip_address": details.get("ip_address"),
        "tax_ids": details.get("tax_ids") or [],
        "taxability_override": details.get("taxability_override") or "none",
    }


def _sum(parts: list[Json], name: str, behaviour: str) -> int:
    return sum(each[name] for each in parts if each["tax_behavior"] == behaviour)


def _breakdown(parts: list[Json], percent: Decimal, place: Json, reason: str | None) -> list[Json]:
    """Return one row for each way of quoting prices, at the rate of the place."""
    rows = []
    for behaviour in sorted({each["tax_behavior"] for each in parts}):
        rows.append(
            {
                "amount": _sum(parts, "amount_tax", behaviour),
                "inclusive": behaviour == "inclusive",
                "tax_rate_details": {
                    "country": place["country"],
                    "flat_amount": None,
                    "percentage_decimal": str(percent),
                    "rate_type": "percentage",
                    "state": place.get("state"),
                    "tax_type": "sales_tax" if place["country"] == "US" else "vat",
                },
                "taxability_reason": reason or "standard_rated",
                "taxable_amount": 0 if reason else _sum(parts, "amount", behaviour),
            }
        )
    return rows


def lines_of(book: Book, thing: Json) -> Json:
    """Return the lines that a calculation or a transaction shows when they are asked for."""
    kind = "calculations" if thing["object"] == "tax.calculation" else "transactions"
    rows = book.find(thing["object"], thing["id"])["_lines"]
    return list_object(rows, f"/v1/tax/{kind}/{thing['id']}/line_items")


def record(book: Book, calculation_id: str, reference: str, metadata: Json | None = None) -> Json:
    """Report a sale as it was calculated; a reference is used once."""
    known = book.linked("tax.transaction", "reference", reference)
    if known:
        message = f"A transaction with the reference {reference} exists already."
        raise invalid(message, code="resource_already_exists", param="reference")
    found = book.find("tax.calculation", calculation_id, "calculation")
    shipping = found["shipping_cost"]
    return book.put(
        {
            **_transaction(book, found, reference),
            "metadata": merge_metadata({}, metadata or {}),
            "reversal": None,
            "shipping_cost": shipping,
            "type": "transaction",
            "_lines": [_sold(each, 1) for each in found["_lines"]],
        }
    )


def _transaction(book: Book, like: Json, reference: str) -> Json:
    return {
        "id": new_id("tax_"),
        "object": "tax.transaction",
        "created": book.now(),
        "currency": like["currency"],
        "customer": like["customer"],
        "customer_details": like["customer_details"],
        "livemode": False,
        "posted_at": book.now(),
        "reference": reference,
        "ship_from_details": None,
        "tax_date": like["tax_date"],
    }


def _sold(line: Json, sign: int) -> Json:
    kept = {name: value for name, value in line.items() if name != "tax_breakdown"}
    return {
        **kept,
        "id": new_id("tax_li_"),
        "object": "tax.transaction_line_item",
        "amount": sign * line["amount"],
        "amount_tax": sign * line["amount_tax"],
        "reversal": None if sign > 0 else {"original_line_item": line["id"]},
        "type": "transaction" if sign > 0 else "reversal",
    }


def reverse(book: Book, original: Json, reference: str) -> Json:
    """Take a whole reported sale back."""
    shipping = original["shipping_cost"]
    back = None
    if shipping:
        back = {**shipping, "amount": -shipping["amount"], "amount_tax": -shipping["amount_tax"]}
    return book.put(
        {
            **_transaction(book, original, reference),
            "metadata": {},
            "reversal": {"original_transaction": original["id"]},
            "shipping_cost": back,
            "type": "reversal",
            "_lines": [_sold(each, -1) for each in original["_lines"]],
        }
    )


def record_paid(book: Book, intent: Json) -> None:
    """Report the sale of a paid intent that names a calculation, as its hook asks for."""
    tax = ((intent.get("hooks") or {}).get("inputs") or {}).get("tax")
    if tax:
        record(book, tax["calculation"], intent["id"])


def record_back(book: Book, charge: Json, refund: Json) -> None:
    """Take the sale of a payment back that was refunded whole."""
    known = book.linked("tax.transaction", "reference", charge["payment_intent"] or "")
    if known and charge["amount_refunded"] == charge["amount_captured"]:
        reverse(book, book.find("tax.transaction", known[0]), refund["id"])


def _record(call: Call) -> Json:
    params = call.params
    return record(call.book, params["calculation"], params["reference"], params.get("metadata"))


def _reverse(call: Call) -> Json:
    if call.params["mode"] != "full":
        raise invalid("The sandbox reverses whole transactions only.", param="mode")
    original = call.book.find("tax.transaction", call.params["original_transaction"])
    return reverse(call.book, original, call.params["reference"])


def _calculation_lines(call: Call) -> Json:
    return lines_of(call.book, call.book.find("tax.calculation", call.ids["id"]))


def _transaction_lines(call: Call) -> Json:
    return lines_of(call.book, call.book.find("tax.transaction", call.ids["id"]))


FROM: Shape = {"calculation": "text!", "reference": "text!", "metadata": "metadata"}
BACK: Shape = {"mode": "text!", "original_transaction": "text!", "reference": "text!"}
ENDPOINTS = [
    Endpoint("POST", "/v1/tax/calculations", CREATE, _calculate),
    Endpoint("GET", "/v1/tax/calculations/<id>", {}, retrieve("tax.calculation")),
    Endpoint("GET", "/v1/tax/calculations/<id>/line_items", {}, _calculation_lines),
    Endpoint("POST", "/v1/tax/transactions/create_from_calculation", FROM, _record),
    Endpoint("POST", "/v1/tax/transactions/create_reversal", BACK, _reverse),
    Endpoint("GET", "/v1/tax/transactions/<id>", {}, retrieve("tax.transaction")),
    Endpoint("GET", "/v1/tax/transactions/<id>/line_items", {}, _transaction_lines),
]
