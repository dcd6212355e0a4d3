"""Sets how many boxes a cycle of a plan takes, in all and of each size."""

from collections.abc import Sequence

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.models import Plan
from app.subscriptions.place_models import Capacity
from app.subscriptions.place_queries import limits_of, prices_of
from app.subscriptions.place_rules import WHOLE, Limit, refuse_limits
from app.subscriptions.queries import plan_by_code
from app.subscriptions.rules import Pricing, SubscriptionRefusal
from app.subscriptions.services.offer_places import offer_places


def set_places(work: UnitOfWork, code: str, limits: Sequence[Limit], hold_days: int) -> Plan:
    """Limit a plan like this from now on; sizes that are not named have no limit of their own.

    Nobody who has a place loses it. What becomes free goes to those who wait.
    """
    plan = plan_by_code(work.session, code)
    work.session.refresh(plan, with_for_update=True)
    wanted = {
        each.size: each
        for each in limits
        if each.places is not None or each.turnover_cents is not None
    }
    wrong = refuse_limits(list(limits), hold_days, plan.pricing is Pricing.FIXED)
    if wrong:
        raise Refused(wrong[0], field=wrong[1])
    if not set(wanted) <= {WHOLE, *prices_of(plan)}:
        raise Refused(SubscriptionRefusal.UNKNOWN_SIZE, field="limits")
    known = {each.size: each for each in limits_of(work.session, plan.id, lock=True)}
    for size, row in known.items():
        if size not in wanted:
            work.session.delete(row)
    for size, limit in wanted.items():
        _set(work, plan, limit, known.get(size))
    plan.hold_days = hold_days
    work.session.flush()
    offer_places(work, plan.id)
    return plan


def _set(work: UnitOfWork, plan: Plan, limit: Limit, row: Capacity | None) -> None:
    if row is None:
        row = Capacity(plan_id=plan.id, size=limit.size)
        work.session.add(row)
    row.places, row.turnover_cents = limit.places, limit.turnover_cents
