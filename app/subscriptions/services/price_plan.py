"""Sets what a plan's prices depend on: the box's number, and what is in it."""

from sqlalchemy import exists, select

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.price_term_rules import (
    PriceTermRefusal,
    PriceTerms,
    dearer,
    read_back,
    refuse_price_terms,
    stored,
)
from app.subscriptions.queries import plan_by_code
from app.subscriptions.rules import OVER
from app.subscriptions.services.weigh_group import weigh_groups


def price_plan(work: UnitOfWork, code: str, terms: PriceTerms) -> Plan:
    """Price a plan's boxes like this from now on; boxes that are frozen keep what they cost.

    Raises:
        Refused: The terms do not fit the plan, or make boxes of somebody who has it dearer: that
            takes an announced price, of which everybody is told.
    """
    plan = plan_by_code(work.session, code)
    work.session.refresh(plan, with_for_update=True)
    wrong = refuse_price_terms(plan.pricing, terms)
    if wrong:
        raise Refused(wrong[0], field=wrong[1])
    if terms.pledge and (plan.prepaid or plan.charge_every > 1):
        raise Refused(PriceTermRefusal.PLEDGE_AHEAD, field="pledge")
    before = read_back(plan.price_terms)
    worse = dearer(before, terms)
    if worse and _somebody_has(work, plan):
        raise Refused(PriceTermRefusal.DEARER, field=worse)
    plan.price_terms = stored(terms)
    work.session.flush()
    if terms.group != before.group:
        weigh_groups(work, plan.id)
    return plan


def _somebody_has(work: UnitOfWork, plan: Plan) -> bool:
    living = select(Subscription.id).where(
        Subscription.plan_id == plan.id, Subscription.status.not_in(OVER)
    )
    return bool(work.session.scalar(select(exists(living))))
