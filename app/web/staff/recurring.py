"""Recurring revenue over the months: what came, grew, shrank, left, and who is behind it."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from app.finance.first_box_queries import first_and_later
from app.finance.period_rules import months_after, read_month, written
from app.finance.recurring_queries import recurring_months, recurring_rows
from app.finance.recurring_rules import TOTAL, MoveKind, RecurringOverview
from app.web.doors import open_work
from app.web.i18n import money
from app.web.staff.drawing import Columns, Piece, columns
from app.web.staff.finance_frame import month_name, send, shown_month, wanted_file
from app.web.staff.finance_sheets import recurring_sheet
from app.web.staff.finance_words import finance_words
from app.web.staff.paging import wanted_page
from app.web.staff.rights import allowed

bp = Blueprint("staff_recurring", __name__, url_prefix="/staff/finance/recurring")
TONES = {
    MoveKind.NEW: "good",
    MoveKind.REACTIVATION: "dim",
    MoveKind.EXPANSION: "live",
    MoveKind.CONTRACTION: "warn",
    MoveKind.CHURN: "bad",
    MoveKind.ENDED: "none",
}
PEOPLE = 100


@bp.get("/")
@allowed("money")
def show() -> ResponseReturnValue:
    """Show how recurring revenue moved in the two years up to a month."""
    with open_work() as work:
        shown = shown_month(work)
        months = recurring_months(work.session, shown.month, work.shop.zone)
        earned = first_and_later(work.session, shown.month, shown.currency)
    kind = wanted_file()
    if kind:
        sheet = recurring_sheet(months, shown.currency)
        return send(sheet, kind, f"recurring-{written(shown.month)}")
    return render_template(
        "staff/recurring.html",
        shown=shown,
        months=months,
        earned=earned,
        kinds=TOTAL,
        tones=TONES,
        moved=drawn_moves(months),
        held=drawn_totals(months),
    )


@bp.get("/<month>/<kind>")
@allowed("money")
def people(month: str, kind: str) -> ResponseReturnValue:
    """Show the subscribers behind one figure."""
    first, kinds = read_month(month), {each.value: each for each in MoveKind}
    if first is None or kind not in kinds:
        abort(404)
    window = wanted_page(PEOPLE)
    with open_work() as work:
        rows = recurring_rows(work.session, first, kinds[kind], work.shop.zone, window.limits)
    return render_template(
        "staff/recurring_people.html",
        month=first,
        kind=kind,
        rows=window.page(rows),
        next_month=months_after(first, 1),
    )


def drawn_moves(months: tuple[RecurringOverview, ...]) -> Columns:
    """Draw gains above the line and losses below it."""
    stacks: list[list[Piece]] = [
        [
            (TONES[kind], row.moves[kind].cents, _words(kind, row.moves[kind].cents))
            for kind in TOTAL
        ]
        for row in months
    ]
    return columns([month_name(row.month, short=True) for row in months], stacks)


def drawn_totals(months: tuple[RecurringOverview, ...]) -> Columns:
    """Draw what recurs at each month's end: what runs below, what is paused above it."""
    stacks: list[list[Piece]] = [
        [
            ("live", row.running_cents, money(row.running_cents)),
            ("none", row.paused_cents, _words(MoveKind.PAUSED, row.paused_cents)),
        ]
        for row in months
    ]
    return columns([month_name(row.month, short=True) for row in months], stacks)


def _words(kind: MoveKind, cents: int) -> str:
    return f"{finance_words('move', kind)}: {money(cents)}"
