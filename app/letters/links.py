"""The links that a letter shows; those to pay or to answer are signed: nobody need sign in."""

import uuid
from collections.abc import Mapping
from typing import Any

from app.core.links import GIFT, LEFT, PAY, WAIT, sign_link

HOME_PATH = "/enter"
CARD_PATH = "/invoices/"
PAY_PATH = "/pay/"
GIFTS_PATH = "/gifts/"
CLAIM_PATH = "/gift/"
LEFT_PATH = "/left/"
WAIT_PATH = "/wait-list/"
INVOICE_LETTERS = frozenset({"payment_received", "refund_made"})
PAY_LETTERS = frozenset({"payment_action", "payment_failed", "payment_last_try", "card_needed"})


def link_facts(secret: str, kind: str, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the paths that a letter may show, made when it is sent."""
    known = {"home_path": HOME_PATH, "card_path": CARD_PATH, "gifts_path": GIFTS_PATH}
    try:
        invoice_id = uuid.UUID(facts["invoice_id"]) if kind in PAY_LETTERS else None
    except (KeyError, ValueError, TypeError, AttributeError):
        invoice_id = None
    if kind in INVOICE_LETTERS and "invoice_id" in facts:
        known["invoice_path"] = f"{CARD_PATH}{facts['invoice_id']}"
    if kind == "gift_revealed" and "subscription_id" in facts:
        known["claim_path"] = CLAIM_PATH + sign_link(secret, GIFT, str(facts["subscription_id"]))
    if "entry_id" in facts:
        known["waiting_path"] = WAIT_PATH + sign_link(secret, WAIT, str(facts["entry_id"]))
    if kind == "cut_off_near" and facts.get("asks_box_id"):
        known["left_path"] = LEFT_PATH + sign_link(secret, LEFT, str(facts["asks_box_id"]))
    if invoice_id is not None:
        known["pay_path"] = PAY_PATH + sign_link(secret, PAY, str(invoice_id))
    return known
