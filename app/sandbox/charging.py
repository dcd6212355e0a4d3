"""Charges and the balance: every movement of money, with its fee."""

from app.sandbox import events
from app.sandbox.cards import Decline
from app.sandbox.endpoints import DATED, Call, Endpoint, list_object, listing, retrieve
from app.sandbox.errors import Json
from app.sandbox.state import Book, new_id, public

TWO_DAYS = 2 * 24 * 3600
UNPAID = "none"
# Categories of movements whose type has another name.
TYPES = {"payout_reversal": "payout_failure"}
# What is told of a card on file, but not of a card as it was charged.
ON_FILE_ONLY = ("display_brand", "generated_from", "networks", "three_d_secure_usage")


def fee_for(amount: int) -> int:
    """Return Stripe's 2.9 % + 30, in minor units."""
    return (amount * 29 + 500) // 1000 + 30


def move(book: Book, category: str, source: Json, amount: int, fee: int = 0) -> Json:
    """Write one movement of the balance; `category` is its reporting category."""
    kind = "adjustment" if category.startswith("dispute") else TYPES.get(category, category)
    details = {
        "amount": fee,
        "application": None,
        "currency": source["currency"],
        "description": "Stripe processing fees" if kind == "charge" else "Dispute fee",
        "type": "stripe_fee",
    }
    return book.put(
        {
            "id": new_id("txn_"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": book.now() + (0 if kind == "payout" else TWO_DAYS),
            "balance_type": "payments",
            "created": book.now(),
            "currency": source["currency"],
            "description": source.get("description"),
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [details] if fee else [],
            "net": amount - fee,
            "reporting_category": category,
            "source": source["id"],
            "status": "pending",
            "type": kind,
            "_payout": UNPAID,
        }
    )


def charge(book: Book, intent: Json, method: Json, decline: Decline | None) -> Json:
    """Keep the charge of one attempt, paid or refused, and emit its event."""
    made = _new_charge(book, intent, method)
    if decline is None:
        made.update(paid=True, captured=True, status="succeeded")
        made["amount_captured"] = made["amount"]
        made["outcome"] = _outcome(None)
        fee = fee_for(made["amount"])
        made["balance_transaction"] = move(book, "charge", made, made["amount"], fee)["id"]
    else:
        made.update(failure_code=decline.code, failure_message=decline.message)
        made["outcome"] = _outcome(decline)
    book.put(made)
    events.emit(book, "charge.succeeded" if decline is None else "charge.failed", made)
    return made


def begin(book: Book, intent: Json, method: Json) -> Json:
    """Keep a charge that waits for the bank; no money has moved yet."""
    made = _new_charge(book, intent, method)
    made.update(status="pending", captured=True, amount_captured=made["amount"])
    made["outcome"] = _outcome(None)
    book.put(made)
    events.emit(book, "charge.pending", made)
    return made


def end(book: Book, made: Json, decline: Decline | None) -> Json:
    """End a charge that waited for the bank, paid or refused."""
    if decline is None:
        made.update(paid=True, status="succeeded")
        fee = fee_for(made["amount"])
        made["balance_transaction"] = move(book, "charge", made, made["amount"], fee)["id"]
    else:
        made.update(status="failed", captured=False, amount_captured=0)
        made.update(failure_code=decline.code, failure_message=decline.message)
    book.put(made)
    events.emit(book, "charge.succeeded" if decline is None else "charge.failed", made)
    return made


def _details(intent: Json, method: Json) -> Json:
    """Return what a charge tells of the card, or of the account, that it is taken from."""
    kind = method["type"]
    if kind == "sepa_debit":
        told = {name: each for name, each in method[kind].items() if name != "generated_from"}
        return {kind: {**told, "mandate": None}, "type": kind}
    told = {name: value for name, value in method["card"].items() if name not in ON_FILE_ONLY}
    card = {**told, "three_d_secure": None, "amount_authorized": intent["amount"]}
    return {"card": card, "type": kind}


def _new_charge(book: Book, intent: Json, method: Json) -> Json:
    return {
        "id": new_id("ch_"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "SANDBOX",
        "captured": False,
        "created": book.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": _details(intent, method),
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "failed",
        "transfer_data": None,
        "transfer_group": None,
    }


def _outcome(decline: Decline | None) -> Json:
    refused = decline is not None
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if refused else "approved_by_network",
        "reason": decline.decline_code if decline is not None else None,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "The bank declined the payment." if refused else "Payment complete.",
        "type": "issuer_declined" if refused else "authorized",
    }


def refunds_of(book: Book, charge_id: str) -> Json:
    """Return the list a charge shows when its `refunds` are expanded."""
    ids = reversed(book.linked("refund", "charge", charge_id))
    rows = [public(one) for one in map(book.get, ids) if one is not None]
    return list_object(rows, f"/v1/charges/{charge_id}/refunds")


def settled(book: Book, movement: Json) -> Json:
    """Return a movement with the status it has by now."""
    ready = movement["available_on"] <= book.now()
    return {**movement, "status": "available" if ready else "pending"}


def _list_charges(call: Call) -> Json:
    return listing(call, "charge", ("payment_intent", "customer"))


def _retrieve_movement(call: Call) -> Json:
    return settled(call.book, call.book.find("balance_transaction", call.ids["id"]))


def _list_movements(call: Call) -> Json:
    payout = call.params.get("payout")
    if payout:
        call.book.find("payout", payout, "payout")
        call.params["_payout"] = payout
    found = listing(call, "balance_transaction", ("_payout", "source", "currency", "type"))
    found["data"] = [settled(call.book, row) for row in found["data"]]
    return found


def _balance(call: Call) -> Json:
    sums: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
    for wanted in call.book.ids("balance_transaction"):
        movement = settled(call.book, call.book.find("balance_transaction", wanted))
        part = sums[movement["status"]]
        part[movement["currency"]] = part.get(movement["currency"], 0) + movement["net"]
    shown = {
        name: [{"amount": total, "currency": currency} for currency, total in part.items()]
        for name, part in sums.items()
    }
    return {"object": "balance", "livemode": False, **shown}


ENDPOINTS = [
    Endpoint(
        "GET", "/v1/charges", {**DATED, "payment_intent": "text", "customer": "text"}, _list_charges
    ),
    Endpoint("GET", "/v1/charges/<id>", {}, retrieve("charge")),
    Endpoint("GET", "/v1/balance", {}, _balance),
    Endpoint(
        "GET",
        "/v1/balance_transactions",
        {**DATED, "payout": "text", "source": "text", "currency": "text", "type": "text"},
        _list_movements,
    ),
    Endpoint("GET", "/v1/balance_transactions/<id>", {}, _retrieve_movement),
]
