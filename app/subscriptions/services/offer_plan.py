"""Changes how a plan is sold: ahead, in which rhythms, until when. Agreements made stay."""

from app.core.clock import local_day
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.models import Plan
from app.subscriptions.price_term_rules import PriceTermRefusal
from app.subscriptions.queries import plan_by_code
from app.subscriptions.services.save_plan import Selling, refuse_selling, set_selling
from app.subscriptions.term_rules import TermRefusal


def offer_plan(work: UnitOfWork, code: str, selling: Selling) -> Plan:
    """Sell a plan in these ways from now on."""
    plan = plan_by_code(work.session, code)
    refuse_selling(plan.pricing, selling)
    if plan.price_terms.get("pledge") and (selling.prepaid or selling.charge_every > 1):
        raise Refused(PriceTermRefusal.PLEDGE_AHEAD, field="prepaid")
    last = selling.ends_on
    if last and last != plan.ends_on and last <= local_day(work.now, work.shop.zone):
        raise Refused(TermRefusal.END_PAST, field="ends_on")
    set_selling(plan, selling)
    work.session.flush()
    return plan
