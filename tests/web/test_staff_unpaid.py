"""A plan's terms for unpaid boxes on its page and in the API."""

import pytest
from sqlalchemy import select

from app.billing.dunning_queries import terms_of_plan
from app.billing.dunning_rules import DunningTerms, EndAction
from app.people.rules import Role
from app.subscriptions.models import Plan
from tests.web.staff_shop import ACTOR

TYPED = {"days": "2, 4,5", "end": "cancel", "after_unpaid": "1", "late_days": "3"}


def kept(units, plan_id):
    with units(ACTOR) as work:
        return terms_of_plan(work.session, work.shop, plan_id)


def test_the_page_shows_the_shops_terms_until_a_plan_has_its_own(sign_in, units, plan_id):
    buyer = sign_in("mo@example.com", Role.MERCHANDISING)
    page = buyer.get(f"/staff/plans/{plan_id}/unpaid").text
    assert 'value="1, 3"' in page and "follows the shop" in page
    answer = buyer.post(f"/staff/plans/{plan_id}/unpaid", data=TYPED)
    assert answer.status_code == 303
    assert kept(units, plan_id) == DunningTerms((2, 4, 5), EndAction.CANCEL, 1, None, 3)
    page = buyer.get(f"/staff/plans/{plan_id}/unpaid").text
    assert "Tried for the last time" in page and "follows the shop" not in page


@pytest.mark.parametrize(
    ("field", "value"),
    [("days", "3, 1"), ("days", "soon"), ("after_unpaid", "0"), ("late_days", "1.5")],
)
def test_bad_terms_are_refused_at_their_field(sign_in, units, plan_id, field, value):
    buyer = sign_in("mo@example.com", Role.MERCHANDISING)
    answer = buyer.post(f"/staff/plans/{plan_id}/unpaid", data=TYPED | {field: value})
    assert answer.status_code == 422 and f'id="{field}-wrong"' in answer.text
    assert kept(units, plan_id).days == (1, 3)


def test_the_api_reads_and_writes_the_same_terms(api, units, plan_id):
    with units(ACTOR) as work:
        code = work.session.scalar(select(Plan.code).where(Plan.id == plan_id))
    path = f"/plans/{code}/unpaid"
    assert api.get(path).json["end"] == "pause"
    body = {"days": [1, 3, 7], "end": "skip", "after_unpaid": 1}
    assert api.put(path, body).status_code == 200
    assert kept(units, plan_id) == DunningTerms((1, 3, 7), EndAction.SKIP, 1, None, None)
    refused = api.put(path, body | {"days": [7, 3]})
    assert refused.status_code == 422
