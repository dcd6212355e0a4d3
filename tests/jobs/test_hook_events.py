"""What happens in the shop is told: one life of a subscription, event by event."""

import json
import re
from dataclasses import replace
from datetime import date

from sqlalchemy import select

from app.billing.models import Invoice, Payment
from app.billing.services.ask_refund import ask_refund
from app.finance.dispute_rules import DisputeStatus, PayoutStatus
from app.finance.ports import DisputeFacts, PayoutFacts
from app.finance.services.record_shipment import record_shipment
from app.finance.services.settle_dispute import settle_dispute
from app.finance.services.settle_payout import reconcile_payout
from app.fulfilment.models import Parcel
from app.fulfilment.services.cancel_subscription import cancel_subscription
from app.fulfilment.services.pause_subscription import pause_subscription, resume_subscription
from app.fulfilment.services.record_tracking import record_tracking
from app.fulfilment.tracking_rules import TrackingRow
from app.hooks.models import HookDelivery, HookEvent
from app.hooks.rules import LARGEST_BODY, EventType
from app.hooks.services.save_endpoint import EndpointFields, save_endpoint
from app.jobs.charging import charge_due
from app.jobs.refunding import refund_due
from tests.jobs.shop_with_stand_in import ACTOR, BROKE, GOOD

RANDOM_NAME = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}"


def told(shop) -> list[dict]:
    with shop.tools.units(ACTOR) as work:
        rows = work.session.scalars(
            select(HookEvent)
            .join(HookDelivery, HookDelivery.event_id == HookEvent.id)
            .order_by(HookDelivery.id)
        )
        return [json.loads(row.body) for row in rows]


def listen(shop) -> None:
    with shop.tools.units(ACTOR) as work:
        fields = EndpointFields("Books", "https://example.com/hooks", ("*",))
        save_endpoint(work, fields, shop.tools.courier.refusal)


def test_a_life_of_a_subscription_is_told_in_order(shop_of):
    listen(shop_of)
    ada = shop_of.subscribe("Ada", BROKE)
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    shop_of.change_card(ada, GOOD)
    invoice = shop_of.one(Invoice)
    shop_of.move_to(shop_of.clock.moment.replace(day=shop_of.clock.moment.day + 1))
    charge_due(shop_of.tools)
    with shop_of.tools.units(ACTOR) as work:
        number = work.session.scalars(select(Parcel.order_number)).one()
        shipped = record_tracking(work, [TrackingRow(number, "Post", "T1")]).shipped
        record_shipment(work, shipped)
        ask_refund(work, invoice.id, 500, "staff", "a broken bag")
    refund_due(shop_of.tools)
    for deed in (pause_subscription, resume_subscription, cancel_subscription):
        with shop_of.tools.units(ACTOR) as work:
            deed(work, ada.subscriber_id, ada.id)
    events = told(shop_of)
    assert [each["type"] for each in events] == [
        "subscription.activated",
        "invoice.issued",
        "payment.failed",
        "invoice.paid",
        "payment.recovered",
        "box.released",
        "box.shipped",
        "refund.settled",
        "subscription.paused",
        "subscription.resumed",
        "subscription.cancelled",
    ]
    paid = next(each["data"] for each in events if each["type"] == EventType.INVOICE_PAID)
    assert (paid["invoice_id"], paid["total_cents"], paid["currency"]) == (
        str(invoice.id),
        3000,
        "USD",
    )
    assert all(len(json.dumps(each)) < LARGEST_BODY for each in events)
    # Random names may hold any four digits; nothing else may hold those of a card.
    assert "4242" not in re.sub(RANDOM_NAME, "", json.dumps(events))


def test_disputes_and_payouts_are_told_once_each(shop_of):
    listen(shop_of)
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    payment, now = shop_of.one(Payment), shop_of.clock.moment
    disputed = DisputeFacts(
        "dp_1", payment.provider_id, 3000, "USD", "fraudulent", DisputeStatus.NEEDS_RESPONSE,
        now, None, (),
    )  # fmt: skip
    sent = PayoutFacts("po_1", 0, "USD", PayoutStatus.PAID, now, date(2027, 1, 20))
    for _ in range(2):
        with shop_of.tools.units(ACTOR) as work:
            settle_dispute(work, disputed)
            settle_dispute(work, replace(disputed, status=DisputeStatus.WON))
            reconcile_payout(work, sent, ())
    kinds = [each["type"] for each in told(shop_of)][4:]
    assert kinds == ["dispute.opened", "dispute.closed", "payout.paid", "payout.reconciled"]
