"""Refunds: money given back, never more than was taken."""

from app.sandbox import charging, events, taxes
from app.sandbox.endpoints import DATED, Call, Endpoint, listing, retrieve
from app.sandbox.errors import Json, invalid, missing
from app.sandbox.params import merge_metadata
from app.sandbox.state import Book, new_id

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def _charge_to_refund(book: Book, params: Json) -> Json:
    if params.get("charge"):
        return book.find("charge", params["charge"], "charge")
    if not params.get("payment_intent"):
        message = "One of the following params should be provided: payment_intent or charge."
        raise invalid(message, code="parameter_missing")
    intent = book.find("payment_intent", params["payment_intent"], "payment_intent")
    if intent["status"] != "succeeded":
        message = (
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        )
        raise invalid(message, param="payment_intent")
    return book.find("charge", intent["latest_charge"])


def _check(charge: Json, amount: int) -> None:
    if charge["status"] != "succeeded":
        raise invalid(f"Charge {charge['id']} was not successful and cannot be refunded.")
    if charge["disputed"] and not charge.get("_dispute_won"):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise invalid(message, code="charge_disputed")
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise invalid(message, code="charge_already_refunded")
    if amount < 1:
        raise invalid("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        message = (
            f"Refund amount ({_money(amount, charge)}) is greater than unrefunded amount on"
            f" charge ({_money(left, charge)})"
        )
        raise invalid(message, param="amount")


def _money(amount: int, charge: Json) -> str:
    return f"{amount / 100:.2f} {charge['currency'].upper()}"


def _create(call: Call) -> Json:
    book, reason = call.book, call.params.get("reason")
    if reason not in (None, *REASONS):
        raise invalid(f"Invalid reason: {reason}", param="reason")
    charge = _charge_to_refund(book, call.params)
    given = call.params.get("amount")
    amount = charge["amount_captured"] - charge["amount_refunded"] if given is None else given
    _check(charge, amount)
    refund = {
        "id": new_id("re_"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": book.now(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": merge_metadata({}, call.params.get("metadata") or {}),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    refund["balance_transaction"] = charging.move(book, "refund", refund, -amount)["id"]
    book.put(refund)
    _give_back(book, charge, amount)
    taxes.record_back(book, charge, refund)
    events.emit(book, "refund.created", refund)
    events.emit(book, "charge.refunded", charge)
    return refund


def _give_back(book: Book, charge: Json, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    book.put(charge)


def fail(book: Book, refund_id: str) -> Json:
    """Let a refund bounce: the money comes back to the balance."""
    refund = book.find("refund", refund_id, "refund")
    if refund["status"] != "succeeded":
        raise invalid(f"Refund {refund_id} has a status of {refund['status']}.")
    failure = charging.move(book, "refund_failure", refund, refund["amount"])
    refund.update(
        status="failed",
        failure_reason="expired_or_canceled_card",
        failure_balance_transaction=failure["id"],
    )
    book.put(refund)
    _give_back(book, book.find("charge", refund["charge"]), -refund["amount"])
    events.emit(book, "refund.updated", refund, {"status": "succeeded"})
    events.emit(book, "refund.failed", refund)
    return refund


def _update(call: Call) -> Json:
    refund = call.book.find("refund", call.ids["id"])
    if "metadata" in call.params:
        refund["metadata"] = merge_metadata(refund["metadata"], call.params["metadata"])
    return call.book.put(refund)


def _list(call: Call) -> Json:
    for kind in ("payment_intent", "charge"):
        wanted = call.params.get(kind)
        if wanted and call.book.kind_of(wanted) != kind:
            raise missing(kind, wanted, kind)
    return listing(call, "refund", ("payment_intent", "charge"))


ENDPOINTS = [
    Endpoint(
        "POST",
        "/v1/refunds",
        {
            "amount": "integer",
            "charge": "text",
            "metadata": "metadata",
            "payment_intent": "text",
            "reason": "text",
        },
        _create,
    ),
    Endpoint("GET", "/v1/refunds", {**DATED, "payment_intent": "text", "charge": "text"}, _list),
    Endpoint("GET", "/v1/refunds/<id>", {}, retrieve("refund")),
    Endpoint("POST", "/v1/refunds/<id>", {"metadata": "metadata"}, _update),
]
