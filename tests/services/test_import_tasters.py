"""Tasters come in once, with their answers and ratings; a person's own words stay."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.catalog.models import Product
from app.catalog.rules import SaleStatus
from app.core.records import AuditEntry
from app.people.models import Person
from app.personalization.models import TasteEvent, TasteProfile
from app.personalization.queries import answers_of
from app.personalization.rules import QuizAnswers
from app.personalization.services.answer_quiz import answer_quiz
from app.personalization.services.import_tasters import import_tasters
from app.personalization.services.train_model import train_model
from app.personalization.taster_file import read_tasters
from tests.files import DIRTY_TASTERS, REAL_FILES, missing_real_files


@pytest.fixture
def file():
    return read_tasters(DIRTY_TASTERS)


def counts(report):
    return report.new, report.changed, report.unchanged, report.dropped


def rows_written(work):
    return [
        work.session.scalar(select(func.count()).select_from(table))
        for table in (AuditEntry, TasteEvent)
    ]


def ab1(work):
    return work.session.scalars(
        select(Person.id).where(Person.email == "ab1-1@tasters.invalid")
    ).one()


def test_people_come_in_with_answers_and_ratings(units, actor, file):
    with units(actor) as work:
        report = import_tasters(work, file)
        person = work.session.get_one(Person, ab1(work))
        ratings = work.session.execute(
            select(Product.code, TasteEvent.value)
            .join(Product, Product.id == TasteEvent.product_id)
            .where(TasteEvent.subscriber_id == person.id)
            .order_by(Product.code)
        ).all()
        assert answers_of(work.session, person.id) == file.people[0].answers
        assert set(work.session.scalars(select(Product.status))) == {SaleStatus.RETIRED}
    assert counts(report) == (3, 0, 0, 3)
    assert [role.name for role in person.roles] == ["subscriber"]
    assert person.password is None
    assert [value for _, value in ratings] == [5, 3, 1, 4]


def test_the_same_file_again_writes_nothing_at_all(units, actor, file):
    with units(actor) as work:
        import_tasters(work, file)
    with units(actor) as work:
        before = rows_written(work)
        report = import_tasters(work, file)
        assert rows_written(work) == before
    assert counts(report) == (0, 0, 3, 3)


def test_a_corrected_file_adds_to_the_diary_and_never_changes_it(units, actor, file):
    first, *others = file.people
    corrected = replace(
        first,
        answers=replace(first.answers, roast="Dark"),
        likings=(("a", 2), *first.likings[1:]),
    )
    with units(actor) as work:
        import_tasters(work, file)
    with units(actor) as work:
        report = import_tasters(work, replace(file, people=(corrected, *others)))
    with units(actor) as work:
        back = import_tasters(work, file)
        person = ab1(work)
        values = work.session.scalars(
            select(TasteEvent.value)
            .where(TasteEvent.subscriber_id == person)
            .order_by(TasteEvent.id)
        ).all()
        assert answers_of(work.session, person).roast == "Light"
    assert (report.changed, back.changed) == (1, 1)
    assert list(values) == [5, 3, 1, 4, 2, 5]


def test_what_a_person_answered_here_is_not_undone(units, actor, clock, file):
    with units(actor) as work:
        import_tasters(work, file)
        person = ab1(work)
    clock.move_to(clock.moment + timedelta(days=1))
    with units(actor) as work:
        answer_quiz(work, person, QuizAnswers(roast="Dark"))
    with units(actor) as work:
        assert counts(import_tasters(work, file)) == (0, 0, 3, 3)
        assert work.session.get_one(TasteProfile, person).roast == "Dark"


@pytest.mark.skipif(missing_real_files(), reason="the real files do not lie beside this checkout")
def test_all_real_tasters_come_in_and_teach_the_shop(units, actor):
    file = read_tasters(Path(REAL_FILES, "taste_test.csv").read_bytes())
    with units(actor) as work:
        report = import_tasters(work, file)
    with units(actor) as work:
        assert counts(import_tasters(work, file)) == (0, 0, 2846, 0)
        trained = train_model(work)
    assert counts(report) == (2846, 0, 0, 0)
    assert (trained.new, trained.people, trained.ratings, trained.coffees) == (True, 2846, 11303, 4)
