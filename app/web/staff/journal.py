"""The journal: the entries behind every figure, as a page and as files, and its accounts' codes."""

import uuid
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.refusals import Refused
from app.finance.account_rules import NAMES, PROVED, Code, Correction, Program
from app.finance.deferred_queries import plan_names
from app.finance.journal_queries import Sought, journal_page, sums_of
from app.finance.journal_sheet import account_codes, journal_sheet
from app.finance.period_rules import read_month, written
from app.finance.rules import Ledger, Source
from app.finance.services.correct_books import correct_books
from app.finance.services.save_account_codes import import_account_codes, save_account_codes
from app.web.doors import open_work
from app.web.staff.finance_frame import Shown, send, shown_month, wanted_file
from app.web.staff.paging import wanted_word
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_journal", __name__, url_prefix="/staff/finance/journal")
bp.register_error_handler(Refused, back_to("staff_journal.codes"))
ENTRIES = 40
PROGRAMS = {program.value: program for program in Program}
SIDES = {"debit": 1, "credit": -1}
FREE = tuple(account.value for account in Ledger if account not in PROVED)
CODES_FILE = 1_000_000


def wanted(shown: Shown) -> Sought:
    """Return which lines the address asks for; what makes no sense is left aside."""
    accounts = {account.value: account for account in Ledger}
    try:
        plan_id = uuid.UUID(wanted_word("plan"))
    except ValueError:
        plan_id = None
    try:
        invoice_id = uuid.UUID(wanted_word("invoice"))
    except ValueError:
        invoice_id = None
    return Sought(
        first=date(2000, 1, 1) if invoice_id else shown.month,
        last=shown.month,
        accounts=tuple(accounts[each] for each in _several("account") if each in accounts),
        sources=_several("source"),
        side=SIDES.get(wanted_word("side"), 0),
        plan_id=plan_id,
        billed=read_month(wanted_word("billed")),
        invoice_id=invoice_id,
        country=wanted_word("country"),
        region=wanted_word("region"),
    )


def _several(name: str) -> tuple[str, ...]:
    return tuple(each for each in wanted_word(name).split(",") if each)


def after() -> tuple[date, int] | None:
    """Return the entry after which the page goes on."""
    day, _, number = wanted_word("after").partition("_")
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None


@bp.get("/")
@allowed("money")
def index() -> ResponseReturnValue:
    """Show the entries that are asked for, or hand them over as a file."""
    with open_work() as work:
        shown = shown_month(work)
        sought = wanted(shown)
        kind = wanted_file()
        if kind:
            program = PROGRAMS.get(wanted_word("program"))
            sheet = journal_sheet(work.session, sought, program)
            return send(sheet, kind, f"journal-{written(shown.month)}")
        lines = journal_page(work.session, sought, after(), ENTRIES)
        sums = sums_of(work.session, sought)
        plans = plan_names(work.session)
    full = len({line.entry for line in lines}) == ENTRIES
    more = f"{lines[-1].day.isoformat()}_{lines[-1].entry}" if full else ""
    return render_template(
        "staff/journal.html",
        shown=shown,
        sought=sought,
        lines=lines,
        sums=sums,
        more=more,
        plans=plans,
        programs=PROGRAMS,
    )


@bp.get("/codes")
@allowed("money")
def codes() -> ResponseReturnValue:
    """Show what the accounts are called in other programs."""
    with open_work() as work:
        known = {name: account_codes(work.session, program) for name, program in PROGRAMS.items()}
    return render_template("staff/account_codes.html", known=known, names=NAMES, blank=Code())


@bp.post("/codes/<program>")
@allowed("money")
def save_codes(program: str) -> ResponseReturnValue:
    """Keep the codes that were typed, or those of a file."""
    chosen = PROGRAMS.get(program, Program.QUICKBOOKS)
    file = request.files.get("file")
    with open_work() as work:
        if file is not None and file.filename:
            count = import_account_codes(work, chosen, file.stream.read(CODES_FILE))
        else:
            count = save_account_codes(work, chosen, _typed())
    flash(gettext("Accounts with a code: %(n)d.", n=count), "good")
    return redirect(url_for("staff_journal.codes"), 303)


def _typed() -> dict[Ledger, Code]:
    return {
        account: Code(
            request.form.get(f"code-{account.value}", "").strip(),
            request.form.get(f"name-{account.value}", "").strip(),
        )
        for account in Ledger
    }


@bp.get("/correction")
@allowed("money")
def correction() -> ResponseReturnValue:
    """Show the form for an entry that is written by hand."""
    return correction_form(Typed())


@bp.post("/correction")
@allowed("money")
def write_correction() -> ResponseReturnValue:
    """Write an entry by hand into the open month."""
    typed = Typed(request.form)
    debit, credit = (typed.choice(name, FREE) for name in ("debit", "credit"))
    cents, memo = typed.cents("amount"), typed.text("memo", required=True, longest=500)
    key = typed.key("key")
    if not typed.ok or debit is None or credit is None or key is None:
        return correction_form(typed), 422
    try:
        with open_work() as work:
            wanted = Correction(Ledger(debit), Ledger(credit), cents, memo, str(key))
            number = correct_books(work, wanted)
    except Refused as refused:
        typed.refused(refused)
        return correction_form(typed), 422
    flash(gettext("Entry %(n)d is written.", n=number), "good")
    return redirect(url_for("staff_journal.index", source=Source.CORRECTION.value), 303)


def correction_form(typed: Typed) -> str:
    """Return the form; its key makes a double tap one entry."""
    key = typed.values.get("key") or str(uuid.uuid4())
    return render_template("staff/correction.html", typed=typed, accounts=FREE, key=key)
