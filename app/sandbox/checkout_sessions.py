"""What a checkout session consists of, and what may not be asked of one."""

from app.sandbox.endpoints import SHIPPING
from app.sandbox.errors import Json, invalid
from app.sandbox.params import Shape, merge_metadata
from app.sandbox.state import Book, new_id

DAY = 24 * 3600
TOTALS = ("amount_discount", "amount_shipping", "amount_tax")
PRODUCT: Shape = {
    "name": "text!",
    "description": "text",
    "images": "texts",
    "metadata": "metadata",
}
PRICE: Shape = {"currency": "text!", "unit_amount": "integer", "product_data": PRODUCT}
INTENT: Shape = {
    "description": "text",
    "metadata": "metadata",
    "receipt_email": "text",
    "setup_future_usage": "text",
    "shipping": SHIPPING,
    "statement_descriptor": "text",
    "statement_descriptor_suffix": "text",
}
CREATE: Shape = {
    "billing_address_collection": "text",
    "cancel_url": "text",
    "client_reference_id": "text",
    "currency": "text",
    "customer": "text",
    "customer_creation": "text",
    "customer_email": "text",
    "expires_at": "integer",
    "line_items": [{"price_data": PRICE, "quantity": "integer"}],
    "locale": "text",
    "metadata": "metadata",
    "mode": "text",
    "payment_intent_data": INTENT,
    "setup_intent_data": {"description": "text", "metadata": "metadata"},
    "submit_type": "text",
    "success_url": "text",
    "ui_mode": "text",
}
COPIED = (
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_creation",
    "customer_email",
    "locale",
    "mode",
    "submit_type",
    "success_url",
)


def check(params: Json) -> None:
    """Raise the refusal of parameters that contradict each other or lack something."""
    mode = params.get("mode")
    if mode not in ("setup", "payment"):
        raise invalid("The sandbox knows the modes setup and payment.", param="mode")
    if params.get("ui_mode") not in (None, "hosted_page"):
        raise invalid("The sandbox knows the ui_mode hosted_page only.", param="ui_mode")
    if not params.get("success_url"):
        _lacks("success_url")
    if params.get("customer") and params.get("customer_email"):
        raise invalid("You may only specify one of these parameters: customer, customer_email.")
    if mode == "payment" and not params.get("line_items"):
        _lacks("line_items")
    if mode == "setup":
        _check_setup(params)


def _check_setup(params: Json) -> None:
    for name in ("line_items", "payment_intent_data", "customer_creation"):
        if name in params:
            raise invalid(f"You can not pass `{name}` in `setup` mode.", param=name)
    if not params.get("currency") and not params.get("payment_method_types"):
        _lacks("currency")


def _lacks(name: str) -> None:
    message = f"Missing required param: {name}."
    raise invalid(message, code="parameter_missing", param=name)


def _expiry(now: int, wanted: int | None) -> int:
    if wanted is None:
        return now + DAY
    if not now + 1800 <= wanted <= now + DAY:
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from now."
        raise invalid(message, param="expires_at")
    return wanted


def _items(params: Json, now: int) -> list[Json]:
    return [_item(given, at, now) for at, given in enumerate(params.get("line_items") or [])]


def _item(given: Json, at: int, now: int) -> Json:
    price, quantity = given.get("price_data") or {}, given.get("quantity", 1)
    product = price.get("product_data") or {}
    if "unit_amount" not in price or not product:
        _lacks(f"line_items[{at}][price_data]")
    if price["unit_amount"] < 0 or quantity < 1:
        raise invalid("Invalid positive integer", param=f"line_items[{at}]")
    total, currency = price["unit_amount"] * quantity, price["currency"].lower()
    return {
        "id": new_id("li_"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": currency,
        "description": product["name"],
        "metadata": {},
        "price": _price(price["unit_amount"], currency, now),
        "quantity": quantity,
    }


def _price(unit_amount: int, currency: str, now: int) -> Json:
    """Return a price that was made for this page alone, and that no other page can use."""
    return {
        "id": new_id("price_"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": now,
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": new_id("prod_"),
        "recurring": None,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": unit_amount,
        "unit_amount_decimal": str(unit_amount),
    }


def new_session(book: Book, params: Json, base_url: str) -> Json:
    """Return a fresh session that is not kept yet; its page lives below `base_url`."""
    wanted, items = new_id("cs_test_"), _items(params, book.now())
    total = sum(item["amount_total"] for item in items)
    setup = params["mode"] == "setup"
    currency = items[0]["currency"] if items else params.get("currency")
    session: Json = {
        "id": wanted,
        "object": "checkout.session",
        "amount_subtotal": None if setup else total,
        "amount_total": None if setup else total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "created": book.now(),
        "currency": currency,
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        ),
        "customer_details": None,
        "expires_at": _expiry(book.now(), params.get("expires_at")),
        "invoice": None,
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata") or {}),
        "payment_intent": None,
        "payment_link": None,
        "payment_method_types": params.get("payment_method_types") or ["card"],
        "payment_status": "no_payment_required" if setup else "unpaid",
        "setup_intent": None,
        "shipping_options": [],
        "status": "open",
        "subscription": None,
        "total_details": None if setup else dict.fromkeys(TOTALS, 0),
        "ui_mode": "hosted_page",
        "url": f"{base_url}/pay/{wanted}",
        "_intent": params.get("payment_intent_data") or {},
        "_line_items": {
            "object": "list",
            "data": items,
            "has_more": False,
            "url": f"/v1/checkout/sessions/{wanted}/line_items",
        },
    }
    session.update({name: params.get(name) for name in COPIED})
    return session
