"""Objects, lists and refusals look the way the library expects them."""

import inspect
from typing import Any

import pytest
import requests
import stripe

from app.sandbox import (
    billing_portal,
    checkout,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
)


def test_a_paid_intent_expands_down_to_its_fee(client: Any, box: Any) -> None:
    paid = client.v1.payment_intents.confirm(
        box(2900).id,
        {"off_session": True, "expand": ["latest_charge.balance_transaction", "payment_method"]},
    )
    movement = paid.latest_charge.balance_transaction
    assert (movement.amount, movement.fee, movement.net) == (2900, 114, 2786)
    assert paid.payment_method.card.last4 == "4242"
    assert isinstance(paid.latest_charge, stripe.Charge)
    assert paid.livemode is False


def test_a_list_can_expand_what_is_in_its_rows(client: Any, box: Any) -> None:
    client.v1.payment_intents.confirm(box().id)
    rows = client.v1.balance_transactions.list({"expand": ["data.source"]}).data
    assert rows[0].source.object == "charge"


def test_what_cannot_be_expanded_is_named(client: Any, box: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.payment_intents.retrieve(box().id, {"expand": ["colour"]})


def test_pages_follow_each_other_without_gap_or_repetition(client: Any, box: Any) -> None:
    made = [box(1000 + n).id for n in range(7)]
    page = client.v1.payment_intents.list({"limit": 3})
    assert page.has_more
    assert [one.id for one in page.auto_paging_iter()] == made[::-1]
    before = client.v1.payment_intents.list({"limit": 2, "ending_before": made[3]})
    assert [one.id for one in before.data] == [made[5], made[4]]


def test_lists_narrow_by_customer_and_by_time(client: Any, control: Any, box: Any) -> None:
    control.post("/clock", now=1_800_000_000)
    early = box()
    control.post("/clock", now=1_800_000_100)
    late = box()
    found = client.v1.payment_intents.list({"created": {"gte": 1_800_000_050}})
    assert [one.id for one in found.data] == [late.id]
    found = client.v1.payment_intents.list(
        {"customer": early.customer, "created": {"lt": 1_800_000_100}}
    )
    assert [one.id for one in found.data] == [early.id]
    other = client.v1.customers.create({})
    assert client.v1.payment_intents.list({"customer": other.id}).data == []


def test_an_unknown_parameter_is_refused_at_any_depth(client: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.create({"emial": "x"})
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "emial")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.create({"address": {"street": "x"}})
    assert refused.value.param == "address[street]"


def test_a_missing_parameter_and_a_wrong_number_are_named(client: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create({"currency": "usd"})
    assert (refused.value.code, refused.value.param) == ("parameter_missing", "amount")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create({"currency": "usd", "amount": "12.5"})
    assert refused.value.code == "parameter_invalid_integer"


def test_too_small_an_amount_has_its_own_code(client: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create({"currency": "usd", "amount": 49})
    assert refused.value.code == "amount_too_small"


def test_metadata_keeps_to_its_limits(client: Any) -> None:
    customer = client.v1.customers.create({"metadata": {f"k{n}": "v" for n in range(50)}})
    for wrong in ({"extra": "v"}, {"x" * 41: "v"}, {"k0": "v" * 501}):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.customers.update(customer.id, {"metadata": wrong})
    changed = client.v1.customers.update(customer.id, {"metadata": {"k0": "", "extra": "v"}})
    assert "k0" not in changed.metadata
    assert changed.metadata["extra"] == "v"


def test_an_unknown_id_is_404_in_the_address_and_400_in_a_field(client: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.retrieve("cus_nobody")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create(
            {"amount": 900, "currency": "usd", "customer": "cus_nobody"}
        )
    assert (refused.value.http_status, refused.value.param) == (400, "customer")


def test_another_persons_card_is_refused(client: Any, ada: Any) -> None:
    other = client.v1.customers.create({})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create(
            {"amount": 900, "currency": "usd", "customer": other.id, "payment_method": ada[1]}
        )


def test_a_paid_intent_is_neither_paid_again_nor_cancelled(client: Any, box: Any) -> None:
    intent = box()
    client.v1.payment_intents.confirm(intent.id)
    for again in (client.v1.payment_intents.confirm, client.v1.payment_intents.cancel):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            again(intent.id)
        assert refused.value.code == "payment_intent_unexpected_state"
        assert refused.value.error.payment_intent.status == "succeeded"


def test_a_cancelled_intent_is_never_paid(client: Any, box: Any) -> None:
    intent = box()
    assert client.v1.payment_intents.cancel(intent.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.confirm(intent.id)


def test_deleting_a_customer_takes_the_cards_along(client: Any, ada: Any) -> None:
    customer, card = ada
    client.v1.customers.delete(customer)
    assert client.v1.customers.retrieve(customer).deleted
    assert client.v1.payment_methods.retrieve(card).customer is None
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.update(customer, {"name": "Ada"})


def test_keys_other_than_test_keys_are_turned_away(sandbox: Any) -> None:
    for header in ({}, {"Authorization": "Bearer sk_live_x"}, {"Authorization": "Basic ???"}):
        answer = requests.get(f"{sandbox.url}/v1/customers", headers=header, timeout=5)
        assert answer.status_code == 401
    answer = requests.get(f"{sandbox.url}/v1/customers", auth=("sk_test_x", ""), timeout=5)
    assert answer.status_code == 200


def test_a_foreign_host_name_is_turned_away(sandbox: Any) -> None:
    answer = requests.get(
        f"{sandbox.url}/_sandbox/health", headers={"Host": "evil.example"}, timeout=5
    )
    assert answer.status_code == 403


def test_an_unknown_address_answers_in_the_usual_envelope(sandbox: Any) -> None:
    answer = requests.get(f"{sandbox.url}/v1/unicorns", timeout=5)
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "invalid_request_error")


SAME = [
    (customers.ENDPOINTS[0], "CustomerCreateParams"),
    (customers.ENDPOINTS[1], "CustomerListParams"),
    (customers.ENDPOINTS[3], "CustomerUpdateParams"),
    (payment_methods.ENDPOINTS[0], "PaymentMethodCreateParams"),
    (payment_methods.ENDPOINTS[1], "PaymentMethodListParams"),
    (payment_methods.ENDPOINTS[3], "PaymentMethodUpdateParams"),
    (payment_intents.ENDPOINTS[0], "PaymentIntentCreateParams"),
    (payment_intents.ENDPOINTS[1], "PaymentIntentListParams"),
    (payment_intents.ENDPOINTS[3], "PaymentIntentUpdateParams"),
    (payment_intents.ENDPOINTS[4], "PaymentIntentConfirmParams"),
    (setup_intents.ENDPOINTS[0], "SetupIntentCreateParams"),
    (setup_intents.ENDPOINTS[3], "SetupIntentConfirmParams"),
    (refunds.ENDPOINTS[0], "RefundCreateParams"),
    (refunds.ENDPOINTS[1], "RefundListParams"),
    (disputes.ENDPOINTS[0], "DisputeListParams"),
    (events.ENDPOINTS[0], "EventListParams"),
    (checkout.ENDPOINTS[0], "checkout.SessionCreateParams"),
    (checkout.ENDPOINTS[1], "checkout.SessionListParams"),
    (billing_portal.ENDPOINTS[0], "billing_portal.SessionCreateParams"),
]


@pytest.mark.parametrize(("endpoint", "name"), SAME, ids=[name for _, name in SAME])
def test_whatever_the_sandbox_accepts_the_library_knows(endpoint: Any, name: str) -> None:
    module, _, simple = name.rpartition(".")
    place = getattr(stripe.params, module) if module else stripe.params
    known = inspect.get_annotations(getattr(place, simple))
    assert set(endpoint.shape) <= set(known), set(endpoint.shape) - set(known)


def test_events_carry_the_version_of_the_webhook_endpoint(client: Any, control: Any) -> None:
    client.v1.customers.create({})
    assert client.v1.events.list().data[0].api_version == events.API_VERSION
    control.post("/webhook_endpoint", api_version=stripe.api_version)
    client.v1.customers.create({})
    assert client.v1.events.list().data[0].api_version == stripe.api_version


@pytest.mark.parametrize("version", ["2026-09-30.endive", "2026-08-26.dahlia"])
def test_payment_method_types_can_be_listed_before_endive_only(client: Any, version: str) -> None:
    def create() -> Any:
        return client.v1.payment_intents.create(
            {"amount": 900, "currency": "usd", "payment_method_types": ["card"]},
            {"stripe_version": version},
        )

    if version < "2026-09-30":
        assert create().payment_method_types == ["card"]
        return
    with pytest.raises(stripe.InvalidRequestError) as refused:
        create()
    assert refused.value.code == "payment_method_types_no_longer_supported"


def test_a_setup_session_needs_a_currency_or_a_list_of_types(client: Any) -> None:
    params = {"mode": "setup", "success_url": "https://shop.example/"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.checkout.sessions.create(params)
    assert refused.value.param == "currency"
    session = client.v1.checkout.sessions.create(
        {**params, "payment_method_types": ["card"]}, {"stripe_version": "2026-08-26.dahlia"}
    )
    assert session.payment_method_types == ["card"]


def annotated(kind: type) -> set[str]:
    return set(inspect.get_annotations(kind))


def test_objects_have_no_fields_that_the_library_does_not_know(
    client: Any, box: Any, ada: Any, control: Any
) -> None:
    paid = client.v1.payment_intents.confirm(box().id, {"expand": ["latest_charge"]})
    setup = client.v1.setup_intents.create({"customer": ada[0]})
    session = client.v1.checkout.sessions.create(
        {"mode": "setup", "currency": "usd", "success_url": "https://shop.example/"}
    )
    portal = client.v1.billing_portal.sessions.create({"customer": ada[0]})
    refund = client.v1.refunds.create({"payment_intent": paid.id, "amount": 100})
    control.post("/disputes", payment_intent=paid.id)
    dispute = client.v1.disputes.list().data[0]
    movement = client.v1.balance_transactions.list().data[0]
    customer = client.v1.customers.retrieve(ada[0])
    card = client.v1.payment_methods.retrieve(ada[1])
    event = client.v1.events.list().data[0]
    things = (paid, paid.latest_charge, setup, session, portal, refund, dispute, movement)
    for thing in (*things, customer, card, event):
        extra = set(thing.to_dict()) - annotated(type(thing)) - {"id"}
        assert not extra, (type(thing), extra)
