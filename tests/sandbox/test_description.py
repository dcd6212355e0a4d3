"""The provider's own description is there, and the check against it sees faults."""

from tests.stripe_description import description

CARD = {"method": "POST", "rule": "/v1/refunds", "status": 200}


def faults(**exchange):
    return list(description().faults({**CARD, "body": {}, **exchange}))


def test_a_field_that_the_provider_does_not_know_is_found():
    (first, *_) = faults(fields=[["payment_intent", "pi_1"], ["colour", "red"]])
    assert "colour" in first


def test_a_word_instead_of_an_amount_is_found():
    (first, *_) = faults(fields=[["amount", "ten"]])
    assert first.startswith("POST /v1/refunds: amount")


def test_notes_that_are_too_long_are_found():
    found = faults(fields=[["metadata[note]", "x" * 501], ["metadata[" + "k" * 41 + "]", "1"]])
    assert {
        "POST /v1/refunds: metadata: too many keys, or too long ones",
        "POST /v1/refunds: metadata: a value of more than 500 letters",
    } <= set(found)


def test_what_cannot_be_expanded_is_found():
    good = [["expand[0]", "charge.balance_transaction"]]
    assert not any("expand" in each for each in faults(fields=good))
    assert any("expand" in each for each in faults(fields=[["expand[0]", "amount"]]))


def test_an_answer_that_lacks_a_field_is_found():
    assert "required" in faults(fields=[])[0]


def test_an_event_about_an_unknown_thing_is_found():
    body = {"type": "tea.brewed", "object": "event", "data": {"object": {"object": "tea"}}}
    found = list(description().faults({"method": "EVENT", "body": body}))
    assert "event tea.brewed: no such object as tea" in found


def test_an_address_that_the_provider_does_not_have_is_found():
    assert faults(rule="/v1/teas", fields=[]) == ["POST /v1/teas: the provider has no such address"]
