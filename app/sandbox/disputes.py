"""Disputes: a cardholder's bank takes the money back, and sometimes returns it."""

from app.sandbox import charging, events
from app.sandbox.endpoints import DATED, Call, Endpoint, listing, retrieve
from app.sandbox.errors import Json, invalid
from app.sandbox.params import Shape, merge_metadata
from app.sandbox.state import Book, new_id, public

FEE = 1500
WEEK = 7 * 24 * 3600
EVIDENCE: Shape = dict.fromkeys(
    (
        "customer_communication",
        "customer_email_address",
        "customer_name",
        "product_description",
        "receipt",
        "service_date",
        "shipping_address",
        "shipping_carrier",
        "shipping_date",
        "shipping_documentation",
        "shipping_tracking_number",
        "uncategorized_file",
        "uncategorized_text",
    ),
    "text",
)


def open_dispute(book: Book, intent_id: str, amount: int | None, reason: str) -> Json:
    """Dispute a paid intent: the amount and a fee leave the balance at once."""
    intent = book.find("payment_intent", intent_id, "payment_intent")
    if intent["status"] != "succeeded":
        raise invalid("Only a paid PaymentIntent can be disputed.", param="payment_intent")
    charge = book.find("charge", intent["latest_charge"])
    if charge["disputed"]:
        raise invalid(f"Charge {charge['id']} is already disputed.", param="payment_intent")
    dispute = _new_dispute(book, charge, amount or charge["amount_captured"], reason)
    taken = charging.move(book, "dispute", dispute, -dispute["amount"], FEE)
    dispute["balance_transactions"] = [public(taken)]
    book.put(dispute)
    charge["disputed"] = True
    book.put(charge)
    events.emit(book, "charge.dispute.created", dispute)
    events.emit(book, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def _new_dispute(book: Book, charge: Json, amount: int, reason: str) -> Json:
    return {
        "id": new_id("du_"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": book.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": book.now() + WEEK,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": charge["payment_method_details"]["card"]["brand"],
                "case_type": "chargeback",
                "network": charge["payment_method_details"]["card"]["brand"],
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": reason,
        "status": "needs_response",
    }


def close_dispute(book: Book, dispute_id: str, status: str) -> Json:
    """End a dispute; a won one brings the amount and the fee back."""
    dispute = book.find("dispute", dispute_id, "dispute")
    if dispute["status"] in ("won", "lost"):
        raise invalid(f"Dispute {dispute_id} is already {dispute['status']}.")
    before, dispute["status"] = dispute["status"], status
    if status == "won":
        back = charging.move(book, "dispute_reversal", dispute, dispute["amount"], -FEE)
        dispute["balance_transactions"].append(public(back))
        charge = book.find("charge", dispute["charge"])
        book.put({**charge, "_dispute_won": True})
    book.put(dispute)
    events.emit(book, "charge.dispute.closed", dispute, {"status": before})
    if status == "won":
        events.emit(book, "charge.dispute.funds_reinstated", dispute)
    return dispute


def _update(call: Call) -> Json:
    dispute = call.book.find("dispute", call.ids["id"])
    if dispute["status"] in ("won", "lost"):
        raise invalid("This dispute is already closed.")
    before = public(dispute)
    if "metadata" in call.params:
        dispute["metadata"] = merge_metadata(dispute["metadata"], call.params["metadata"])
    given = {key: value for key, value in (call.params.get("evidence") or {}).items() if value}
    if given:
        dispute["evidence"] = {**dispute["evidence"], **given}
        dispute["evidence_details"]["has_evidence"] = True
    if call.params.get("submit", True) and given:
        dispute["evidence_details"]["submission_count"] += 1
        dispute["status"] = "under_review"
    call.book.put(dispute)
    events.emit(call.book, "charge.dispute.updated", dispute, events.changes(before, dispute))
    return dispute


def _close(call: Call) -> Json:
    return close_dispute(call.book, call.book.find("dispute", call.ids["id"])["id"], "lost")


def _list(call: Call) -> Json:
    return listing(call, "dispute", ("payment_intent", "charge"))


ENDPOINTS = [
    Endpoint("GET", "/v1/disputes", {**DATED, "payment_intent": "text", "charge": "text"}, _list),
    Endpoint("GET", "/v1/disputes/<id>", {}, retrieve("dispute")),
    Endpoint(
        "POST",
        "/v1/disputes/<id>",
        {"evidence": EVIDENCE, "metadata": "metadata", "submit": "boolean"},
        _update,
    ),
    Endpoint("POST", "/v1/disputes/<id>/close", {}, _close),
]
