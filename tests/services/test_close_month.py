"""A month of the books closes once, for good, and only when its checklist holds."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.core.refusals import Refused
from app.finance.account_rules import Correction
from app.finance.balance_queries import month_accounts
from app.finance.checklist_queries import checklist
from app.finance.journal_queries import journal_digest
from app.finance.models import BookCheck, Entry, LedgerMonth
from app.finance.period_rules import Check, PeriodRefusal
from app.finance.rules import Ledger, Source, Split, fee, sale
from app.finance.services.check_books import check_books
from app.finance.services.close_month import close_month
from app.finance.services.correct_books import correct_books
from app.finance.services.post import EntryDraft, post

JANUARY, FEBRUARY = date(2027, 1, 1), date(2027, 2, 1)
THIRD_OF_FEBRUARY = datetime(2027, 2, 3, 15, tzinfo=UTC)
# Half past two at night in UTC is still the evening of 31 January in New York.
LAST_EVENING = datetime(2027, 2, 1, 2, 30, tzinfo=UTC)


def note_fee(work, source_id, cents=100, happened_at=None):
    post(
        work,
        EntryDraft(Source.FEE, source_id, "USD", "A fee", fee(cents), happened_at=happened_at),
    )


def prove(work, *violations):
    work.session.add(BookCheck(checked_at=work.now, violations=list(violations), counts={}))
    work.session.flush()


def failing(work, month):
    points = checklist(work.session, month, work.now, work.shop.zone)
    return {point.check for point in points if not point.holds}


@pytest.fixture
def january(units, actor, clock):
    """A January with two fees, looked at on 3 February, the books proved."""
    with units(actor) as work:
        note_fee(work, "pi_1")
        clock.move_to(LAST_EVENING)
    with units(actor) as work:
        note_fee(work, "pi_2", 250)
    clock.move_to(THIRD_OF_FEBRUARY)
    with units(actor) as work:
        prove(work)


def test_a_month_is_of_the_shops_own_zone(units, actor, january):
    with units(actor) as work:
        assert journal_digest(work.session, JANUARY)[0] == 2
        assert journal_digest(work.session, FEBRUARY)[0] == 0


def test_a_closed_month_takes_nothing_more(units, actor, january):
    with units(actor) as work:
        closed = close_month(work, JANUARY)
    assert (closed.entries, closed.closed_by) == (2, "system:test")
    with pytest.raises(IntegrityError, match="books are closed"), units(actor) as work:
        work.session.execute(
            text(
                "INSERT INTO entry (source, source_id, currency, memo, billed_month, effective_on,"
                " effective_at, posted_at) VALUES ('fee', 'x', 'USD', '', '2027-01-01',"
                " '2027-01-31', now(), now())"
            )
        )
    with pytest.raises(IntegrityError, match="diary"), units(actor) as work:
        work.session.execute(text("DELETE FROM period"))


def test_what_is_found_out_late_goes_into_the_first_open_day(units, actor, january):
    with units(actor) as work:
        before = close_month(work, JANUARY)
        note_fee(work, "pi_3", 40, happened_at=LAST_EVENING)
    with units(actor) as work:
        late = work.session.scalars(select(Entry).where(Entry.source_id == "pi_3")).one()
        assert (late.effective_on, late.memo) == (FEBRUARY, "A fee (2027-01-31)")
        assert journal_digest(work.session, JANUARY) == (before.entries, before.sha256)


def test_the_closed_and_the_open_months_add_up(units, actor, january):
    with units(actor) as work:
        close_month(work, JANUARY)
        note_fee(work, "pi_3", 40)
        accounts = {row.account: row for row in month_accounts(work.session, FEBRUARY)}
        fees = accounts[Ledger.FEES]
        assert (fees.opening_cents, fees.debit_cents, fees.closing_cents) == (350, 40, 390)
        kept = work.session.scalars(select(LedgerMonth)).all()
        assert sum(row.debit_cents - row.credit_cents for row in kept) == 0
        assert not [v for v in check_books(work) if v.invariant == "I5"]


def test_a_month_that_is_not_over_or_not_proved_stays_open(units, actor, clock):
    with units(actor) as work:
        note_fee(work, "pi_1")
        assert failing(work, JANUARY) == {Check.OVER, Check.BOOKS}
        assert Check.IN_TURN in failing(work, FEBRUARY)
        with pytest.raises(Refused) as refused:
            close_month(work, JANUARY)
    assert refused.value.refusal is PeriodRefusal.NOT_READY
    clock.move_to(THIRD_OF_FEBRUARY)
    with units(actor) as work:
        prove(work, {"invariant": "I5", "subject": "payment x", "sentence": "is lost"})
        assert failing(work, JANUARY) == {Check.BOOKS}


def test_what_is_deferred_must_be_what_is_paid_and_not_shipped(units, actor, january):
    with units(actor) as work:
        sold = sale(Split(1500, 0))
        post(work, EntryDraft(Source.PAYMENT, "pi_9", "USD", "", sold, happened_at=LAST_EVENING))
        points = checklist(work.session, JANUARY, work.now, work.shop.zone)
        wrong = [point for point in points if not point.holds]
        assert [(point.check, point.count) for point in wrong] == [(Check.DEFERRED, 1500)]


def test_closing_twice_is_refused(units, actor, january):
    with units(actor) as work:
        close_month(work, JANUARY)
    with pytest.raises(Refused) as refused, units(actor) as work:
        close_month(work, JANUARY)
    assert refused.value.refusal is PeriodRefusal.ALREADY_CLOSED


def test_a_correction_is_a_line_of_its_own_in_the_open_month(units, actor, january):
    owed = Correction(Ledger.BAD_DEBT, Ledger.TAX, 1200, "Never paid", "k1")
    with units(actor) as work:
        close_month(work, JANUARY)
        number = correct_books(work, owed)
        assert correct_books(work, owed) == number
        accounts = {row.account: row for row in month_accounts(work.session, FEBRUARY)}
    assert accounts[Ledger.BAD_DEBT].debit_cents == 1200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"debit": Ledger.STRIPE}, "debit"),
        ({"credit": Ledger.DEFERRED}, "credit"),
        ({"credit": Ledger.BAD_DEBT}, "credit"),
        ({"cents": -5}, "amount"),
        ({"memo": " "}, "memo"),
    ],
)
def test_a_bad_correction_is_refused_in_words(units, actor, change, field):
    good = Correction(Ledger.BAD_DEBT, Ledger.TAX, 1200, "Never paid", "k1")
    with pytest.raises(Refused) as refused, units(actor) as work:
        correct_books(work, replace(good, **change))
    assert refused.value.field == field
