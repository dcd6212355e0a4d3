"""Codes, vouchers, add-ons and other addresses in the API."""

from tests.web.api_program import ADDRESS, Program, well


def test_a_code_is_made_taken_and_ended(api: Program) -> None:
    made = well(api.post("/coupons", {"code": "Spring-20", "off_bp": 2000, "boxes": 2}), 201)
    assert made["code"] == "SPRING-20" and made["people"] == 0
    ada = api.subscription()
    path = f"/subscriptions/{ada['id']}"
    taken = well(api.post(f"{path}/coupon", {"code": "spring-20"}))["items"]
    assert [(each["off_bp"], each["used"]) for each in taken] == [(2000, 0)]
    assert well(api.post(f"{path}/coupon", {"code": "spring-20"}))["items"] == taken
    unknown = api.post(f"{path}/coupon", {"code": "nobodys"})
    assert (unknown.status_code, unknown.json["field"]) == (422, "code")
    both = {"code": "ODD", "off_bp": 1, "off": {"amount": 5, "currency": "USD"}}
    assert api.post("/coupons", both).json["field"] == "off"
    assert well(api.post(f"/coupons/{made['id']}/end"))["ended_at"]
    assert [each["people"] for each in well(api.get("/coupons"))["items"]] == [1]


def test_a_leaked_code_is_taken_back_and_replaced(api: Program) -> None:
    made = well(api.post("/coupons", {"code": "FRIENDS", "off_bp": 5000, "boxes": 3}), 201)
    ada = api.subscription()
    well(api.post(f"/subscriptions/{ada['id']}/coupon", {"code": "FRIENDS"}))
    path = f"/coupons/{made['id']}/leaked"
    later = api.post(path, {"since": "2099-01-01T00:00:00Z"})
    assert later.json["field"] == "since"
    since = {"since": "2020-01-01T00:00:00Z", "code": "FRIENDS-2"}
    answer = well(api.post(path, since))
    assert (answer["taken_back"], answer["had_used"]) == (1, 0)
    assert answer["replacement"]["boxes"] == 3 and answer["replacement"]["off_bp"] == 5000
    assert well(api.get(f"/subscriptions/{ada['id']}/discounts"))["items"] == []
    assert api.post(path, since).json["field"] == "code"


def test_vouchers_become_credit_in_parts(api: Program) -> None:
    money = {"amount": 2500, "currency": "USD"}
    codes = well(api.post("/vouchers", {"amount": money, "count": 2, "sold": True}), 201)["codes"]
    listed = well(api.get("/vouchers"))["items"]
    assert len(set(codes)) == 2 and not any("code" in each for each in listed)
    person = api.subscriber()
    path = f"/subscribers/{person['id']}"
    part = {"code": codes[0], "amount": {"amount": 1000, "currency": "USD"}}
    assert well(api.post(f"{path}/vouchers", part))["credit"]["amount"] == 1000
    much = api.post(f"{path}/vouchers", part | {"amount": money})
    assert much.json["field"] == "amount"
    assert well(api.post(f"{path}/vouchers", {"code": codes[0]}))["credit"]["amount"] == 2500
    assert api.post(f"{path}/vouchers", {"code": codes[0]}).json["field"] == "code"
    assert well(api.get(f"{path}/credit"))["credit"] == money


def test_something_is_added_to_a_box_and_taken_out_again(api: Program) -> None:
    ada = api.subscription()
    path = f"/subscriptions/{ada['id']}/add-ons"
    added = well(api.post(path, {"sku": "yirga-250", "units": 2}))["items"]
    assert [(each["sku"], each["units"], each["every_box"]) for each in added] == [
        ("yirga-250", 2, False)
    ]
    assert well(api.get(path))["items"] == added
    assert api.post(path, {"sku": "no-such", "units": 2}).json["field"] == "sku"
    assert api.post(path, {"sku": "yirga-250", "units": 21}).status_code == 422
    assert well(api.post(f"{path}/{added[0]['id']}/remove"))["items"] == []


def test_another_address_is_priced_before_it_is_kept(api: Program) -> None:
    ada = api.subscription()
    path = f"/subscriptions/{ada['id']}"
    away = ADDRESS | {"city": "Salem"}
    preview = well(api.post(f"{path}/address/preview", away))["next_box"]
    assert preview["before"] == preview["after"] and preview["after"]["total"]["amount"] > 0
    well(api.put(f"{path}/next-box/address", away))
    assert well(api.get(path))["address"]["city"] == "Boston"
    well(api.put(f"{path}/address", ADDRESS | {"city": "Eugene"}))
    assert well(api.get(path))["address"]["city"] == "Eugene"


def test_places_are_limited_and_a_full_plan_refuses_in_words(api: Program) -> None:
    ada = api.subscription()
    path = f"/plans/{ada['plan']}/places"
    limits = [{"size": None, "boxes": 1}]
    rooms = well(api.put(path, {"limits": limits, "hold_days": 5}))["rooms"]
    assert (rooms[0]["boxes"], rooms[0]["boxes_taken"]) == (1, 1) and rooms[0]["closed_at"]
    assert well(api.get(path))["hold_days"] == 5
    wrong = api.put(path, {"limits": [{"size": 99, "boxes": 1}]})
    assert wrong.json["field"] == "limits"
