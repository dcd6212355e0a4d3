"""Programs look after webhooks as people do: secrets once, refusals in words, deliveries listed."""

from app.hooks.rules import EventType
from app.hooks.services.tell import tell
from tests.web.api_program import Program, well
from tests.web.staff_shop import ACTOR

BOOKS = {"name": "Books", "url": "https://books.example.com/in", "types": ["invoice.*"]}


def test_an_address_is_added_changed_rotated_and_switched_off(api: Program) -> None:
    made = api.post("/webhooks", BOOKS)
    assert made.status_code == 201
    path = f"/webhooks/{made.json['id']}"
    assert made.json["secret"].startswith("whsec_")
    assert "secret" not in well(api.get(path))
    changed = well(api.put(path, {**BOOKS, "types": ["*"]}))
    assert changed["types"] == ["*"]
    renewed = well(api.post(f"{path}/rotate"))
    assert renewed["secret"] != made.json["secret"]
    assert renewed["old_secret_until"]
    assert well(api.put(path, {**BOOKS, "enabled": False}))["enabled"] is False
    refused = api.post(f"{path}/test")
    assert (refused.status_code, refused.json["type"]) == (409, "urn:boxwright:hook:off")
    assert [each["id"] for each in well(api.get("/webhooks"))["items"]] == [made.json["id"]]


def test_what_cannot_be_used_is_refused_with_its_field(api: Program) -> None:
    for wrong, field in (
        ({"url": "http://127.0.0.1/"}, "url"),
        ({"types": []}, "types"),
        ({"types": ["invoice.eaten"]}, "types"),
    ):
        refused = api.post("/webhooks", {**BOOKS, **wrong})
        assert (refused.status_code, refused.json["field"]) == (422, field)


def test_deliveries_are_listed_and_replayed(api: Program, units) -> None:
    path = f"/webhooks/{api.post('/webhooks', BOOKS).json['id']}"
    with units(ACTOR) as work:
        tell(work, EventType.INVOICE_PAID, "i-1", total_cents=1500)
    (row,) = well(api.get(f"{path}/deliveries?status=waiting"))["items"]
    assert (row["type"], row["tries"]) == ("invoice.paid", 0)
    assert well(api.post(f"{path}/events/{row['event_id']}/replay")) == {"sent": 1}
    assert well(api.post(f"{path}/replay")) == {"sent": 0}
    assert api.post(f"{path}/events/{row['event_id'][:-4]}0000/replay").status_code == 404
