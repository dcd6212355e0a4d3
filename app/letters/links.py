"""Links in letters that let somebody pay without signing in: signed, and good for a while."""

import uuid
from collections.abc import Mapping
from typing import Any

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from app.billing.rules import BillingRefusal
from app.core.refusals import Refused

PAY_PATH = "/pay/"
PAY_LINK_SECONDS = 14 * 24 * 3600
PAY_LETTERS = frozenset({"payment_action", "payment_failed", "payment_last_try", "card_needed"})


def sign_pay_link(secret: str, invoice_id: uuid.UUID) -> str:
    """Return a token that lets its bearer see and pay this one invoice."""
    return _signer(secret).dumps(str(invoice_id))


def read_pay_link(secret: str, token: str, max_age: int = PAY_LINK_SECONDS) -> uuid.UUID:
    """Return the invoice of a token; refuse one that is too old (in seconds) or not ours."""
    try:
        return uuid.UUID(_signer(secret).loads(token, max_age=max_age))
    except SignatureExpired:
        raise Refused(BillingRefusal.LINK_EXPIRED) from None
    except (BadSignature, ValueError, TypeError, AttributeError):
        raise Refused(BillingRefusal.UNKNOWN_INVOICE) from None


def link_facts(secret: str, kind: str, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the paths that a letter may show, made when it is sent."""
    try:
        invoice_id = uuid.UUID(facts["invoice_id"]) if kind in PAY_LETTERS else None
    except (KeyError, ValueError, TypeError, AttributeError):
        invoice_id = None
    return {"pay_path": PAY_PATH + sign_pay_link(secret, invoice_id)} if invoice_id else {}


def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="pay-link")
