"""Goes back to the model that was live before."""

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.personalization.model_queries import live_row, model_row
from app.personalization.model_rules import ModelRefusal
from app.personalization.services.release_model import Released, take_over
from app.personalization.services.train_model import hold_models


def roll_back_model(work: UnitOfWork) -> Released:
    """Make the model live again that the live one replaced; refuse when there was none.

    The file of the live one is not looked at: it may be the reason for going back.
    """
    hold_models(work)
    live = live_row(work.session)
    if live is None or live.replaced is None:
        raise Refused(ModelRefusal.NONE_BEFORE)
    row = model_row(work.session, live.replaced)
    return take_over(work, row, f"rolled back from {live.version}", back=True)
