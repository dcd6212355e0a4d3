"""Keeps the terms of a plan for its unpaid boxes; they hold from the next decline on."""

import uuid

from sqlalchemy.dialects.postgresql import insert

from app.billing.dunning_rules import DunningTerms
from app.billing.models import Dunning
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.queries import plan_of


def save_dunning(work: UnitOfWork, plan_id: uuid.UUID, terms: DunningTerms) -> None:
    """Give a plan its own terms."""
    plan_of(work.session, plan_id)
    terms.refuse_misfit()
    values = {
        "days": list(terms.days),
        "end_action": terms.end,
        "after_unpaid": terms.after_unpaid,
        "cancel_after_days": terms.cancel_after_days,
        "late_days": terms.late_days,
    }
    work.session.execute(
        insert(Dunning)
        .values(plan_id=plan_id, **values)
        .on_conflict_do_update(index_elements=["plan_id"], set_=values)
    )
    work.session.expire_all()
