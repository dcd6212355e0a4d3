"""Tasters are read whole: choices with commas in them, names that differ by capitals alone."""

import pytest

from app.core.file_lines import Severity
from app.personalization.rules import QUIZ
from app.personalization.taster_file import read_tasters, split_choices
from tests.files import DIRTY_TASTERS

MILK = "Milk, dairy alternative, or coffee creamer"


@pytest.fixture(scope="module")
def file():
    return read_tasters(DIRTY_TASTERS)


def test_people_whose_names_differ_by_capitals_are_two_people(file):
    assert [(each.respondent, each.email) for each in file.people] == [
        ("Ab1", "ab1-1@tasters.invalid"),
        ("aB1", "ab1-2@tasters.invalid"),
        ("cd2", "cd2@tasters.invalid"),
    ]


def test_answers_and_ratings_are_kept_as_given(file):
    first, open_questions, _ = file.people
    assert first.answers.brew_methods == ("Pour over", "Espresso")
    assert first.answers.additions == ("No - just black", MILK)
    assert (first.answers.roast, first.answers.caffeine) == ("Light", "Full caffeine")
    assert (first.answers.expertise, open_questions.answers.expertise) == ("Expert", None)
    assert first.likings == (("a", 5), ("b", 3), ("c", 1), ("d", 4))
    assert (open_questions.answers.roast, open_questions.likings) == (None, ())


def test_wrong_values_are_left_out_and_the_row_is_kept(file):
    assert file.people[2].answers.roast is None
    assert file.people[2].answers.brew_methods == (
        "Pour over",
        "Coffee brewing machine (e.g. Mr. Coffee)",
    )
    assert file.people[2].answers.additions == (MILK, "Sugar or sweetener")
    assert file.people[2].likings == (("b", 3),)
    values = [
        (each.line, each.field) for each in file.problems if each.severity is Severity.VALUE_DROPPED
    ]
    assert values == [
        (5, "roast_level"),
        (5, "expertise_1_10"),
        (5, "brew_methods"),
        (5, "coffee_a_liking_1_5"),
        (5, "coffee_d_liking_1_5"),
    ]


def test_repeated_test_and_nameless_rows_are_left_out(file):
    rows = [
        (each.line, each.field) for each in file.problems if each.severity is Severity.ROW_DROPPED
    ]
    assert rows == [(4, "respondent_id"), (6, "respondent_id"), (7, "respondent_id")]


@pytest.mark.parametrize(
    ("text", "found", "unknown"),
    [
        ("", [], []),
        (MILK, [MILK], []),
        (f"{MILK}, Flavor syrup", [MILK, "Flavor syrup"], []),
        (f"Other, {MILK}, Other", ["Other", MILK], []),
        ("Milk, Otherwise", [], ["Milk", "Otherwise"]),
    ],
)
def test_choices_are_split_by_the_longest_that_is_known(text, found, unknown):
    assert split_choices(text, QUIZ["additions"]) == (found, unknown)
