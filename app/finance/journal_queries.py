"""The diary line by line, in the order of its days: for exports, for pages, for its checksum."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Row, Select, case, func, select
from sqlalchemy.orm import Session

from app.billing.models import Invoice, Payment
from app.finance.models import Entry, Posting
from app.finance.period_rules import months_after
from app.finance.rules import Ledger, Source
from app.fulfilment.models import Box
from app.fulfilment.rules import order_number
from app.people.models import Address
from app.subscriptions.models import Subscription

# These causes are named by the provider's own object; the others by the payment of their invoice.
PROVIDERS = frozenset(Source) - {
    Source.SHIPMENT,
    Source.INSTALMENT,
    Source.CREDIT,
    Source.CARRIED,
    Source.ON_ACCOUNT,
    Source.ON_ACCOUNT_BACK,
    Source.WRITE_OFF,
    Source.VOUCHER,
    Source.VOUCHER_EXPIRED,
    Source.CORRECTION,
}
AT_ONCE = 2000


@dataclass(frozen=True)
class JournalLine:
    """One side of one entry, in cents. `customer` is the number of the subscription."""

    entry: int
    day: date
    source: str
    account: Ledger
    debit_cents: int
    credit_cents: int
    currency: str
    memo: str
    order: str
    customer: str
    provider_id: str
    invoice_id: uuid.UUID | None


@dataclass(frozen=True)
class Sought:
    """Which lines are wanted: of some months (both included), accounts, causes, plan, billing.

    Nothing named means all. `side` is 1 for debits alone and -1 for credits alone. `country` and
    `region` are where the box of the invoice goes; region counts with a country.
    """

    first: date
    last: date
    accounts: tuple[Ledger, ...] = ()
    sources: tuple[str, ...] = ()
    side: int = 0
    plan_id: uuid.UUID | None = None
    billed: date | None = None
    invoice_id: uuid.UUID | None = None
    country: str = ""
    region: str = ""


@dataclass(frozen=True)
class Sums:
    """How many lines there are and what they come to, in cents."""

    lines: int
    debit_cents: int
    credit_cents: int


def _where(sought: Sought) -> Iterator[ColumnElement[bool]]:
    yield Entry.effective_on >= sought.first
    yield Entry.effective_on < months_after(sought.last, 1)
    if sought.accounts:
        yield Posting.account.in_(sought.accounts)
    if sought.sources:
        yield Entry.source.in_(sought.sources)
    if sought.side:
        yield Posting.amount_cents * sought.side > 0
    for column, value in (
        (Entry.plan_id, sought.plan_id),
        (Entry.billed_month, sought.billed),
        (Entry.invoice_id, sought.invoice_id),
    ):
        if value:
            yield column == value
    if sought.country:
        yield Entry.invoice_id.in_(_bound_for(sought.country, sought.region))


def _bound_for(country: str, region: str) -> Select[uuid.UUID]:
    """Return the invoices of boxes that go to a place; of what has no box, the subscriber's."""
    place = func.coalesce(Box.address["country"].astext, Address.country)
    part = func.coalesce(Box.address["region"].astext, Address.region)
    return (
        select(Invoice.id)
        .outerjoin(Box, Box.invoice_id == Invoice.id)
        .join(Subscription, Subscription.id == Invoice.subscription_id)
        .join(Address, Address.id == Subscription.address_id)
        .where(place == country, part == region)
    )


def _lines(sought: Sought) -> Select[Entry, Ledger, int, int, int | None, str | None]:
    return (
        select(
            Entry,
            Posting.account,
            Posting.amount_cents,
            Subscription.number,
            Invoice.cycle,
            Payment.provider_id,
        )
        .join(Posting, Posting.entry_id == Entry.id)
        .outerjoin(Subscription, Subscription.id == Entry.subscription_id)
        .outerjoin(Invoice, Invoice.id == Entry.invoice_id)
        .outerjoin(Payment, Payment.invoice_id == Entry.invoice_id)
        .where(*_where(sought))
        .order_by(Entry.effective_on, Entry.number, Posting.account)
    )


def journal(session: Session, sought: Sought) -> Iterator[JournalLine]:
    """Yield every wanted line, oldest day first, a few thousand at a time."""
    rows = session.execute(_lines(sought).execution_options(yield_per=AT_ONCE))
    for row in rows:
        yield _shown(row)


def journal_page(
    session: Session, sought: Sought, after: tuple[date, int] | None, limit: int
) -> tuple[JournalLine, ...]:
    """Return the wanted lines of the next `limit` entries after (day, entry number)."""
    entries = select(Entry.id).join(Posting, Posting.entry_id == Entry.id).where(*_where(sought))
    if after is not None:
        place = func.row(Entry.effective_on, Entry.number)
        entries = entries.where(place > func.row(*after))
    entries = entries.group_by(Entry.id).order_by(Entry.effective_on, Entry.number).limit(limit)
    rows = session.execute(_lines(sought).where(Entry.id.in_(entries)))
    return tuple(_shown(row) for row in rows)


def sums_of(session: Session, sought: Sought) -> Sums:
    """Add the wanted lines up."""
    cents = Posting.amount_cents
    row = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((cents > 0, cents), else_=0)), 0),
            func.coalesce(func.sum(case((cents < 0, -cents), else_=0)), 0),
        )
        .select_from(Entry)
        .join(Posting, Posting.entry_id == Entry.id)
        .where(*_where(sought))
    ).one()
    return Sums(row[0], int(row[1]), int(row[2]))


def journal_digest(session: Session, month: date) -> tuple[int, str]:
    """Return how many entries a month has, and the SHA-256 of all their lines in order."""
    digest, seen = hashlib.sha256(), set()
    rows = session.execute(
        select(
            Entry.number,
            Entry.effective_on,
            Entry.source,
            Entry.source_id,
            Entry.currency,
            Posting.account,
            Posting.amount_cents,
        )
        .join(Posting, Posting.entry_id == Entry.id)
        .where(Entry.effective_on >= month, Entry.effective_on < months_after(month, 1))
        .order_by(Entry.effective_on, Entry.number, Posting.account)
        .execution_options(yield_per=AT_ONCE)
    )
    for row in rows:
        seen.add(row.number)
        digest.update("\x1f".join(map(str, row)).encode() + b"\n")
    return len(seen), digest.hexdigest()


def _shown(row: Row[Entry, Ledger, int, int, int | None, str | None]) -> JournalLine:
    entry, account, cents, number, cycle, payment = row
    known = entry.source_id if entry.source in PROVIDERS else payment
    order = "" if number is None or cycle is None else order_number(number, cycle)
    return JournalLine(
        entry=entry.number,
        day=entry.effective_on,
        source=entry.source,
        account=account,
        debit_cents=max(cents, 0),
        credit_cents=max(-cents, 0),
        currency=entry.currency,
        memo=entry.memo,
        order=order,
        customer=str(number) if number is not None else "",
        provider_id=known or "",
        invoice_id=entry.invoice_id,
    )
