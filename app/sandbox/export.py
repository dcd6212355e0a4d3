"""The provider's own list of everything that moved money, for counting without paging."""

from app.sandbox.errors import Json
from app.sandbox.state import Book

SHOWN = {
    "payment_intents": (
        "payment_intent",
        (
            "id",
            "amount",
            "amount_received",
            "created",
            "currency",
            "customer",
            "latest_charge",
            "metadata",
            "payment_method",
            "status",
        ),
    ),
    "charges": (
        "charge",
        (
            "id",
            "amount",
            "amount_refunded",
            "created",
            "failure_code",
            "payment_intent",
            "status",
        ),
    ),
    "refunds": (
        "refund",
        ("id", "amount", "charge", "created", "metadata", "payment_intent", "status"),
    ),
    "disputes": ("dispute", ("id", "amount", "charge", "created", "payment_intent", "status")),
    "balance_transactions": (
        "balance_transaction",
        ("id", "amount", "created", "fee", "net", "reporting_category", "source"),
    ),
}


def compact(book: Book) -> Json:
    """Return every object that concerns money, with few fields each, oldest first."""
    return {name: _rows(book, kind, fields) for name, (kind, fields) in SHOWN.items()}


def _rows(book: Book, kind: str, fields: tuple[str, ...]) -> list[Json]:
    things = (book.find(kind, wanted) for wanted in book.ids(kind))
    return [{field: thing[field] for field in fields} for thing in things]
