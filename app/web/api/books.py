"""Books: the provider's events, the proof that everything holds, and letters that wait."""

from datetime import date
from io import BytesIO
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.outbox import waiting_letters
from app.core.unit_of_work import UnitOfWork
from app.finance.journal_queries import Sought
from app.finance.journal_sheet import journal_sheet
from app.finance.period_queries import closed_months
from app.finance.period_rules import written
from app.finance.queries import list_events as newest_events
from app.finance.rules import EventStatus
from app.finance.services import replay_events as replaying
from app.finance.sheet_file import FileKind, write_sheet
from app.people.rules import Scope
from app.web.api.chapter import Chapter, CsvFile
from app.web.api.shapes import (
    GivenMoment,
    Moment,
    Page,
    Paging,
    Params,
    Strict,
    cut,
    shown,
)
from app.web.doors import actor
from app.wiring.prove_books import prove_books
from app.wiring.tools import Tools

BOOKS = Chapter("Books", "Events of the payment provider, and the proof that everything holds.")
CSV = "text/csv; charset=utf-8"
EventId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,100}$")]
EventType = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.]{1,100}$")]


class EventQuery(Paging):
    """Which events are wanted."""

    status: EventStatus | None = Field(None, description="Only those that ended so.")
    type: EventType | None = Field(None, description="Only those of this type.")


class Event(Strict):
    """An event of the payment provider, and what became of it."""

    id: str
    type: str
    object_id: str
    status: EventStatus
    attempts: int
    last_error: str | None
    received_at: Moment
    done_at: Moment | None


class EventPage(Page[Event]):
    """One page of events."""


class ReplayIn(Strict):
    """Which events to apply again; without any choice, the dead ones."""

    model_config = shown(type="payment_intent.succeeded")

    ids: list[EventId] = Field(default_factory=list, max_length=500)
    type: EventType | None = None
    since: GivenMoment | None = None


class Replayed(Strict):
    """How many events wait again."""

    replayed: int


class CheckIn(Strict):
    """Whether to ask the payment provider for its own lists too."""

    model_config = shown(with_provider=True)

    with_provider: bool = True


class Violation(Strict):
    """A rule of the books that does not hold, for what, and in which way."""

    invariant: str
    subject: str
    sentence: str


class BookCheck(Strict):
    """One proof of the books; no violations means that everything holds."""

    violations: list[Violation]


class LetterRow(Strict):
    """A letter that has not gone out, and why if it was tried."""

    id: int
    kind: str
    promised_at: Moment
    attempts: int
    last_error: str | None


class LetterPage(Page[LetterRow]):
    """One page of letters."""


class MonthPath(Params):
    """Names a month of the books."""

    month: Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]


class ClosedMonth(Strict):
    """A month of the books that is closed for good."""

    month: str
    closed_at: Moment
    entries: int
    sha256: str = Field(description="SHA-256 of all its lines.")


class MonthPage(Page[ClosedMonth]):
    """One page of closed months."""


@BOOKS.get("/events", Scope.BILLING_READ)
def list_events(work: UnitOfWork, query: EventQuery) -> EventPage:
    """List the provider's events, the newest first."""
    found = newest_events(work.session, query.status, query.type, query.reach)
    page = cut(query, found)
    return EventPage(**{**page, "items": [Event(**vars(each)) for each in page["items"]]})


@BOOKS.post("/events/replay", Scope.BILLING_WRITE)
def replay_events(work: UnitOfWork, body: ReplayIn) -> Replayed:
    """Let events be applied again; applying one twice changes nothing."""
    count = replaying.replay_events(work, body.ids, body.type, body.since)
    return Replayed(replayed=count)


@BOOKS.post("/book-checks", Scope.BILLING_WRITE)
def check_books(tools: Tools, body: CheckIn) -> BookCheck:
    """Prove the books: everything that must hold, compared with the provider's own lists."""
    found = prove_books(tools, actor(), with_provider=body.with_provider)
    return BookCheck(violations=[Violation(**vars(each)) for each in found])


@BOOKS.get("/journal/<month>.csv", Scope.BILLING_READ)
def get_journal(work: UnitOfWork, path: MonthPath) -> CsvFile:
    """Get all lines of the money's diary of a month as CSV, the same bytes each time."""
    month, file = date.fromisoformat(f"{path.month}-01"), BytesIO()
    write_sheet(journal_sheet(work.session, Sought(month, month)), FileKind.CSV, file)
    return CsvFile(file.getvalue(), f"journal-{path.month}.csv", CSV)


@BOOKS.get("/months", Scope.BILLING_READ)
def list_closed_months(work: UnitOfWork, query: Paging) -> MonthPage:
    """List the months of the books that are closed for good, the newest first."""
    page = cut(query, closed_months(work.session, query.reach))
    found = [
        ClosedMonth(
            month=written(each.month),
            closed_at=each.closed_at,
            entries=each.entries,
            sha256=each.sha256,
        )
        for each in page["items"]
    ]
    return MonthPage(**{**page, "items": found})


@BOOKS.get("/letters/waiting", Scope.SUBSCRIPTIONS_READ)
def list_waiting_letters(work: UnitOfWork, query: Paging) -> LetterPage:
    """List the letters that have not gone out yet, the oldest first."""
    page = cut(query, waiting_letters(work.session, work.now))
    return LetterPage(**{**page, "items": [LetterRow(**vars(each)) for each in page["items"]]})
