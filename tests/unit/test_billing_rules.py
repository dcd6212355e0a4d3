"""How charges end and when they are tried again."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from app.billing.rules import (
    DeclineKind,
    InvoiceDraft,
    InvoiceLineDraft,
    decline_kind,
    key_is_known,
    next_try,
)

FIRST = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("insufficient_funds", DeclineKind.SOFT),
        ("generic_decline", DeclineKind.SOFT),
        ("expired_card", DeclineKind.SOFT),
        ("stolen_card", DeclineKind.HARD),
        ("lost_card", DeclineKind.HARD),
        ("authentication_required", DeclineKind.ACTION),
        ("payment_intent_authentication_failure", DeclineKind.ACTION),
    ],
)
def test_each_decline_asks_for_something_else(code, kind):
    assert decline_kind(code) is kind


def test_tries_are_counted_from_the_first_failure():
    assert next_try(FIRST, 1, (1, 3)) == FIRST + timedelta(days=1)
    assert next_try(FIRST, 2, (1, 3)) == FIRST + timedelta(days=3)
    assert next_try(FIRST, 3, (1, 3)) is None
    assert next_try(FIRST, 1, ()) is None


def test_the_older_of_two_ages_decides_about_a_key():
    assert key_is_known((timedelta(minutes=1), timedelta(hours=19)))
    assert not key_is_known((timedelta(minutes=1), timedelta(hours=21)))


def test_a_draft_taxes_its_sum_once():
    lines = (InvoiceLineDraft("Box", 1, 3000), InvoiceLineDraft("Not in this box", 1, -1500))
    amounts = InvoiceDraft(uuid.uuid4(), uuid.uuid4(), 0, lines, 625).sum()
    assert (amounts.net, amounts.tax, amounts.total) == (1500, 94, 1594)
