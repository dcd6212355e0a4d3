"""Payment methods: test cards and bank accounts, attached to a customer or loose."""

from app.sandbox import cards, debits, events
from app.sandbox.endpoints import (
    BILLING,
    PAGE,
    Call,
    Endpoint,
    billing,
    listing,
    retrieve,
)
from app.sandbox.errors import Json, invalid, missing
from app.sandbox.params import Shape, merge_metadata
from app.sandbox.state import Book, new_id, public

CARD: Shape = {
    "number": "text",
    "exp_month": "integer",
    "exp_year": "integer",
    "cvc": "text",
    "token": "text",
}
DEBIT: Shape = {"iban": "text!"}
CREATE: Shape = {
    "type": "text!",
    "card": CARD,
    "sepa_debit": DEBIT,
    "billing_details": BILLING,
    "metadata": "metadata",
}
LATER = (12, 2049)


def new_method(book: Book, number: str, expiry: tuple[int, int] = LATER) -> Json:
    """Return a fresh card that is not kept yet."""
    month, year = expiry
    return {
        "id": new_id("pm_"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing(None),
        "card": cards.card_shape(number, month, year),
        "created": book.now(),
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
        "_number": number,
        "_known": False,
    }


def new_debit(book: Book, iban: str, owner: Json) -> Json:
    """Return a fresh bank account that is not kept yet."""
    return {
        "id": new_id("pm_"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": owner,
        "created": book.now(),
        "customer": None,
        "livemode": False,
        "metadata": {},
        "sepa_debit": debits.shape(iban),
        "type": debits.TYPE,
        "_number": iban,
        "_known": True,
    }


def _make_debit(book: Book, params: Json) -> Json:
    owner = billing(params.get("billing_details"))
    for name in ("name", "email"):
        if not owner[name]:
            message = f"Missing required param: billing_details[{name}]."
            raise invalid(message, code="parameter_missing", param=f"billing_details[{name}]")
    iban = debits.clean(_required(params.get(debits.TYPE) or {}, "iban", debits.TYPE))
    method = new_debit(book, iban, owner)
    method["metadata"] = merge_metadata({}, params.get("metadata") or {})
    return book.put(method)


def resolve(book: Book, wanted: str, param: str = "payment_method") -> Json:
    """Return the card an id names; a test token such as `pm_card_visa` makes a new one."""
    number = cards.number_of(wanted) if wanted.startswith("pm_card_") else None
    if number is not None:
        return book.put(new_method(book, number))
    return book.find("payment_method", wanted, param)


def make(book: Book, params: Json) -> Json:
    """Keep a new card made from typed digits or from a token."""
    if params.get("type") == debits.TYPE:
        return _make_debit(book, params)
    if params.get("type") != "card":
        raise invalid("The sandbox knows the types card and sepa_debit.", param="type")
    card = params.get("card") or {}
    if card.get("token"):
        number, expiry = cards.number_of(card["token"]), LATER
        if number is None:
            raise missing("token", card["token"], "card[token]")
    else:
        number = cards.clean(_required(card, "number"))
        if number not in cards.TRAITS:
            # Somebody's real card: its number must not reach the journal.
            raise cards.NOT_A_TEST_CARD.error()
        expiry = (int(_required(card, "exp_month")), int(_required(card, "exp_year")))
        cards.check_expiry(*expiry, book.now())
    method = new_method(book, number, expiry)
    method["billing_details"] = billing(params.get("billing_details"))
    method["metadata"] = merge_metadata({}, params.get("metadata") or {})
    return book.put(method)


def _required(card: Json, name: str, kind: str = "card") -> str:
    if card.get(name) in (None, ""):
        message = f"Missing required param: {kind}[{name}]."
        raise invalid(message, code="parameter_missing", param=f"{kind}[{name}]")
    return str(card[name])


def check_attachable(book: Book, method: Json) -> None:
    """Raise the decline of a card that the bank will not even let be saved."""
    if method["type"] == debits.TYPE:
        return
    trait = cards.trait_of(method["_number"])
    if trait.decline is not None and not trait.attaches:
        raise trait.decline.error()
    if cards.expired(method["card"]["exp_month"], method["card"]["exp_year"], book.now()):
        raise cards.EXPIRED.error()


def attach(book: Book, method: Json, customer_id: str) -> Json:
    """Give a card to a customer; giving it again to the same one changes nothing."""
    if method["customer"] == customer_id:
        return method
    if method["customer"] is not None:
        raise invalid("The payment method you provided has already been attached to a customer.")
    if method.get("_spent"):
        message = (
            "This PaymentMethod was previously used without being attached to a Customer or was"
            " detached from a Customer, and may not be used again."
        )
        raise invalid(message)
    method["customer"] = customer_id
    book.put(method)
    events.emit(book, "payment_method.attached", method)
    return method


def detach(book: Book, method: Json) -> Json:
    """Take a card away from its customer; it can never be used again."""
    customer_id = method["customer"]
    method.update(customer=None, _spent=True)
    book.put(method)
    previous = {"customer": customer_id}
    events.emit(book, "payment_method.detached", method, previous)
    customer = book.find("customer", customer_id)
    settings = customer["invoice_settings"]
    if settings["default_payment_method"] == method["id"]:
        customer["invoice_settings"] = {**settings, "default_payment_method": None}
        book.put(customer)
        old = {"invoice_settings": settings}
        events.emit(book, "customer.updated", customer, old)
    return method


def _create(call: Call) -> Json:
    return make(call.book, call.params)


def _update(call: Call) -> Json:
    method = call.book.find("payment_method", call.ids["id"])
    before = public(method)
    if "billing_details" in call.params:
        method["billing_details"] = billing(call.params["billing_details"])
    if "metadata" in call.params:
        method["metadata"] = merge_metadata(method["metadata"], call.params["metadata"])
    dates = call.params.get("card") or {}
    if dates:
        method["card"] = {**method["card"], **dates}
        month, year = method["card"]["exp_month"], method["card"]["exp_year"]
        cards.check_expiry(month, year, call.book.now())
    call.book.put(method)
    events.emit(call.book, "payment_method.updated", method, events.changes(before, method))
    return method


def _attach(call: Call) -> Json:
    customer_id = call.params["customer"]
    if call.book.find("customer", customer_id, "customer").get("deleted"):
        raise missing("customer", customer_id, "customer")
    method = resolve(call.book, call.ids["id"])
    check_attachable(call.book, method)
    return attach(call.book, method, customer_id)


def _detach(call: Call) -> Json:
    method = call.book.find("payment_method", call.ids["id"])
    if method["customer"] is None:
        message = (
            "The payment method you provided is not attached to a customer so detachment is"
            " impossible."
        )
        raise invalid(message)
    return detach(call.book, method)


def _list(call: Call) -> Json:
    customer_id = call.ids.get("id") or call.params.get("customer")
    if customer_id:
        call.book.find("customer", customer_id, None if "id" in call.ids else "customer")
        call.params["customer"] = customer_id
    return listing(call, "payment_method", ("customer",), lambda one: bool(one["customer"]))


def _of_customer(call: Call) -> Json:
    method = call.book.find("payment_method", call.ids["method"])
    if method["customer"] != call.ids["id"]:
        raise missing("payment_method", method["id"])
    return method


DATES: Shape = {"exp_month": "integer", "exp_year": "integer"}
ENDPOINTS = [
    Endpoint("POST", "/v1/payment_methods", CREATE, _create),
    Endpoint("GET", "/v1/payment_methods", {**PAGE, "customer": "text", "type": "text"}, _list),
    Endpoint("GET", "/v1/payment_methods/<id>", {}, retrieve("payment_method")),
    Endpoint(
        "POST",
        "/v1/payment_methods/<id>",
        {"billing_details": BILLING, "metadata": "metadata", "card": DATES},
        _update,
    ),
    Endpoint("POST", "/v1/payment_methods/<id>/attach", {"customer": "text!"}, _attach),
    Endpoint("POST", "/v1/payment_methods/<id>/detach", {}, _detach),
    Endpoint("GET", "/v1/customers/<id>/payment_methods", {**PAGE, "type": "text"}, _list),
    Endpoint("GET", "/v1/customers/<id>/payment_methods/<method>", {}, _of_customer),
]
