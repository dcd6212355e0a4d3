"""Test bank accounts for SEPA debits, and debits on their way: pending for days, then decided."""

import hashlib
from dataclasses import dataclass

from app.sandbox import charging, events, taxes
from app.sandbox.cards import Decline
from app.sandbox.errors import Json, card_error, invalid
from app.sandbox.state import Book, public

TYPE = "sepa_debit"
# So long a bank takes unless somebody pulls the lever before.
BANK_TAKES = 5 * 24 * 3600
REFUSED = "payment_intent_payment_attempt_failed"


@dataclass(frozen=True)
class Account:
    """How a test account behaves: what its bank says in the end, None for success."""

    failure: str | None = None
    message: str = "The customer's bank account could not be debited."


ACCOUNTS: dict[str, Account] = {
    "DE89370400440532013000": Account(),
    "AT611904300234573201": Account(),
    "FR1420041010050500013M02606": Account(),
    "DE62370400440532013001": Account("insufficient_funds", "The account has too little money."),
    "AT861904300235473202": Account("account_closed", "The customer's account is closed."),
}


def clean(typed: str) -> str:
    """Return a test account's number as a person types it, or raise `invalid_bank_account_iban`."""
    iban = typed.replace(" ", "").upper()
    if iban not in ACCOUNTS:
        message = "The IBAN you provided is invalid, or no test account of the sandbox."
        raise invalid(message, code="invalid_bank_account_iban", param="sepa_debit[iban]")
    return iban


def shape(iban: str) -> Json:
    """Return the `sepa_debit` part of a payment method."""
    return {
        "bank_code": iban[4:12],
        "branch_code": "",
        "country": iban[:2],
        "fingerprint": hashlib.sha256(iban.encode()).hexdigest()[:16],
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": iban[-4:],
    }


def begin(book: Book, intent: Json, method: Json) -> Json:
    """Hand a debit to the bank; the intent is processing until it is decided."""
    made = charging.begin(book, intent, method)
    intent.update(
        status="processing",
        next_action=None,
        last_payment_error=None,
        payment_method=method["id"],
        latest_charge=made["id"],
        _decided_at=book.now() + BANK_TAKES,
    )
    book.put(intent)
    events.emit(book, "payment_intent.processing", intent)
    return intent


def decide(book: Book, intent_id: str, failure: str | None) -> Json:
    """Let the bank decide now: for success, or against it with a failure code."""
    intent = book.find("payment_intent", intent_id, "payment_intent")
    if intent["status"] != "processing":
        raise invalid("Only a PaymentIntent that is processing can be decided.")
    charge = book.find("charge", intent["latest_charge"])
    if failure is None:
        charging.end(book, charge, None)
        intent.update(status="succeeded", amount_received=intent["amount"])
        book.put(intent)
        events.emit(book, "payment_intent.succeeded", intent)
        taxes.record_paid(book, intent)
        return intent
    return _refuse(book, intent, charge, failure)


def _refuse(book: Book, intent: Json, charge: Json, failure: str) -> Json:
    method = book.find("payment_method", intent["payment_method"])
    message = Account().message
    charging.end(book, charge, Decline(failure, failure, message))
    error = card_error(REFUSED, message, charge=charge["id"], payment_method=public(method))
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        last_payment_error=error.body()["error"].copy(),
    )
    book.put(intent)
    events.emit(book, "payment_intent.payment_failed", intent)
    return intent


def decide_due(book: Book) -> None:
    """Let banks decide about every debit whose time has come, as its account behaves."""
    for wanted in book.linked("payment_intent", "status", "processing").copy():
        intent = book.find("payment_intent", wanted)
        if intent["_decided_at"] <= book.now():
            method = book.find("payment_method", intent["payment_method"])
            decide(book, wanted, ACCOUNTS[method["_number"]].failure)
