"""A person as they are, and as they would be with one answer or one rating more, less or
different."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.taste.answers import ANSWER_NAMES, QUESTION_OF_ANSWER, QUESTIONS_WITH_SEVERAL_ANSWERS
from ml.taste.kinship import own_shift
from ml.taste.parts import LEAST, MOST, Parts, fill_open
from ml.taste.reasons import Change


@dataclass(frozen=True, eq=False)
class Version:
    """One way a person could be: answers (answers,) of 0 and 1, told (k,) which ratings count,
    liking (k,). `answer`, or the `row` of the rating, says what differs from now; -1 is neither."""

    answers: Floats
    told: Bools
    liking: Floats
    change: Change = Change.ANSWER_REMOVED
    answer: int = -1
    row: int = -1

    @property
    def silent(self) -> bool:
        """Say whether nothing at all is known."""
        return not (self.answers.any() or self.told.any())


@dataclass(frozen=True, eq=False)
class Person:
    """One person among the parts: answers given (answers,) of 0 and 1, products rated (k,) and
    their liking."""

    parts: Parts
    answers: Floats
    rated: Ints
    liking: Floats

    @property
    def silent(self) -> bool:
        """Say whether nothing at all is known of the person."""
        return self.as_is().silent

    def as_is(self) -> Version:
        """Return the person as they are now."""
        return Version(self.answers, np.ones(len(self.rated), bool), self.liking)

    def answer_amounts(self) -> Iterable[tuple[int, Floats]]:
        """Return each answer given and what it adds to every product (M,), compared with the
        average person; answers to one question share what the average person would have said."""
        for answer in np.flatnonzero(self.answers):
            same = np.flatnonzero(QUESTION_OF_ANSWER[answer] == QUESTION_OF_ANSWER)
            usual = self.parts.average[1 + same] @ self.parts.slopes[1 + same]
            yield (
                int(answer),
                np.asarray(self.parts.slopes[1 + answer] - usual / self.answers[same].sum()),
            )

    def rating_amounts(self) -> tuple[float, Floats]:
        """Return what the own ratings add to every product: mood, and (k, M) for each rating."""
        force = _force(self, [self.as_is()])[0]
        mood = self.parts.mood
        return float(force.sum() * mood), force[:, None] * (self.parts.kin[self.rated] - mood)


def person_of(parts: Parts, row: int) -> Person:
    """Return one person; answers that only stand in for open questions are left out."""
    own = parts.ratings.of(row)
    return Person(parts, parts.given[row], own.product, own.liking)


def values_of(person: Person, versions: list[Version]) -> Floats:
    """Return what each version of the person (R) is expected to like: (R, M), not clipped."""
    parts = person.parts
    values = _before_ratings(person, versions)
    if len(person.rated):
        values = values + _force(person, versions) @ parts.kin[person.rated]
    silent = np.array([each.silent for each in versions], dtype=bool)
    return np.where(silent[:, None], parts.popularity, values)


def versions_of(person: Person) -> list[Version]:
    """Return the person without each answer and each rating, with every other answer, and with
    each rating at its ends."""
    return [
        *(_toggled(person, int(answer)) for answer in np.flatnonzero(person.answers)),
        *(_toggled(person, int(answer)) for answer in np.flatnonzero(person.answers == 0.0)),
        *_other_ratings(person),
    ]


def _toggled(person: Person, answer: int) -> Version:
    question = ANSWER_NAMES[answer].partition(": ")[0]
    now = person.as_is()
    answers = person.answers.copy()
    if answers[answer]:
        answers[answer] = 0.0
        return Version(answers, now.told, now.liking, Change.ANSWER_REMOVED, answer)
    if question not in QUESTIONS_WITH_SEVERAL_ANSWERS:
        answers[QUESTION_OF_ANSWER[answer] == QUESTION_OF_ANSWER] = 0.0
    answers[answer] = 1.0
    return Version(answers, now.told, now.liking, Change.ANSWER_GIVEN, answer)


def _other_ratings(person: Person) -> Iterable[Version]:
    now = person.as_is()
    for row in range(len(person.rated)):
        told = now.told.copy()
        told[row] = False
        yield Version(now.answers, told, now.liking, Change.RATING_REMOVED, row=row)
        for liking in (LEAST, MOST):
            if liking != person.liking[row]:
                other = now.liking.copy()
                other[row] = liking
                yield Version(now.answers, now.told, other, Change.RATING_CHANGED, row=row)


def _before_ratings(person: Person, versions: list[Version]) -> Floats:
    parts = person.parts
    table = np.reshape([each.answers for each in versions], (len(versions), -1))
    return np.asarray(fill_open(table, parts.average) @ parts.slopes + parts.crowd)


def _force(person: Person, versions: list[Version]) -> Floats:
    """Return (R, k): how far each rating of each version moves taste in its own direction."""
    expected = _before_ratings(person, versions)[:, person.rated]
    told = np.array([each.told for each in versions], dtype=bool)
    liking = np.array([each.liking for each in versions], dtype=np.float64)
    kin = person.parts.kin[np.ix_(person.rated, person.rated)]
    return own_shift(kin, person.parts.spread, liking - expected, told)
