"""Changes how a plan is sold: ahead, in which rhythms, until when. Agreements made stay."""

from app.core.unit_of_work import UnitOfWork
from app.subscriptions.models import Plan
from app.subscriptions.queries import plan_by_code
from app.subscriptions.services.save_plan import Selling, refuse_selling, set_selling


def offer_plan(work: UnitOfWork, code: str, selling: Selling) -> Plan:
    """Sell a plan in these ways from now on."""
    plan = plan_by_code(work.session, code)
    refuse_selling(plan.pricing, selling)
    set_selling(plan, selling)
    work.session.flush()
    return plan
