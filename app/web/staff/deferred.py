"""What is owed as boxes: how it moved, month by month and plan by plan, and when it was earned."""

from datetime import date

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.finance.deferred_queries import RollForward, Waterfall, roll_forward, waterfall
from app.finance.deferred_rules import Part, sources_of
from app.finance.period_rules import written
from app.web.doors import open_work
from app.web.i18n import money
from app.web.staff.drawing import Columns, Piece, columns
from app.web.staff.finance_frame import month_name, send, shown_month, wanted_file
from app.web.staff.finance_sheets import deferred_sheet, waterfall_sheet
from app.web.staff.finance_words import finance_words
from app.web.staff.paging import wanted_word
from app.web.staff.rights import allowed

bp = Blueprint("staff_deferred", __name__, url_prefix="/staff/finance/deferred")
TONES = {Part.BILLED: "good", Part.EARNED: "live", Part.REFUNDED: "bad", Part.ADJUSTED: "warn"}


@bp.get("/")
@allowed("money")
def show() -> ResponseReturnValue:
    """Show the roll-forward of a month, and what was earned by month of billing."""
    with open_work() as work:
        shown = shown_month(work)
        forward = roll_forward(work.session, shown.month, shown.currency)
        fall = waterfall(work.session, shown.month, shown.currency)
    kind = wanted_file()
    if kind and wanted_word("table") == "waterfall":
        sheet = waterfall_sheet(fall, shown.currency)
        return send(sheet, kind, f"waterfall-{written(shown.month)}")
    if kind:
        return send(deferred_sheet(forward), kind, f"deferred-{written(shown.month)}")
    return render_template(
        "staff/deferred.html",
        shown=shown,
        forward=forward,
        fall=fall,
        parts=tuple(Part),
        sources={part: sources_of(part) for part in Part},
        tones=TONES,
        moved=drawn_moves(forward),
        earned=drawn_earned(fall),
    )


def drawn_moves(forward: RollForward) -> Columns:
    """Draw what was added and taken away, month by month."""
    stacks: list[list[Piece]] = [
        [
            (TONES[part], row.parts[part], _named(finance_words("part", part), row.parts[part]))
            for part in Part
        ]
        for row in forward.months
    ]
    return drawn_from([row.month for row in forward.months], stacks)


def drawn_earned(fall: Waterfall) -> Columns:
    """Draw what was earned: billed in the same month below, billed before above it."""
    stacks: list[list[Piece]] = []
    for month in fall.months:
        same = fall.earned.get(month, {}).get(month, 0)
        whole = sum(row.get(month, 0) for row in fall.earned.values())
        stacks.append([("live", same, money(same)), ("good", whole - same, money(whole - same))])
    return drawn_from(list(fall.months), stacks)


def drawn_from(months: list[date], stacks: list[list[Piece]]) -> Columns:
    """Draw the months from the first in which anything happened."""
    busy = (place for place, stack in enumerate(stacks) if any(cents for _, cents, _ in stack))
    first = next(busy, 0)
    return columns([month_name(month, short=True) for month in months[first:]], stacks[first:])


def _named(words: str, cents: int) -> str:
    return f"{words}: {money(cents)}"
