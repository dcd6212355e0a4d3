"""Payouts: what the balance holds is sent to the bank, and every row says with which payout."""

from app.sandbox import charging, events
from app.sandbox.endpoints import DATED, Call, Endpoint, listing, retrieve
from app.sandbox.errors import Json, invalid
from app.sandbox.state import Book, new_id


def pay_out(book: Book, currency: str, until: int | None = None) -> Json:
    """Send every movement not yet paid out, made before `until` when that is given."""
    waiting = book.linked("balance_transaction", "_payout", charging.UNPAID)
    rows = [book.find("balance_transaction", wanted) for wanted in waiting]
    rows = [row for row in rows if _goes(row, currency, until)]
    total = sum(row["net"] for row in rows)
    if total <= 0:
        raise invalid(f"There is nothing to pay out: the balance is {total} {currency}.")
    payout = _new_payout(book, currency, total)
    out = charging.move(book, "payout", payout, -total)
    for row in [*rows, out]:
        book.put({**row, "_payout": payout["id"]})
    payout["balance_transaction"] = out["id"]
    book.put(payout)
    for kind in ("payout.created", "payout.paid", "payout.reconciliation_completed"):
        events.emit(book, kind, payout)
    return payout


def _goes(row: Json, currency: str, until: int | None) -> bool:
    return row["currency"] == currency and (until is None or row["created"] < until)


def fail(book: Book, payout_id: str) -> Json:
    """Let the bank refuse a payout: its money returns to the balance."""
    payout = book.find("payout", payout_id, "payout")
    if payout["status"] == "failed":
        raise invalid(f"Payout {payout_id} has failed already.")
    back = charging.move(book, "payout_reversal", payout, payout["amount"])
    payout.update(
        status="failed",
        failure_code="account_closed",
        failure_message="The bank account has been closed.",
        failure_balance_transaction=back["id"],
    )
    book.put(payout)
    events.emit(book, "payout.failed", payout)
    return payout


def _new_payout(book: Book, currency: str, amount: int) -> Json:
    return {
        "id": new_id("po_"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": book.now() + charging.TWO_DAYS,
        "automatic": True,
        "balance_transaction": None,
        "created": book.now(),
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": "ba_sandbox",
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "paid",
        "trace_id": None,
        "type": "bank_account",
    }


def _list(call: Call) -> Json:
    return listing(call, "payout", ("status",))


ENDPOINTS = [
    Endpoint("GET", "/v1/payouts", {**DATED, "status": "text"}, _list),
    Endpoint("GET", "/v1/payouts/<id>", {}, retrieve("payout")),
]
