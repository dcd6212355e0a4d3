"""What all pages of finance share: which month they show, and the same figures as a file."""

import tempfile
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date
from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from app.core.clock import local_day
from app.core.unit_of_work import UnitOfWork
from app.finance.period_queries import closed_month
from app.finance.period_rules import month_of, months_after, read_month, written
from app.finance.sheet_file import FileKind, Sheet, write_sheet
from app.web.i18n import language, locale

EARLIEST = date(2000, 1, 1)
TYPES = {
    FileKind.CSV: "text/csv; charset=utf-8",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
AT_ONCE = 65_536


@dataclass(frozen=True)
class Shown:
    """The month that a page shows; `later` is None where the month is the present one."""

    month: date
    closed: bool
    earlier: date | None
    later: date | None
    currency: str

    @property
    def over(self) -> bool:
        return self.later is not None


def shown_month(work: UnitOfWork) -> Shown:
    """Return the month that the address asks for; the present one where it makes no sense."""
    now = month_of(local_day(work.now, work.shop.zone))
    asked = read_month(request.args.get("month", "")) or now
    month = min(max(asked, EARLIEST), now)
    return Shown(
        month,
        closed_month(work.session, month) is not None,
        months_after(month, -1) if month > EARLIEST else None,
        months_after(month, 1) if month < now else None,
        work.shop.currency,
    )


def wanted_file() -> FileKind | None:
    """Return the kind of file that the address asks for, if it asks for one."""
    kinds = {kind.value: kind for kind in FileKind}
    return kinds.get(request.args.get("file", ""))


def send(sheet: Sheet, kind: FileKind, name: str) -> ResponseReturnValue:
    """Answer with a table as a file; it is written aside first, so that memory stays small."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it is sent
    write_sheet(sheet, kind, file)
    size = file.tell()
    file.seek(0)
    answer = Response(iter(lambda: file.read(AT_ONCE), b""), content_type=TYPES[kind])
    answer.call_on_close(file.close)
    answer.headers["Content-Length"] = str(size)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind.value}"'
    return answer


def month_name(month: date, short: bool = False) -> str:
    """Write a month as people read it."""
    if language() == "en":
        return str(format_date(month, "MMM yy" if short else "LLLL y", locale=locale()))
    return str(format_date(month, "yy/M" if short else "y年M月", locale=locale()))


def this_page(**changes: Any) -> str:
    """Return the address of this page with some of its questions changed; None leaves one out."""
    asked: dict[str, Any] = {**request.args.to_dict(), **(request.view_args or {}), **changes}
    kept = {key: value for key, value in asked.items() if value is not None}
    return url_for(str(request.endpoint), **kept)


def behind(month: date, **wanted: Any) -> str:
    """Return the address of the entries behind a figure."""
    asked = {key: value for key, value in wanted.items() if value not in (None, "")}
    return url_for("staff_journal.index", month=written(month), **asked)
