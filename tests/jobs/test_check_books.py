"""The books hold after a whole life, and every single thing that can be wrong is found."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.billing.rules import PaymentStatus
from app.finance.models import BookCheck
from app.finance.services.check_books import check_books
from app.finance.services.record_shipment import record_shipment
from app.fulfilment.models import Batch, Parcel
from app.fulfilment.services.export_batch import export_batch
from app.fulfilment.services.record_tracking import record_tracking
from app.fulfilment.tracking_rules import TrackingRow
from app.jobs.charging import charge_due
from app.jobs.events import apply_events, fetch_missed_events
from app.wiring.prove_books import events_of, prove_books, provider_facts
from tests.jobs.shop_with_stand_in import ACTOR, BROKE, ShopWithStandIn

NOW = timedelta(0)


@pytest.fixture
def lived(shop_of) -> ShopWithStandIn:
    """A shop with three boxes charged, one of them declined, one shipped, all exported."""
    for name in ("Ada", "Ben"):
        shop_of.subscribe(name)
    shop_of.subscribe("Cleo", BROKE)
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    composed = next(each for each in shop_of.rows(Batch) if each.composed_at)
    with shop_of.tools.units(ACTOR) as work:
        export_batch(work, composed.id)
    parcel = min(shop_of.rows(Parcel), key=lambda each: each.order_number)
    shop_of.move_to(shop_of.clock.moment + timedelta(days=3))
    with shop_of.tools.units(ACTOR) as work:
        report = record_tracking(work, [tracking_row(parcel.order_number, composed)])
        assert record_shipment(work, report.shipped) == 1
        assert record_shipment(work, report.shipped) == 0
        work.session.execute(text("UPDATE letter SET sent_at = now()"))
    return shop_of


def tracking_row(order_number: str, batch: Batch) -> TrackingRow:
    """One line of a carrier's file."""
    return TrackingRow(order_number, "USPS", "1Z", batch.ships_on)


def test_the_books_hold_after_a_life(lived):
    assert prove_books(lived.tools, ACTOR, NOW) == ()
    assert lived.balance() == {"1100": 5766, "2000": -3000, "4000": -3000, "5000": 234}
    assert lived.one(BookCheck).violations == []


A_BOX = "(SELECT min(number) FROM box WHERE status = 'released')"
PAID = "(SELECT id FROM invoice WHERE status = 'paid' ORDER BY number LIMIT 1)"
DEFECTS = {
    "two attempts of a payment succeeded": (
        "I1",
        "INSERT INTO attempt (payment_id, number, idempotency_key, status, begun_at,"
        " begun_real_at) SELECT payment_id, 9, 'x', 'succeeded', begun_at, begun_real_at"
        " FROM attempt WHERE status = 'succeeded' LIMIT 1",
    ),
    "a released box is not paid": ("I2", f"UPDATE invoice SET status = 'open' WHERE id = {PAID}"),
    "a ready parcel without a released box": (
        "I2",
        f"UPDATE box SET status = 'composed' WHERE number = {A_BOX}",
    ),
    "a released box without a parcel": (
        "I2",
        f"DELETE FROM parcel WHERE box_id = (SELECT id FROM box WHERE number = {A_BOX})",
    ),
    "a paid invoice whose box is gone": (
        "I3",
        f"UPDATE box SET status = 'voided' WHERE number = {A_BOX}",
    ),
    "a paid box that is not released": (
        "I3",
        f"UPDATE box SET status = 'composed' WHERE number = {A_BOX}",
    ),
    "an owed invoice without a payment": (
        "I3",
        "UPDATE payment SET invoice_id = gen_random_uuid() WHERE status = 'created'",
    ),
    "more reserved than its reservations": (
        "I4",
        "UPDATE stock SET reserved = reserved + 1, on_hand = on_hand - 1",
    ),
    "more received than was counted": (
        "I4",
        "UPDATE stock SET received = received + 1, on_hand = on_hand + 1",
    ),
    "a box line that nothing was reserved for": ("I4", "UPDATE box_line SET units = units + 1"),
    "an entry that does not balance": (
        "I5",
        "UPDATE posting SET amount_cents = amount_cents + 1 WHERE account = '4000'",
    ),
    "a paid charge missing in the diary": ("I5", "DELETE FROM entry WHERE source = 'payment'"),
    "a sale that nobody paid": (
        "I5",
        "UPDATE entry SET source_id = 'pi_x' WHERE id = (SELECT id FROM entry"
        " WHERE source = 'payment' LIMIT 1)",
    ),
    "invoice lines that do not add up": (
        "I5",
        "UPDATE invoice_line SET amount_cents = amount_cents - 1",
    ),
    "money given back that no refund knows": (
        "I5",
        f"UPDATE invoice SET refunded_cents = 5 WHERE id = {PAID}",
    ),
    "a shipped box that is still deferred": ("I5", "DELETE FROM entry WHERE source = 'shipment'"),
    "a fee that the provider did not take": (
        "I5",
        "UPDATE posting SET amount_cents = amount_cents + 1 WHERE account = '5000'",
    ),
    "a dead event": (
        "I6",
        "INSERT INTO provider_event (id, type, created, object_id, payload, status, received_at,"
        " next_try_at) VALUES ('evt_1', 'x', 1, 'o', '', 'dead', now(), now())",
    ),
    "an event that waits for long": (
        "I6",
        "INSERT INTO provider_event (id, type, created, object_id, payload, status, received_at,"
        " next_try_at) VALUES ('evt_1', 'x', 1, 'o', '', 'waiting', now(),"
        " now() - interval '1 hour')",
    ),
    "a success that was applied without effect": (
        "I6",
        "INSERT INTO provider_event (id, type, created, object_id, payload, status, received_at,"
        " next_try_at) SELECT 'evt_1', 'payment_intent.succeeded', 1, provider_id, '', 'done',"
        " now(), now() FROM payment WHERE status = 'created'",
    ),
    "a status that changed unseen": (
        "I7",
        "UPDATE subscription SET status = 'paused' WHERE number = (SELECT min(number)"
        " FROM subscription)",
    ),
    "a step that nobody declared": (
        "I7",
        "INSERT INTO audit_entry (at, actor, request_id, table_name, row_id, action, change)"
        " VALUES (now(), 'a:b', 'r', 'box', 'x', 'update',"
        """ '{"status": ["shipped", "planned"]}')""",
    ),
    "a box on a wrong day": (
        "I8",
        "UPDATE box SET ships_on = ships_on + 1 WHERE status = 'planned'",
    ),
    "a cycle without a box": ("I8", "DELETE FROM box WHERE cycle = 2"),
    "an active subscription without boxes ahead": (
        "I8",
        "UPDATE box SET ships_on = ships_on - 700 WHERE subscription_id ="
        " (SELECT id FROM subscription ORDER BY number LIMIT 1)",
    ),
    "a planned box in a closed batch": (
        "I8",
        "UPDATE box SET status = 'planned' WHERE status = 'released'",
    ),
    "a try after the cancel": (
        "I9",
        "UPDATE payment SET cancel_wanted_at = now() - interval '900 days'",
    ),
    "a skip after the cut-off": (
        "I9",
        "INSERT INTO audit_entry (at, actor, request_id, table_name, row_id, action, change)"
        " SELECT cutoff_at + interval '1 second', 'a:b', 'r', 'box', id::text, 'update',"
        """ '{"status": ["planned", "skipped"]}' FROM box LIMIT 1""",
    ),
    "a skipped box on its way": (
        "I9",
        f"UPDATE box SET status = 'skipped' WHERE number = {A_BOX}",
    ),
    "a given-up box that is still collected": (
        "I9",
        "UPDATE box SET status = 'voided' WHERE status = 'composed'",
    ),
    "an export with other bytes": ("I10", "UPDATE batch_export SET csv = csv || '\\x0a'::bytea"),
    "an export that would be written otherwise": (
        "I10",
        "UPDATE batch_export SET csv = csv || '\\x0a'::bytea,"
        " sha256 = encode(sha256(csv || '\\x0a'::bytea), 'hex')",
    ),
    "a group that is short keeps its discount": (
        "I5",
        "WITH g AS (INSERT INTO buying_group (plan_id, code, name, started_at)"
        " SELECT id, 'LONELY', 'Lonely', now() FROM plan LIMIT 1 RETURNING id)"
        " INSERT INTO group_span (group_id, from_at) SELECT id, now() FROM g",
    ),
    "a discount of a group that nobody is in": (
        "I5",
        "INSERT INTO invoice_line (invoice_id, position, text, quantity, unit_cents, amount_cents,"
        f" kind) VALUES ({PAID}, 99, 'Group: 10', 1, -300, -300, 'reduction')",
    ),
    "a box that is frozen at another price than was pledged": (
        "I5",
        "INSERT INTO pledge (subscription_id, cents, pledged_at)"
        " SELECT subscription_id, price_cents + 1, cutoff_at - interval '1 day' FROM box"
        f" WHERE number = {A_BOX}",
    ),
    "a letter that was not sent": ("I11", "UPDATE letter SET sent_at = NULL"),
    "an attempt of unknown outcome": (
        "I11",
        "UPDATE attempt SET status = 'begun', begun_real_at = now() - interval '1 hour'"
        " WHERE status = 'failed'",
    ),
    "a lease that nobody holds": (
        "I11",
        "UPDATE payment SET lease_until = now() - interval '1 hour'",
    ),
    "a row that nobody made": (
        "I12",
        "DELETE FROM audit_entry WHERE table_name = 'box' AND action = 'insert'",
    ),
    "a card number in the audit trail": (
        "I12",
        'UPDATE audit_entry SET change = \'{"x": "4242424242424242"}\' WHERE id ='
        " (SELECT min(id) FROM audit_entry WHERE table_name = 'person')",
    ),
    "a dry run that came to another sum": (
        "I13",
        "INSERT INTO compose_run (batch_id, kind, seed, input_sha, outcome_sha, boxes, held, units,"
        " missing, total_cents, value, bound, method, model_version, prices, created_at)"
        " SELECT batch_id, 'dry', seed, input_sha, outcome_sha, boxes, held, units, missing,"
        " total_cents + 1, value, bound, method, model_version, prices, created_at"
        " FROM compose_run WHERE kind = 'real'",
    ),
}


def test_every_planted_defect_is_found(lived):
    facts = provider_facts(lived.tools)
    missed = {}
    for defect, (invariant, statement) in DEFECTS.items():
        with lived.tools.units.rehearse(ACTOR) as work:
            # The database's own guards would refuse most of these, so they look away here.
            work.session.execute(text("SET LOCAL session_replication_role = replica"))
            planted = work.session.connection().exec_driver_sql(statement).rowcount
            found = check_books(work, facts, NOW)
        if not planted or invariant not in {each.invariant for each in found}:
            missed[defect] = (planted, found)
    assert missed == {}


def test_events_that_never_came_are_found(lived):
    facts = replace(provider_facts(lived.tools), event_ids=events_of(lived.tools))
    with lived.tools.units(ACTOR) as work:
        found = check_books(work, facts, NOW)
    assert {each.invariant for each in found} == {"I6"}
    assert fetch_missed_events(lived.tools) > 0
    assert apply_events(lived.tools)["done"] == 3
    assert prove_books(lived.tools, ACTOR, NOW) == ()


def test_what_only_the_provider_knows_is_found(lived):
    customer, card = lived.new_card("4242424242424242")
    v1 = lived.tools.books.v1
    ours = next(
        each for each in lived.tools.books.payments() if each.status is PaymentStatus.SUCCEEDED
    )
    made = v1.payment_intents.create(
        {
            "amount": 700,
            "currency": "usd",
            "customer": customer,
            "payment_method": card,
            "confirm": True,
            "metadata": {"app": "boxwright", "payment_id": ours.payment_id},
        }
    )
    found = prove_books(lived.tools, ACTOR, NOW)
    assert {"I1", "I5"} <= {each.invariant for each in found}
    assert any(made.id in each.subject for each in found)


def test_without_the_providers_lists_our_own_books_are_proved(lived):
    with lived.tools.units(ACTOR) as work:
        assert check_books(work, None, NOW) == ()


def test_what_is_under_way_has_time(lived):
    with lived.tools.engine.begin() as connection:
        connection.execute(text("UPDATE letter SET sent_at = NULL, promised_at = '2027-01-10'"))
    with lived.tools.units(ACTOR) as work:
        assert check_books(work, None, timedelta(days=900)) == ()
