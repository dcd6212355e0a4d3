"""A letter that asks for money carries a link that pays one invoice."""

import uuid

import pytest

from app.core.links import PAY, PAY_LASTS, read_link
from app.letters.links import PAY_LETTERS, PAY_PATH, link_facts

SECRET = "a secret of the shop"
INVOICE = uuid.UUID("0198b7a2-0000-7000-8000-000000000001")


@pytest.mark.parametrize("kind", sorted(PAY_LETTERS))
def test_a_letter_that_asks_for_money_links_to_its_invoice(kind):
    path = link_facts(SECRET, kind, {"invoice_id": str(INVOICE)})["pay_path"]
    token = path.removeprefix(PAY_PATH)
    assert read_link(SECRET, PAY, token, PAY_LASTS) == str(INVOICE)
    assert read_link("another secret", PAY, token, PAY_LASTS) is None


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("payment_received", {"invoice_id": str(INVOICE)}),
        ("payment_action", {}),
        ("payment_action", {"invoice_id": "7"}),
        ("payment_action", {"invoice_id": 7}),
        ("payment_action", {"invoice_id": None}),
    ],
)
def test_other_letters_carry_no_link_to_pay(kind, facts):
    assert "pay_path" not in link_facts(SECRET, kind, facts)
