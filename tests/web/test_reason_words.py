"""Every reason that may be stored with a line has words in both languages."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from app.personalization.rules import RatingReason
from app.personalization.services.tell_taste import LEANINGS as KINDS
from app.web.catalogue import SHOP, chinese
from app.web.reason_words import lever_words, missed_words, part_words, reason_words
from app.web.taste_clauses import LEANINGS, RATING_REASONS, TOLD, TRAITS
from ml.taste.answers import ANSWER_NAMES
from ml.taste.explain import TRAITS as ALL_TRAITS
from ml.taste.reasons import Change, Kind

NAME = {"en": "Kenya AB", "zh": "肯尼亚AB"}
RANK = {"rank": 2, "offered": 60}


@pytest.fixture(params=["en", "zh_Hans_CN"])
def reader(app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    """Somebody who reads one of the two languages."""
    tongue = {"Accept-Language": request.param[:2]}
    with app.test_request_context(headers=tongue), force_locale(request.param):
        yield request.param


def parts() -> Iterator[dict[str, Any]]:
    for contrast in (0.4, -0.4):
        plain = {"amount": 0.1, "contrast": contrast}
        for kind in (Kind.BASE, Kind.MOOD, Kind.CROWD):
            yield {**plain, "kind": kind.value}
        for often in (0.0, 1.0, 4.0):
            yield {**plain, "kind": Kind.HABIT.value, "value": often}
        for trait in ALL_TRAITS:
            for value in (-1.0, 0.0, 0.4, 1.0):
                yield {**plain, "kind": "attribute", "attribute": trait, "value": value}
        for name in ANSWER_NAMES:
            question, _, answer = name.partition(": ")
            told = {**plain, "kind": "answer", "question": question, "answer": answer}
            yield told
            yield {**told, "attribute": "body", "value": 0.6}
        for liking, likeness in ((5.0, 0.8), (1.0, 0.8), (4.0, 1.0)):
            about = {"product": "x", "name": NAME, "liking": liking, "likeness": likeness}
            yield {**plain, "kind": "rating", **about}


def levers() -> Iterator[dict[str, Any]]:
    question, _, answer = ANSWER_NAMES[0].partition(": ")
    for change in Change:
        for ranks in (12, -1):
            yield {
                "change": change.value,
                "ranks": ranks,
                "question": question,
                "answer": answer,
                "name": NAME,
                "liking": 1.0,
            }


def test_every_kind_of_reason_has_words(reader: str) -> None:
    assert {part["kind"] for part in parts()} == {kind.value for kind in Kind}
    for part in parts():
        sentence = part_words(part)
        assert sentence and "%" not in sentence
        assert sentence[0].upper() == sentence[0]
        assert reader == "en" or any("\u4e00" <= letter <= "\u9fff" for letter in sentence)


def test_every_lever_has_words(reader: str) -> None:
    for lever in levers():
        sentence = lever_words({**RANK, "lever": lever})
        assert str(RANK["rank"] + lever["ranks"]) in sentence and "%" not in sentence
    assert lever_words({**RANK, "lever": None}) == ""


def test_all_reasons_get_a_sentence(reader: str) -> None:
    nothing = {"kind": "crowd", "amount": 0.0, "contrast": 0.0}
    for reasons in ({"off": True}, {"reasons": []}, {"reasons": [nothing, nothing]}):
        assert len(reason_words(reasons)) == 1
    assert missed_words(None) == ""


def test_words_are_kept_for_everything_that_is_stored() -> None:
    assert set(TOLD) == set(ANSWER_NAMES)
    assert set(TRAITS) == set(ALL_TRAITS)
    assert set(RATING_REASONS) == {reason.value for reason in RatingReason}
    assert set(LEANINGS) == {kind for kind, _, _, _ in KINDS}
    clauses = [*TOLD.values(), *(words for scale in TRAITS.values() for _, words in scale)]
    known = chinese(SHOP)
    for clause in clauses:
        found = known.get(str(clause))
        assert found and found.string, str(clause)


def test_reasons_read_like_somebody_talking(app: Flask) -> None:
    with app.test_request_context():
        told = {"question": "style", "answer": "fruity"}
        natural = {"attribute": "process: natural", "value": 1.0}
        part = {"kind": "answer", "amount": 0.3, "contrast": 0.2, **told, **natural}
        near = {"kind": "rating", "amount": 0.3, "contrast": 0.2, "product": "x"}
        near |= {"name": NAME, "liking": 5.0, "likeness": 0.7}
        assert reason_words({"reasons": [part, near]}) == [
            "You like fruity coffees, and this one is a natural, dried in its fruit.",
            "You rated Kenya AB 5 of 5, and this one is close to it.",
        ]
        milk = {"question": "additions", "answer": "milk, dairy alternative, or coffee creamer"}
        lever = {"change": "answer_given", "ranks": 12, **milk}
        assert lever_words({**RANK, "lever": lever}) == (
            "Tell us that you drink it with milk, and it would go from place 2 to place 14 of 60."
        )
