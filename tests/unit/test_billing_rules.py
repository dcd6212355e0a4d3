"""How charges end and when they are tried again."""

import uuid
from datetime import timedelta

import pytest

from app.billing.rules import (
    DeclineKind,
    InvoiceDraft,
    InvoiceLineDraft,
    decline_kind,
    key_is_known,
)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("insufficient_funds", DeclineKind.SOFT),
        ("generic_decline", DeclineKind.SOFT),
        ("try_again_later", DeclineKind.SOFT),
        ("expired_card", DeclineKind.HARD),
        ("stolen_card", DeclineKind.HARD),
        ("lost_card", DeclineKind.HARD),
        ("authentication_required", DeclineKind.ACTION),
        ("payment_intent_authentication_failure", DeclineKind.ACTION),
    ],
)
def test_each_decline_asks_for_something_else(code, kind):
    assert decline_kind(code) is kind


def test_the_older_of_two_ages_decides_about_a_key():
    assert key_is_known((timedelta(minutes=1), timedelta(hours=19)))
    assert not key_is_known((timedelta(minutes=1), timedelta(hours=21)))


def test_a_draft_taxes_its_sum_once():
    lines = (InvoiceLineDraft("Box", 1, 3000), InvoiceLineDraft("Not in this box", 1, -1500))
    amounts = InvoiceDraft(uuid.uuid4(), uuid.uuid4(), 0, lines, 625).sum()
    assert (amounts.net, amounts.tax, amounts.total) == (1500, 94, 1594)
