"""A plan may lose a size; what was agreed with subscribers before stays."""

from dataclasses import replace

from app.subscriptions.queries import any_subscription, plan_by_code
from app.subscriptions.services.save_plan import save_plan
from tests.cast import WEEKLY, add_plan, subscribe


def test_a_plan_can_lose_a_size_that_somebody_has(units, actor):
    with units(actor) as work:
        ada = subscribe(work, "Ada", add_plan(work), size=4)
    with units(actor) as work:
        save_plan(work, replace(WEEKLY, sizes={1: 1600, 2: 3000}))
    with units(actor) as work:
        plan = plan_by_code(work.session, WEEKLY.code)
        kept = any_subscription(work.session, ada.id)
        assert {each.size: each.price_cents for each in plan.sizes} == {1: 1600, 2: 3000}
        assert (kept.size, kept.price_cents) == (4, 5600)
