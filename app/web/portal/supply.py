"""The coffee at home: how long it lasts, drawn, and the one tap that says otherwise."""

from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.clock import days_after
from app.core.refusals import Refused
from app.fulfilment.services.foresee_supply import Foreseen
from app.fulfilment.supply_rules import ON_ITS_WAY
from app.personalization.services.note_bags import note_bags
from app.personalization.services.note_supply import note_supply
from app.personalization.supply_rules import HALVES, SupplyWord
from app.web.doors import open_work, subscriber_only
from app.web.portal.refusals import back_to
from app.web.typed import Typed

bp = Blueprint("supply", __name__, url_prefix="/supply")
bp.register_error_handler(Refused, back_to("box.show"))
LONGEST_DAYS = 90


@dataclass(frozen=True)
class Drawing:
    """Where the days stand on a line from today on, in per cent of its length."""

    soonest: float
    runs_out: float
    latest: float
    comes: float


@bp.post("/say")
@subscriber_only
def say() -> ResponseReturnValue:
    """Keep what somebody says about their coffee; tapping twice says it once."""
    word = Typed(request.form).choice("word", list(SupplyWord))
    if word is not None:
        with open_work() as work:
            note_supply(work, g.subscriber_id, SupplyWord(word))
        flash(thanks(SupplyWord(word)), "good")
    return redirect(url_for("box.show") + "#supply", 303)


@bp.post("/bags")
@subscriber_only
def bags() -> ResponseReturnValue:
    """Keep how many bags somebody says are left."""
    halves = Typed(request.form).choice("halves", list(map(str, HALVES)))
    if halves is not None:
        with open_work() as work:
            note_bags(work, g.subscriber_id, int(halves))
        flash(thanks(SupplyWord.LOW), "good")
    return redirect(url_for("box.show") + "#supply", 303)


@bp.app_template_filter("bags")
def in_bags(halves: int) -> str:
    """Write half bags as people do: ½, 1, 1½."""
    whole, half = divmod(halves, 2)
    return f"{whole or ''}{'½' if half else ''}" or str(gettext("hardly any"))


@bp.app_template_global("supply_drawing")
def drawing(foreseen: Foreseen) -> Drawing:
    """Return the line of days of a forecast."""
    supply, today = foreseen.supply, foreseen.today
    comes_on = days_after(foreseen.next_on, ON_ITS_WAY)
    shown = (supply.soonest, supply.runs_out_on, supply.latest, comes_on)
    days = [min(max((day - today).days, 0), LONGEST_DAYS) for day in shown]
    whole = max(*days, 7) * 1.05
    return Drawing(*(round(100 * day / whole, 2) for day in days))


def thanks(word: SupplyWord) -> str:
    """Say that a word was heard."""
    if word is SupplyWord.FINE:
        return str(gettext("Good. We leave your boxes as they are."))
    return str(gettext("Thank you. We reckon with that from now on."))
