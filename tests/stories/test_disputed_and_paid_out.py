"""A bank takes a payment back, the provider pays the rest out: every cent is told where it is."""

from datetime import date

import pytest
from standardwebhooks import Webhook

from app.billing.models import Payment
from app.finance.dispute_rules import DisputeStatus, PayoutStatus
from app.finance.models import Dispute, Payout, PayoutLine
from app.finance.recurring_queries import recurring_months
from app.finance.rules import Ledger
from app.finance.services.write_evidence import write_evidence
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.pause_subscription import pause_subscription
from app.hooks.services.save_endpoint import EndpointFields, save_endpoint
from app.jobs.batches import fill_held
from app.jobs.events import fetch_missed_events
from tests.cast import WEEKLY
from tests.receiver import receiving
from tests.stories.ahead import balance, ship_released
from tests.stories.quoted import FIRST, SECOND, local

MONEY = (Ledger.STRIPE, Ledger.DISPUTED, Ledger.DISPUTES, Ledger.BANK, Ledger.DEFERRED)


@pytest.fixture
def receiver():
    """Another program, that listens on a port of this machine."""
    with receiving() as held:
        yield held


def hear(shop) -> None:
    """Take in what the provider tells."""
    fetch_missed_events(shop.tools)
    shop.run_due()


def test_a_disputed_payment_stops_boxes_and_a_payout_is_matched_line_by_line(open_shop, receiver):
    shop = open_shop(local(2, 26), hooks_to_this_machine=True)
    shop.stock()
    with shop.tools.units(shop.actor) as work:
        asked = EndpointFields("Books", receiver.url, ("dispute.*", "payout.*"))
        endpoint = save_endpoint(work, asked, shop.tools.courier.refusal)
    plan = shop.plan(WEEKLY)
    ada, ben, cleo = (shop.subscribe(name, plan) for name in ("Ada", "Ben", "Cleo"))
    with shop.tools.units(shop.actor) as work:
        pause_subscription(work, cleo[0].id, cleo[1].id, None)
    shop.live_at(local(3, 1))
    hear(shop)
    fees = balance(shop, Ledger.FEES)
    assert (balance(shop, Ledger.STRIPE), balance(shop, Ledger.DEFERRED)) == (6000 - fees, -6000)

    paid = shop.payment(shop.box_on(ben[1], FIRST))
    made = shop.lever("disputes", payment_intent=paid.provider_id, reason="product_not_received")
    hear(shop)
    # The money is gone until it is decided, with the bank's fee; nothing more is sent to Ben.
    assert [balance(shop, each) for each in MONEY] == [6000 - fees - 4500, 3000, 1500, 0, -6000]
    (dispute,) = shop.rows(Dispute)
    assert (dispute.status, len(shop.letters("dispute_opened"))) == (
        DisputeStatus.NEEDS_RESPONSE,
        1,
    )
    shop.live_at(local(3, 8))
    assert {shop.box_on(ben[1], SECOND).status} == {BoxStatus.HELD}
    assert len(shop.rows(Payment)) == 3
    with shop.tools.units(shop.actor) as work:
        write_evidence(work, dispute.id, "The carrier's number is 1Z9.", ada[0].id)
    shop.lever(f"disputes/{made['id']}/close", status="won")
    hear(shop)
    fill_held(shop.tools, shop.box_on(ben[1], SECOND).batch_id)
    shop.run_due()
    assert shop.shipped_days(ben[1]) == [FIRST, SECOND]
    assert ship_released(shop) == 4

    hear(shop)
    fees = balance(shop, Ledger.FEES)
    sent = shop.lever("payouts")
    hear(shop)
    (payout,) = shop.rows(Payout)
    lines = shop.rows(PayoutLine)
    assert sent["amount"] == payout.amount_cents == 12_000 - fees
    assert (payout.status, payout.reconciled_at is not None) == (PayoutStatus.PAID, True)
    assert sum(line.net_cents for line in lines) == payout.amount_cents
    assert all(line.entry_id for line in lines)
    assert [balance(shop, each) for each in MONEY] == [0, 0, 0, 12_000 - fees, 0]
    assert balance(shop, Ledger.BOXES) == -12_000
    # What comes again each month, by its written definition: 30.00 x 30 / 7, the paused one apart.
    with shop.tools.units(shop.actor) as work:
        month = recurring_months(work.session, date(2027, 3, 1), work.shop.zone)[-1]
    assert (month.running_cents, month.paused_cents) == (2 * 12_857, 12_857)
    assert {box.status for box in shop.rows(Box, Box.subscription_id == cleo[1].id)} <= {
        BoxStatus.PAUSED,
        BoxStatus.PLANNED,
    }
    told = [Webhook(endpoint.secret).verify(body, headers) for _, headers, body in receiver.came]
    assert sorted((each["type"], each["data"]["amount_cents"]) for each in told) == [
        ("dispute.closed", 3000),
        ("dispute.opened", 3000),
        ("payout.paid", 12_000 - fees),
        ("payout.reconciled", 12_000 - fees),
    ]
