"""A batch by the API alone, on real parts: sign up, play the time, charge, export, track."""

import hashlib

from app.jobs.drain import drain
from app.subscriptions.models import Plan
from tests.cast import WEEKLY
from tests.web.api_program import ADDRESS, LivingShop, Program, well


def open_shop(living: LivingShop) -> Plan:
    living.story.stock()
    return living.story.plan(WEEKLY, max_per_item=2)


def next_batch(api: Program) -> dict:
    planned = [each for each in well(api.get("/batches"))["items"] if each["status"] == "planned"]
    return min(planned, key=lambda each: each["ships_on"])


def run_to_lock(living: LivingShop) -> dict:
    """Let three people subscribe, and play the time until their first batch is composed."""
    plan = open_shop(living)
    for name in ("Ada", "Ben", "Cleo"):
        living.story.subscribe(name, plan)
    batch = next_batch(living.api)
    well(living.api.post("/clock/advance", {"to": batch["locks_at"]}))
    return well(living.api.get(f"/batches/{batch['id']}"))


def test_the_clock_plays_the_time_and_never_goes_back(living: LivingShop) -> None:
    api = living.api
    assert well(api.get("/clock"))["stands_at"] == "2027-01-04T15:00:00Z"
    done = well(api.post("/clock/advance", {"to": "2027-01-05T00:00:00-05:00"}))
    assert done["stands_at"] == "2027-01-05T05:00:00Z"
    back = api.post("/clock/advance", {"to": "2027-01-04T00:00:00Z"})
    assert (back.status_code, back.json["field"]) == (422, "to")
    far = api.post("/clock/advance", {"to": "2029-01-04T00:00:00Z"})
    assert (far.status_code, far.json["offer"]) == (422, {"at": "2028-02-09T05:00:00Z"})


def test_a_batch_is_rehearsed_run_charged_exported_and_tracked(living: LivingShop) -> None:
    api, plan = living.api, open_shop(living)
    for name in ("Ada", "Ben", "Cleo"):
        living.story.subscribe(name, plan)
    batch = next_batch(api)
    path = f"/batches/{batch['id']}"
    rehearsal = well(api.post(f"{path}/dry-run"))
    assert (rehearsal["boxes"], rehearsal["total"]["amount"]) == (3, 9000)
    early = api.post(f"{path}/run")
    assert (early.status_code, early.json["offer"]) == (409, {"at": batch["locks_at"]})
    assert api.post(f"{path}/exports").status_code == 409
    well(api.post("/clock/advance", {"to": batch["locks_at"]}))
    assert api.post(f"{path}/dry-run").json["type"] == "urn:boxwright:api:composed"
    ran = well(api.post(f"{path}/run"))
    assert (ran["status"], ran["counts"]) == ("composed", {"released": 3})
    assert well(api.post(f"{path}/try-held")) == {"filled": 0}
    picks = well(api.get(f"{path}/pick-list"))["items"]
    assert sum(each["units"] for each in picks) == 6
    receipt = well(api.post(f"{path}/exports"))
    assert (receipt["version"], receipt["orders"], receipt["new"]) == (1, 3, True)
    assert well(api.post(f"{path}/exports"))["new"] is False
    orders = api.get(f"{path}/exports/1/orders.csv")
    assert orders.mimetype == "text/csv"
    assert hashlib.sha256(orders.data).hexdigest() == receipt["sha256"]
    assert api.get(f"{path}/exports/1/delta.csv").status_code == 200
    assert api.get(f"{path}/exports/1/manifest.json").json["orders"] == 3
    numbers = sorted({line.split(",")[0] for line in orders.text.splitlines()[1:]})
    rows = [{"order_number": each, "carrier": "UPS", "number": f"1Z{each}"} for each in numbers]
    unknown = {"order_number": "BW-1-1", "carrier": "UPS", "number": "1"}
    first = well(api.post("/tracking", {"rows": [rows[0], unknown]}))
    assert len(first["shipped"]) == 1 and first["problems"][0]["line"] == 2
    file = "Order #,Carrier,Tracking #\n" + "".join(f"{each},UPS,1Z{each}\n" for each in numbers)
    second = well(
        api.call("POST", "/tracking/csv", data=file, headers={"Content-Type": "text/csv"})
    )
    assert (len(second["shipped"]), second["duplicates"]) == (2, 1)
    boxes = well(api.get(f"{path}/boxes"))["items"]
    assert all(each["status"] == "shipped" and each["tracking"] for each in boxes)
    assert well(api.post("/book-checks", {})) == {"violations": []}
    assert well(api.get("/letters/waiting"))["items"] == []


def test_a_box_that_was_paid_is_given_back(living: LivingShop) -> None:
    api = living.api
    batch = run_to_lock(living)
    box, other, third = well(api.get(f"/batches/{batch['id']}/boxes"))["items"]
    elsewhere = well(api.put(f"/boxes/{box['id']}/address", {**ADDRESS, "city": "Salem"}))
    assert elsewhere["status"] == "released"
    part = {"amount": {"amount": 500, "currency": "USD"}, "reason": "torn"}
    well(api.post(f"/boxes/{box['id']}/refund", part))
    whole = well(api.post(f"/boxes/{other['id']}/refund", {}))
    assert whole["cancelled"] and whole["box"]["status"] == "cancelled"
    assert well(api.post(f"/boxes/{third['id']}/call-back", {}))["status"] == "cancelled"
    drain(living.tools)
    invoice = well(api.get(f"/invoices/{box['invoice_id']}"))
    assert invoice["refunds"][0]["status"] == "succeeded"
    assert invoice["refunded"] == {"amount": 500, "currency": "USD"}
    listed = well(api.get(f"/subscribers/{invoice['subscriber_id']}/invoices"))["items"]
    assert [each["id"] for each in listed] == [invoice["id"]]
    greedy = {"amount": {"amount": 9_999, "currency": "USD"}}
    refused = api.post(f"/boxes/{box['id']}/refund", greedy)
    assert (refused.status_code, refused.json["offer"]) == (422, {"most": 2500})
    assert well(api.post("/book-checks", {})) == {"violations": []}


def test_events_are_listed_and_replayed(living: LivingShop) -> None:
    api = living.api
    run_to_lock(living)
    # No webhook reaches this shop, so it fetches what it missed when the time goes on.
    well(api.post("/clock/advance", {"to": "2027-01-12T00:00:00Z"}))
    events = well(api.get("/events?type=payment_intent.succeeded"))["items"]
    assert len(events) == 3 and {each["status"] for each in events} == {"done"}
    replayed = well(api.post("/events/replay", {"ids": [events[0]["id"]]}))
    assert replayed == {"replayed": 1}
    waiting = well(api.get("/events?status=waiting"))["items"]
    assert [each["id"] for each in waiting] == [events[0]["id"]]
