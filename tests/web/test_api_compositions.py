"""The API settles curations, tells how good a batch is, and what another stock would do."""

import pytest

from app.fulfilment.queries import batches
from tests.web.api_program import Program, well
from tests.web.staff_shop import ACTOR

CURATION = {
    "starts_on": "2027-01-05",
    "ends_on": "2027-01-31",
    "theme": {"en": "Winter light", "zh-CN": "冬日暖光"},
    "rules": [
        {"kind": "hero", "product": "yirga"},
        {"kind": "replace", "product": "huila", "instead": "santos"},
        {"kind": "embargo", "product": "toraja", "until": "2027-03-01"},
    ],
}


@pytest.fixture
def batch_id(units, shop_at_work):
    with units(ACTOR) as work:
        return next(row.id for row in batches(work.session) if row.id == shop_at_work.batch_id)


def test_a_curation_is_added_changed_and_forgotten(api: Program, shop_at_work) -> None:
    made = api.post("/curations", CURATION)
    assert made.status_code == 201
    rules = [{name: rule[name] for name in rule if rule[name]} for rule in made.json["rules"]]
    assert rules == CURATION["rules"]
    path = f"/curations/{made.json['id']}"
    assert well(api.get(path)) == made.json == well(api.get("/curations"))["items"][0]
    assert well(api.put(path, {**CURATION, "rules": []}))["rules"] == []
    assert well(api.post(f"{path}/forget")) == {"done": True}
    assert api.get(path).status_code == 404


def test_what_contradicts_itself_is_refused_in_words(api: Program, shop_at_work) -> None:
    twice = [{"kind": "hero", "product": code} for code in ("yirga", "huila")]
    refused = api.post("/curations", {**CURATION, "rules": twice})
    assert refused.status_code == 409 and "room for one hero" in refused.text
    unknown = [{"kind": "hero", "product": "nowhere"}]
    assert api.post("/curations", {**CURATION, "rules": unknown}).status_code == 404


def test_a_batch_says_how_good_it_is(api: Program, batch_id) -> None:
    path = f"/batches/{batch_id}"
    assert api.get(f"{path}/composition").status_code == 409
    well(api.post(f"{path}/dry-run"))
    report = well(api.get(f"{path}/composition?rehearsed=true"))
    assert report["boxes"] == 2 and report["held"] == 1 and report["gap"] < 1e-6
    assert report["value"] <= report["bound"] + 1e-9


def test_another_stock_is_compared_and_nothing_is_changed(api: Program, batch_id) -> None:
    before = well(api.get("/skus/yirga-250"))
    found = well(api.get(f"/batches/{batch_id}/what-if?sku=yirga-250&change=%3D0"))
    assert found["skus"][0]["sku"] == "yirga-250" and found["skus"][0]["free_after"] == 0
    assert found["boxes"] == found["boxes_of"] == 3 and found["share"] <= 0
    assert well(api.get("/skus/yirga-250")) == before
    assert api.get(f"/batches/{batch_id}/what-if?sku=yirga-250&change=lots").status_code == 422
    assert api.get(f"/batches/{batch_id}/what-if?sku=none&change=-1").status_code == 404
