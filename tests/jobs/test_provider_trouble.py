"""The provider fails in every way that networks and servers fail; afterwards all is as it should.

Time goes on in minutes, as the sweep does: leases, the shop's clock and the age of attempts.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from sqlalchemy import text

from app.adapters.stripe_calls import stripe_client
from app.adapters.stripe_gateway import StripeGateway
from app.adapters.stripe_lists import StripeLists
from app.billing.models import Invoice, Refund
from app.billing.ports import OutcomeUnknown
from app.billing.rules import InvoiceStatus, RefundStatus
from app.billing.services.ask_refund import ask_refund
from app.jobs.charging import charge_due
from app.jobs.events import apply_events, fetch_missed_events
from app.jobs.refunding import refund_due
from tests.jobs.shop_with_stand_in import ACTOR

MINUTE = timedelta(minutes=1)
AGES = (
    "UPDATE payment SET lease_until = lease_until - interval '1 minute'",
    "UPDATE refund SET lease_until = lease_until - interval '1 minute'",
    "UPDATE provider_event SET lease_until = lease_until - interval '1 minute',"
    " next_try_at = next_try_at - interval '1 minute' WHERE status = 'waiting'",
    "UPDATE attempt SET begun_real_at = begun_real_at - interval '1 minute'",
)


def impatient(shop):
    """Return tools whose client does not try again by itself, so that nobody has to wait."""
    client = stripe_client("sk_test_sandbox", shop.url, retries=0)
    return replace(shop.tools, gateway=StripeGateway(client), books=StripeLists(client))


def a_minute_later(shop) -> None:
    """Let a minute pass on all clocks, and do what the sweep rings for."""
    with shop.tools.engine.begin() as connection:
        for statement in AGES:
            connection.execute(text(statement))
    with shop.tools.units(ACTOR) as work:
        now = work.now
    shop.move_to(now + MINUTE)
    work_through(shop)


def work_through(shop) -> None:
    charge_due(shop.tools)
    refund_due(shop.tools)
    fetch_missed_events(shop.tools)
    apply_events(shop.tools)


def settled(shop) -> bool:
    paid = [
        each.status in (InvoiceStatus.PAID, InvoiceStatus.REFUNDED) for each in shop.rows(Invoice)
    ]
    given = [each.status is RefundStatus.SUCCEEDED for each in shop.rows(Refund)]
    return all(paid) and all(given)


@pytest.mark.parametrize(
    "kind", ["status_429", "status_500", "timeout_before", "timeout_after", "cut"]
)
def test_trouble_loses_nothing_doubles_nothing_and_is_over_in_15_minutes(shop_of, kind):
    shop_of.tools = impatient(shop_of)
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    with shop_of.tools.units(ACTOR) as work:
        ask_refund(work, shop_of.rows(Invoice)[0].id, 700, "test", "trouble")
    shop_of.close_first_batch()
    shop_of.fault(kind, "/v1/", times=100_000)
    for _ in range(2):
        with suppress(OutcomeUnknown):
            a_minute_later(shop_of)
    assert not settled(shop_of)

    requests.delete(f"{shop_of.url}/_sandbox/faults", timeout=10).raise_for_status()
    minutes = 0
    while not settled(shop_of) and minutes <= 15:
        a_minute_later(shop_of)
        minutes += 1
    assert minutes <= 15
    a_minute_later(shop_of)
    taken = [each.payment_id for each in shop_of.tools.books.payments() if each.amount_cents]
    assert len(taken) == len(set(taken)) == 2
    assert len(shop_of.tools.books.refunds()) == 1
    assert shop_of.wrong() == ()
