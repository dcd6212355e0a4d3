"""Every sentence that people may read has a Chinese one, with the same places to fill in."""

import re

import pytest

from app.personalization.rules import QUIZ
from app.web.catalogue import SHOP, STAFF, chinese, refusals, wanted
from app.web.quiz_words import ANSWERS, QUESTIONS

PLACE = re.compile(r"%\(\w+\)\d*[sd]")


@pytest.mark.parametrize("kind", [SHOP, STAFF])
def test_no_sentence_lacks_its_chinese(kind: str) -> None:
    known = chinese(kind)
    missing = [
        sentence
        for sentence in wanted()[kind]
        if not (found := known.get(sentence)) or not found.string or found.fuzzy
    ]
    assert not missing, "python -m app.web.catalogue adds them to the catalogue"


def test_all_refusals_are_collected() -> None:
    assert "It is too late to change this box. The next one is still open." in refusals()
    assert len(refusals()) > 40


@pytest.mark.parametrize("kind", [SHOP, STAFF])
def test_a_translation_has_the_same_places_to_fill_in(kind: str) -> None:
    for message in chinese(kind):
        if message.id:
            assert set(PLACE.findall(message.id)) == set(PLACE.findall(message.string)), message.id


def test_every_question_and_answer_of_the_quiz_has_words() -> None:
    assert set(QUESTIONS) == set(QUIZ)
    assert {answer for offered in QUIZ.values() for answer in offered} == set(ANSWERS)
