"""How much coffee is left: asked by the link of a letter, of who need not sign in."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.links import LEFT, LEFT_LASTS, read_link
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.services.foresee_supply import foresee_supply
from app.fulfilment.supply_queries import reader_of
from app.personalization.services.note_bags import note_bags
from app.personalization.supply_rules import HALVES, SupplyRefusal, SupplyWord
from app.web.doors import open_work, public, tools
from app.web.limits import SIGN_IN, limiter
from app.web.portal.supply import thanks
from app.web.typed import Typed

bp = Blueprint("left", __name__, url_prefix="/left")


@bp.get("/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Ask who follows the link of a letter how much coffee is left; opening it says nothing."""
    with open_work() as work:
        foreseen = foresee_supply(work, reader(work, token))
    if foreseen is None:
        raise Refused(SupplyRefusal.UNKNOWN_LINK)
    return render_template("portal/left.html", foreseen=foreseen, token=token)


@bp.post("/<token>")
@limiter.limit(SIGN_IN)
@public
def answer(token: str) -> ResponseReturnValue:
    """Keep the answer of who follows the link of a letter."""
    halves = Typed(request.form).choice("halves", list(map(str, HALVES)))
    if halves is not None:
        with open_work() as work:
            note_bags(work, reader(work, token), int(halves))
        flash(thanks(SupplyWord.LOW), "good")
    return redirect(url_for("left.show", token=token), 303)


def reader(work: UnitOfWork, token: str) -> uuid.UUID:
    """Return who a letter was written to, by its link; refuse a forged or old one."""
    secret = tools().settings.secret_key.get_secret_value()
    named = read_link(secret, LEFT, token, LEFT_LASTS)
    found = reader_of(work.session, uuid.UUID(named)) if named else None
    if found is None:
        raise Refused(SupplyRefusal.UNKNOWN_LINK)
    return found
