"""The API does what portal and staff pages do: each resource, on a real database."""

import uuid

import pytest

from tests.web.api_program import ADDRESS, Program, well
from tests.web.conftest import PaperDesk

NOBODY = str(uuid.uuid4())
PRODUCT = {"name": {"en": "Sidamo"}, "roast": "light", "notes": ["peach"], "acidity": 7.5}
SKU = {"grams": 250, "price": {"amount": 1650, "currency": "USD"}}


def test_a_product_and_its_sku_are_added_and_changed_by_code(api: Program) -> None:
    made = well(api.put("/products/sidamo", PRODUCT))
    well(api.put("/products/sidamo/skus/sidamo-250", SKU))
    again = well(api.put("/products/sidamo", {**PRODUCT, "status": "retired"}))
    assert again["id"] == made["id"] and again["status"] == "retired"
    assert again["skus"][0]["price"] == {"amount": 1650, "currency": "USD"}
    assert well(api.get("/products?status=retired"))["items"] == [again]
    assert well(api.get("/products/sidamo")) == again


def test_a_price_in_another_currency_is_refused(api: Program) -> None:
    well(api.put("/products/sidamo", PRODUCT))
    price = {"amount": 1650, "currency": "EUR"}
    refused = api.put("/products/sidamo/skus/sidamo-250", {**SKU, "price": price})
    assert (refused.status_code, refused.json["field"]) == (422, "price.currency")


def test_stock_is_booked_once_per_reference_and_never_below_nothing(api: Program) -> None:
    goods = {"quantity": 5, "reference": "truck 7"}
    first = well(api.post("/skus/yirga-250/receipts", goods))
    second = well(api.post("/skus/yirga-250/receipts", goods))
    assert (first["booked"], second["booked"]) == (True, False)
    assert second["sku"]["on_hand"] == 45
    lost = {"quantity": 46, "reference": "flood", "reason": "flood"}
    refused = api.post("/skus/yirga-250/write-offs", lost)
    assert refused.status_code == 409
    assert well(api.get("/skus/yirga-250"))["on_hand"] == 45


def test_lists_come_in_pages(api: Program) -> None:
    first = well(api.get("/skus?limit=4"))
    second = well(api.get("/skus?limit=4&page=2"))
    assert [len(first["items"]), len(second["items"])] == [4, 2]
    assert (first["more"], second["more"]) == (True, False)


def test_a_plan_is_added_and_names_its_first_dates(api: Program) -> None:
    plan = {
        "name": {"en": "Monthly"},
        "cadence": {"unit": "month", "every": 1, "day": 31},
        "cutoff_days": 3,
        "sizes": [{"size": 2, "price": {"amount": 3000, "currency": "USD"}}],
        "takes": {"roast": ["dark"]},
    }
    made = well(api.put("/plans/monthly", plan))
    assert made["takes"] == {"roast": ["dark"]} and made["cutoff_time"] == "23:59:59"
    assert well(api.get("/plans/monthly")) == made
    dates = well(api.get("/plans/monthly/first-dates"))["dates"]
    assert dates == ["2027-01-31", "2027-02-28", "2027-03-31"]
    assert [each["code"] for each in well(api.get("/plans"))["items"]] == ["monthly", "weekly"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cadence": {"unit": "week", "day": 8}}, "cadence.day"),
        ({"size_kind": "grams", "portion_grams": 300}, "sizes"),
        ({"billing": "ahead"}, "bill_day"),
    ],
)
def test_a_plan_whose_parts_do_not_fit_is_refused(
    api: Program, change: dict[str, object], field: str
) -> None:
    plan = {
        "name": {"en": "Odd"},
        "cadence": {"unit": "week", "day": 1},
        "cutoff_days": 3,
        "sizes": [{"size": 2, "price": {"amount": 3000, "currency": "USD"}}],
    }
    refused = api.put("/plans/odd", {**plan, **change})
    assert (refused.status_code, refused.json["field"]) == (422, field)


def test_a_closed_day_moves_its_boxes(api: Program) -> None:
    box = api.boxes(api.subscription())[1]
    moved = well(api.put(f"/closed-days/{box['ships_on']}", {"ships_on": "2027-01-14"}))
    assert moved["boxes"] == 1
    assert well(api.get(f"/boxes/{box['id']}"))["ships_on"] == "2027-01-14"
    assert well(api.get("/closed-days"))["items"] == [
        {"day": box["ships_on"], "ships_on": "2027-01-14"}
    ]
    same = api.put("/closed-days/2027-01-20", {"ships_on": "2027-01-20"})
    assert same.status_code == 422


def test_a_subscriber_is_registered_once_and_found(api: Program) -> None:
    person = api.subscriber()
    assert person["address"]["city"] == "Boston" and person["card"] is None
    body = {"email": "ADA@example.com", "name": "Ada", "address": ADDRESS}
    again = api.post("/subscribers", body)
    assert (again.status_code, again.json["field"]) == (409, "email")
    api.subscriber("Ben")
    found = well(api.get("/subscribers?search=BEN"))["items"]
    assert [each["email"] for each in found] == ["ben@example.com"]
    assert well(api.get(f"/subscribers/{person['id']}")) == person


def test_a_subscription_goes_from_sign_up_to_its_end(api: Program, desk: PaperDesk) -> None:
    person = api.subscriber()
    wish = {"subscriber_id": person["id"], "plan": "weekly", "size": 3, "grind": "filter"}
    made = well(api.post("/subscriptions", wish), 201)
    assert made["status"] == "pending" and made["price"]["amount"] == 3600
    path = f"/subscriptions/{made['id']}"
    early = api.post(f"{path}/activate", {})
    assert (early.status_code, early.json["type"]) == (409, "urn:boxwright:billing:no_card")
    page = well(api.post(f"{path}/card-setup", {"success_url": "https://x.org/thanks"}))
    assert page["url"].startswith("https://checkout.stripe.com/")
    assert desk.pages[-1][1:3] == (made["id"], "https://x.org/thanks")
    active = well(api.post(f"{path}/activate", {"session": "cs_1"}))
    assert active["status"] == "active" and active["activated_at"] == "2027-01-04T15:00:00Z"
    assert well(api.get(f"/subscribers/{person['id']}"))["card"]["last4"] == "4242"
    assert well(api.put(f"{path}/note", {"note": "ring twice"}))["note"] == "ring twice"
    assert well(api.put(f"{path}/grind", {"grind": "espresso"}))["grind"] == "espresso"
    assert well(api.put(f"{path}/plan", {"plan": "weekly", "size": 2}))["size"] == 2
    moved = well(api.put(f"{path}/address", {**ADDRESS, "city": "Salem"}))
    assert moved["address"]["city"] == "Salem"
    paused = well(api.post(f"{path}/pause", {"resumes_on": "2027-03-01"}))
    assert (paused["status"], paused["resumes_on"]) == ("paused", "2027-03-01")
    assert api.post(f"{path}/pause", {}).status_code == 409
    assert well(api.post(f"{path}/resume"))["status"] == "active"
    ended = well(api.post(f"{path}/cancel", {"reason": "moving"}))
    assert (ended["status"], ended["cancel_reason"]) == ("cancelled", "moving")
    assert api.post(f"{path}/activate", {}).json["type"].endswith("subscription:cancelled")
    listed = well(api.get("/subscriptions?search=ada"))["items"]
    assert [each["id"] for each in listed] == [made["id"]]


def test_wrong_wishes_name_their_field(api: Program) -> None:
    person = api.subscriber()
    wish = {"subscriber_id": person["id"], "plan": "weekly", "size": 2}
    for change in ({"subscriber_id": NOBODY}, {"plan": "nothing"}, {"size": 99}):
        refused = api.post("/subscriptions", {**wish, **change})
        assert (refused.status_code, refused.json["field"]) == (422, next(iter(change)))


def test_tastes_are_stored_and_come_back(api: Program) -> None:
    subscription = api.subscription()
    person = f"/subscribers/{subscription['subscriber_id']}"
    assert len(well(api.get("/quiz"))["questions"]) == 7
    quiz = {"roast": "Light", "brew_methods": ["Espresso"]}
    assert well(api.put(f"{person}/quiz", quiz))["brew_methods"] == ["Espresso"]
    assert well(api.get(f"{person}/quiz"))["roast"] == "Light"
    assert api.put(f"{person}/quiz", {"roast": "Purple"}).json["field"] == "roast"
    ruled_out = {
        "exclusions": [{"kind": "decaf", "value": ""}, {"kind": "origin", "value": "java"}]
    }
    assert well(api.put(f"{person}/exclusions", ruled_out)) == ruled_out
    senseless = api.put(f"{person}/exclusions", {"exclusions": [{"kind": "origin"}]})
    assert senseless.status_code == 422
    coffee = well(api.get("/products/yirga"))["id"]
    mix = {"items": [{"product_id": coffee, "units": 1}]}
    assert well(api.put(f"/subscriptions/{subscription['id']}/mix", mix)) == mix
    assert well(api.get(f"/subscriptions/{subscription['id']}/mix")) == mix
    for size in (3, 2):
        mix["items"][0]["units"] = size
    assert (
        api.put(f"/subscriptions/{subscription['id']}/mix", {"items": mix["items"] * 2}).status_code
        == 422
    )
    rating = {"product_id": coffee, "liking": 2, "reasons": ["too_bitter"], "note": "Ashy."}
    assert well(api.post(f"{person}/ratings", rating), 201) == rating
    assert well(api.get(f"{person}/ratings"))["items"] == [rating]
    unknown = api.post(f"{person}/ratings", {"product_id": NOBODY, "liking": 3})
    assert (unknown.status_code, unknown.json["field"]) == (422, "product_id")


def test_a_taste_is_seen_taken_back_switched_off_and_forgotten(api: Program) -> None:
    person = f"/subscribers/{api.subscription()['subscriber_id']}"
    coffee = well(api.get("/products/yirga"))["id"]
    well(api.put(f"{person}/quiz", {"style": "Floral"}))
    well(api.post(f"{person}/ratings", {"product_id": coffee, "liking": 5}), 201)
    told = well(api.get(f"{person}/taste/told"))
    assert told["personal"] and told["coffees"][0]["product_id"] == coffee
    assert told["coffees"][0]["why"]["reasons"] and told["leanings"]
    taken = well(api.post(f"{person}/ratings/take-back", {"product_id": coffee}))
    assert [line["value"] for line in taken["diary"]] == [5, None]
    assert well(api.get(f"{person}/ratings"))["items"] == []
    assert not well(api.put(f"{person}/taste", {"personal": False}))["personal"]
    assert well(api.get(f"{person}/taste/told"))["leanings"] == []
    assert well(api.put(f"{person}/taste", {"personal": True}))["quiz"]["style"] == "Floral"
    forgotten = well(api.post(f"{person}/taste/forget"))
    assert forgotten["diary"] == [] and forgotten["quiz"]["style"] is None


def test_a_box_is_changed_until_its_cut_off(api: Program) -> None:
    box = api.boxes(api.subscription())[0]
    path = f"/boxes/{box['id']}"
    proposal = well(api.get(f"{path}/proposal"))
    inside = proposal["lines"][0]["product_id"]
    outside = proposal["alternatives"][-1]["product_id"]
    swapped = well(api.post(f"{path}/swap", {"out_product_id": inside, "in_product_id": outside}))
    assert outside in {line["product_id"] for line in swapped["lines"]}
    other = swapped["alternatives"][0]["product_id"]
    full = api.post(f"{path}/pin", {"product_id": other, "units": 2})
    assert full.json["type"] == "urn:boxwright:box:box_full"
    assert well(api.post(f"{path}/forget", {"product_id": outside}))
    assert well(api.post(f"{path}/reset"))["lines"] == proposal["lines"]
    pinned = well(api.post(f"{path}/pin", {"product_id": outside}))
    assert [each["product_id"] for each in pinned["lines"] if each["pinned"]] == [outside]
    gone = well(api.post(f"{path}/take-out", {"product_id": outside}))
    assert outside not in {line["product_id"] for line in gone["lines"]}
    skip = well(api.post(f"{path}/skip"))
    assert skip["saved"] == {"amount": 2600, "currency": "USD"} and skip["next_box_id"]
    assert well(api.get(path))["status"] == "skipped"
    assert well(api.post(f"{path}/unskip"))["box_id"] == box["id"]


def test_a_late_change_is_refused_with_the_next_open_box(api: Program, clock) -> None:
    box, following = api.boxes(api.subscription())[:2]
    clock.move_to(clock.moment.replace(day=12))
    refused = api.post(f"/boxes/{box['id']}/skip")
    assert (refused.status_code, refused.json["type"]) == (409, "urn:boxwright:box:too_late")
    assert refused.json["offer"]["box_id"] != box["id"]
    assert refused.json["offer"]["ships_on"] >= following["ships_on"]


@pytest.mark.parametrize(
    "path",
    [
        "/subscribers/{}",
        "/subscribers/{}/boxes",
        "/subscribers/{}/quiz",
        "/subscribers/{}/exclusions",
        "/subscribers/{}/invoices",
        "/subscriptions/{}",
        "/subscriptions/{}/mix",
        "/boxes/{}",
        "/boxes/{}/proposal",
        "/batches/{}",
        "/batches/{}/boxes",
        "/batches/{}/exports",
        "/batches/{}/pick-list",
        "/batches/{}/exports/1/orders.csv",
        "/invoices/{}",
    ],
)
def test_unknown_things_are_not_found(api: Program, path: str) -> None:
    assert api.get(path.format(NOBODY)).status_code == 404


def test_one_kind_of_id_is_no_other(api: Program) -> None:
    box = api.boxes(api.subscription())[0]
    for path in ("/subscribers", "/subscriptions", "/batches", "/invoices"):
        assert api.get(f"{path}/{box['id']}").status_code == 404
