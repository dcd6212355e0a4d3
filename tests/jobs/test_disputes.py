"""A cardholder's bank takes money back: the books, the boxes that wait, and how it ends."""

from dataclasses import replace
from typing import Any

import pytest

from app.billing.models import Payment
from app.core.job_names import Job
from app.finance.dispute_rules import DisputeStatus
from app.finance.models import Dispute, Entry
from app.finance.services.settle_dispute import settle_dispute
from app.fulfilment.export_queries import exportable_lines
from app.fulfilment.models import Batch, Box, BoxHold
from app.fulfilment.rules import BoxStatus
from app.jobs.charging import charge_due
from app.jobs.events import apply_events, fetch_missed_events
from app.jobs.run import do
from tests.jobs.shop_with_stand_in import ACTOR, ShopWithStandIn


@pytest.fixture
def paid(shop_of: ShopWithStandIn) -> ShopWithStandIn:
    """Ada's first box is paid and waits to be packed."""
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    hear(shop_of)
    return shop_of


def hear(shop: ShopWithStandIn) -> dict[str, int]:
    """Take in what the provider tells, and apply it."""
    fetch_missed_events(shop.tools)
    return apply_events(shop.tools)


def open_dispute(shop: ShopWithStandIn) -> dict[str, Any]:
    intent = shop.rows(Payment)[0].provider_id
    made = shop.pull("disputes", payment_intent=intent, reason="product_not_received")
    hear(shop)
    return made


def close(shop: ShopWithStandIn, dispute: dict[str, Any], status: str) -> None:
    shop.pull(f"disputes/{dispute['id']}/close", status=status)
    hear(shop)


def packed(shop: ShopWithStandIn) -> int:
    """Return how many lines the warehouse's file of the first batch has."""
    first = min(shop.rows(Batch), key=lambda batch: batch.ships_on)
    with shop.tools.units(ACTOR) as work:
        return len(exportable_lines(work.session, first.id))


def test_a_dispute_takes_the_money_and_keeps_every_box_back(paid):
    before = paid.balance()
    assert packed(paid) > 0
    dispute = open_dispute(paid)
    after = paid.balance()
    assert after["1150"] == dispute["amount"] == 3000
    assert after["5100"] == 1500
    assert after["1100"] == before["1100"] - 4500
    row = paid.one(Dispute)
    assert (row.status, row.reason) == (DisputeStatus.NEEDS_RESPONSE, "product_not_received")
    assert row.due_by is not None and len(paid.letters("dispute_opened")) == 1
    assert packed(paid) == 0
    paid.close_first_batch()
    held = [box for box in paid.rows(Box) if box.status is BoxStatus.HELD]
    assert [box.reason for box in held] == ["a payment is disputed"]
    assert charge_due(paid.tools) == {}
    assert paid.wrong() == ()


def test_a_dispute_that_is_won_gives_money_and_boxes_back(paid, queue):
    before = paid.balance()
    dispute = open_dispute(paid)
    paid.close_first_batch()
    close(paid, dispute, "won")
    assert paid.balance() == before
    assert paid.one(Dispute).closed_at is not None
    assert paid.one(BoxHold).ended_at is not None
    assert packed(paid) > 0
    rung = [ring for ring in queue.rings if ring[0] is Job.TRY_HELD]
    assert len(rung) == 1
    do(paid.tools, *rung[0][:1], *rung[0][1])
    assert BoxStatus.HELD not in {box.status for box in paid.rows(Box)}
    assert paid.wrong() == ()


def test_a_dispute_that_is_lost_is_a_loss_and_the_boxes_wait_for_a_person(paid):
    dispute = open_dispute(paid)
    close(paid, dispute, "lost")
    after = paid.balance()
    assert "1150" not in after
    assert after["5100"] == 3000 + 1500
    assert paid.one(BoxHold).ended_at is None
    assert paid.wrong() == ()


def test_old_news_of_a_dispute_changes_nothing(paid):
    dispute = open_dispute(paid)
    early = paid.tools.money.dispute(dispute["id"])
    close(paid, dispute, "won")
    entries, balance = len(paid.rows(Entry)), paid.balance()
    with paid.tools.units(ACTOR) as work:
        from_before = settle_dispute(work, early)
    assert from_before and paid.one(Dispute).status is DisputeStatus.WON
    assert (len(paid.rows(Entry)), paid.balance()) == (entries, balance)
    assert paid.one(BoxHold).ended_at is not None


def test_what_was_written_off_can_come_back_after_all(paid):
    """Banks think again: the provider reports a loss, and later that it was won."""
    before = paid.balance()
    dispute = open_dispute(paid)
    told = paid.tools.money.dispute(dispute["id"])
    with paid.tools.units(ACTOR) as work:
        settle_dispute(work, replace(told, status=DisputeStatus.LOST))
    assert paid.balance()["5100"] == 4500
    close(paid, dispute, "won")
    assert paid.one(Dispute).status is DisputeStatus.WON
    assert paid.balance() == before
