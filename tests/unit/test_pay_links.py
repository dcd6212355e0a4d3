"""A link in a letter pays one invoice, for a while, and cannot be made by others."""

import uuid

import pytest
from itsdangerous import TimestampSigner

from app.billing.rules import BillingRefusal
from app.core.refusals import Refused
from app.letters.links import (
    PAY_LINK_SECONDS,
    link_facts,
    read_pay_link,
    sign_pay_link,
)

SECRET = "a secret of the shop"
INVOICE = uuid.UUID("0198b7a2-0000-7000-8000-000000000001")


def test_a_link_names_its_invoice():
    assert read_pay_link(SECRET, sign_pay_link(SECRET, INVOICE)) == INVOICE


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "\ud800", sign_pay_link("another secret", INVOICE)]
)
def test_a_link_of_somebody_else_is_refused(token):
    with pytest.raises(Refused) as refused:
        read_pay_link(SECRET, token)
    assert refused.value.refusal is BillingRefusal.UNKNOWN_INVOICE


def test_a_changed_link_is_refused():
    token = sign_pay_link(SECRET, INVOICE)
    for place in range(0, len(token), 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(Refused):
            read_pay_link(SECRET, changed)


def test_an_old_link_is_refused_in_words(monkeypatch):
    token = sign_pay_link(SECRET, INVOICE)
    now = TimestampSigner.get_timestamp
    monkeypatch.setattr(
        TimestampSigner, "get_timestamp", lambda self: now(self) + PAY_LINK_SECONDS + 2
    )
    with pytest.raises(Refused) as refused:
        read_pay_link(SECRET, token)
    assert refused.value.refusal is BillingRefusal.LINK_EXPIRED


def test_only_letters_that_ask_for_money_carry_a_link():
    facts = {"invoice_id": str(INVOICE)}
    path = link_facts(SECRET, "payment_action", facts)["pay_path"]
    assert read_pay_link(SECRET, path.removeprefix("/pay/")) == INVOICE
    assert link_facts(SECRET, "payment_received", facts) == {}
    assert link_facts(SECRET, "payment_action", {}) == {}
    assert link_facts(SECRET, "payment_action", {"invoice_id": "7"}) == {}
