"""Tracking numbers from a carrier's file: good lines are taken, bad ones are named."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.refusals import Refused
from app.finance.services.record_shipment import record_shipment
from app.fulfilment.services.record_tracking import record_tracking
from app.fulfilment.tracking_rules import LineProblem, read_tracking
from app.web.doors import open_work
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_tracking", __name__, url_prefix="/staff/tracking")
bp.register_error_handler(Refused, back_to("staff_tracking.show"))


@dataclass(frozen=True)
class Taken:
    """What became of a file."""

    shipped: int
    known: int
    problems: tuple[LineProblem, ...]


@bp.get("/")
@allowed("tracking")
def show() -> ResponseReturnValue:
    """Ask for the carrier's file."""
    return render_template("staff/tracking.html", typed=Typed(), taken=None)


@bp.post("/")
@allowed("tracking")
def take() -> ResponseReturnValue:
    """Take a file; sending the same file again changes nothing, so the answer needs no redirect."""
    typed = Typed(request.form)
    text = read_file(typed)
    if not typed.ok:
        return render_template("staff/tracking.html", typed=typed, taken=None), 422
    file = read_tracking(text)
    with open_work() as work:
        report = record_tracking(work, file.rows)
        record_shipment(work, report.shipped)
    problems = sorted((*file.problems, *report.problems), key=lambda each: each.line)
    taken = Taken(len(report.shipped), report.duplicates, tuple(problems))
    return render_template("staff/tracking.html", typed=typed, taken=taken)


def read_file(typed: Typed) -> str:
    """Return the text of the file that was sent, or of the field that was filled in."""
    sent = request.files.get("file")
    content = sent.read() if sent else b""
    if not content:
        pasted = typed.values.get("pasted", "")
        if not pasted.strip():
            typed.refuse("file", gettext("Please choose a file, or paste its lines."))
        return pasted
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        typed.refuse("file", gettext("This file is not UTF-8 text."))
        return ""
