"""The desk of finance: how the month stands, what waits, what the accounts hold, closing it."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.billing.ports import OutcomeUnknown
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.finance.balance_queries import AccountMonth, month_accounts
from app.finance.checklist_queries import checklist
from app.finance.health_queries import Stuck, stuck
from app.finance.payout_queries import unmatched_count
from app.finance.period_queries import ClosedMonth, closed_month, closed_months, next_to_close
from app.finance.period_rules import PeriodRefusal, Point, read_month, written
from app.finance.queries import CheckRow, last_check
from app.finance.register_queries import register_of
from app.finance.services.close_month import close_month
from app.fulfilment.invoice_queries import declined_sum
from app.web.doors import actor, open_work, tools
from app.web.staff.finance_frame import month_name, send, shown_month, wanted_file
from app.web.staff.finance_sheets import accounts_sheet
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.wiring.prove_books import prove_books

bp = Blueprint("staff_finance", __name__, url_prefix="/staff/finance")
bp.register_error_handler(Refused, back_to("staff_finance.show"))
# Months later than this ago are listed on request only.
SHOWN_MONTHS = 24


@dataclass(frozen=True)
class Desk:
    """What finance looks at first: the next month to close, the proof, what waits."""

    turn: date | None
    points: tuple[Point, ...]
    kept: ClosedMonth | None
    months: tuple[ClosedMonth, ...]
    check: CheckRow | None
    stuck: Stuck
    declined: tuple[int, int]
    unmatched: int
    disputes: int
    accounts: tuple[AccountMonth, ...]

    @property
    def ready(self) -> bool:
        return bool(self.points) and all(point.holds for point in self.points)

    @property
    def waits(self) -> bool:
        """Say whether something needs a person."""
        failed = self.stuck.dead_events + self.stuck.failed_refunds
        return bool(self.unmatched or self.disputes or self.declined[0] or failed)


@bp.get("/")
@allowed("money")
def show() -> ResponseReturnValue:
    """Show how a month stands, and the accounts in it."""
    with open_work() as work:
        shown = shown_month(work)
        desk = desk_of(work, shown.month)
    kind = wanted_file()
    if kind:
        return send(accounts_sheet(desk.accounts), kind, f"accounts-{written(shown.month)}")
    return render_template("staff/finance.html", shown=shown, desk=desk)


def desk_of(work: UnitOfWork, month: date) -> Desk:
    """Look at everything that the desk shows."""
    session, zone = work.session, work.shop.zone
    turn = next_to_close(session)
    wanted = "needs_response"
    return Desk(
        turn=turn,
        points=checklist(session, month, work.now, zone) if turn == month else (),
        kept=closed_month(session, month),
        months=closed_months(session, SHOWN_MONTHS),
        check=last_check(session),
        stuck=stuck(session),
        declined=declined_sum(session),
        unmatched=unmatched_count(session),
        disputes=sum(
            row.status.endswith(wanted) for row in register_of(session, month, zone).disputes
        ),
        accounts=month_accounts(session, month),
    )


@bp.post("/prove")
@allowed("money")
def prove() -> ResponseReturnValue:
    """Prove the books now, with the provider's lists where it answers."""
    found, asked = _proved()
    if not asked:
        flash(gettext("The provider does not answer: proved without its lists."), "warn")
    if found:
        flash(gettext("Things that do not hold: %(n)d.", n=found), "bad")
    else:
        flash(gettext("The books were proved: everything holds."), "good")
    return redirect(url_for("staff_finance.show", month=request.form.get("month")), 303)


@bp.post("/close")
@allowed("money")
def close() -> ResponseReturnValue:
    """Prove the books and close a month for good."""
    month = read_month(request.form.get("month", ""))
    if month is None:
        raise Refused(PeriodRefusal.BAD_MONTH)
    _proved()
    with open_work() as work:
        close_month(work, month)
    flash(gettext("%(month)s is closed.", month=month_name(month)), "good")
    return redirect(url_for("staff_finance.show", month=written(month)), 303)


def _proved() -> tuple[int, bool]:
    """Return how much does not hold, and whether the provider was asked."""
    try:
        return len(prove_books(tools(), actor())), True
    except OutcomeUnknown:
        return len(prove_books(tools(), actor(), with_provider=False)), False
