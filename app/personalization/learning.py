"""The bridge by which the shop learns: rows become models, models become files and judgements."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

import ml
from app.catalog.models import Product
from app.core.refusals import Refused
from app.personalization.brain import (
    HistoryModel,
    Model,
    Rating,
    product_table,
    quiz_table,
    rating_table,
)
from app.personalization.habits import History, file_of_habits, learn_habits, open_habits
from app.personalization.model_queries import Lessons, StoredFile, file_of, live_row
from app.personalization.model_rules import Gain, Judgement, ModelKind, ModelRefusal
from ml.artefact import Artefact, BadArtefact, libraries, pack, sha256_of, unpack
from ml.artefact import Fault as Fault
from ml.evaluation.taste_trial import (
    Tried,
    Way,
    fixed_way,
    learnt_way,
    paired_gain,
    popular_way,
    taste_trial,
)
from ml.taste.learn import fit_taste
from ml.taste.model import score
from ml.taste.trained import TasteModel, Training, prior_model

LEARNING_ROOMS = ("taste", "recommender", "artefact.py", "arrays.py")
CANDIDATE, LIVE, PRIOR, POPULAR = "candidate", "live", "hand-set", "popularity"


@dataclass(frozen=True, eq=False)
class Learnt:
    """A model ready to be stored: its version, its file, and what decided its numbers."""

    version: str
    content: bytes
    sha256: str
    libraries: dict[str, str]
    code_sha: str
    input_sha: str
    kind: ModelKind = ModelKind.TASTE


def live_model(session: Session) -> Model:
    """Return the model that scores the boxes: the live one, or the hand-set taste of a new shop.

    Refuse a stored one whose file is not sound: nothing is scored by a model nobody released.
    """
    row = live_row(session)
    return prior_model() if row is None else open_model(file_of(session, row))


def open_model(stored: StoredFile) -> Model:
    """Return the model that a file holds, or refuse it by name."""
    try:
        if stored.kind is ModelKind.HISTORY:
            return open_habits(stored.content, stored.sha256)
        found = unpack(stored.content, stored.sha256, stored.kind.value)
        arrays = {name: array.tolist() for name, array in found.arrays.items()}
        return TasteModel.from_dict({**found.facts, **arrays})
    except BadArtefact as reason:
        raise Refused(ModelRefusal[reason.fault.name], offer=str(reason)) from reason
    except ValueError as reason:
        raise Refused(ModelRefusal.OTHER_FORM, offer=str(reason)) from reason


def taste_in(model: Model) -> TasteModel:
    """Return the taste that a model is, or stands on."""
    return model.taste if isinstance(model, HistoryModel) else model


def hand_set_taste(model: Model) -> TasteModel | None:
    """Return the taste of a model if it is the hand-set one, which is never learnt anew."""
    taste = taste_in(model)
    return taste if taste.version == prior_model().version else None


def fresh_taste(lessons: Lessons) -> TasteModel:
    """Return the taste that is learnt from all that is known."""
    return fit_taste(_training(lessons))


def learn_history(history: History, taste: TasteModel, version: str, input_sha: str) -> Learnt:
    """Learn habits on a taste."""
    content, sha256 = file_of_habits(learn_habits(history, taste, version))
    code = code_sha(*LEARNING_ROOMS)
    return Learnt(version, content, sha256, libraries(), code, input_sha, ModelKind.HISTORY)


def learn(lessons: Lessons) -> Learnt:
    """Learn a taste from all that is known."""
    return _ready(fresh_taste(lessons), _sha_of(lessons))


def hand_set() -> Learnt:
    """Return the taste that a shop starts with, ready to be stored like a learnt one."""
    return _ready(prior_model(), "")


@dataclass(frozen=True, eq=False)
class Contender:
    """A model to be judged: what it had read by then, or what it holds if it never read any."""

    seen: Lessons | None
    fixed: TasteModel | None


def trial(
    lessons: Lessons, candidate: Contender, live: Contender
) -> tuple[dict[str, Judgement], dict[str, Gain]]:
    """Judge two models and the baselines on people whose ratings none of them saw.

    Each is learnt anew without those people, from what it had read by then. Return a judgement of
    each, and what the candidate gains on the live one.
    """
    ways = {
        POPULAR: popular_way,
        PRIOR: fixed_way(prior_model()),
        LIVE: _way(live),
        CANDIDATE: _way(candidate),
    }
    people, tried = taste_trial(_training(lessons), ways)
    segments = _segments(lessons, [str(person) for person in people])
    judged = {name: _judgement(each, segments) for name, each in tried.items()}
    new, old = tried[CANDIDATE], tried[LIVE]
    gains = {
        "pairs": paired_gain(new.pairs, old.pairs),
        "best half": paired_gain(new.best_half, old.best_half),
        "squared error": paired_gain(-new.squared_error, -old.squared_error),
    }
    return judged, {name: Gain(*gain) for name, gain in gains.items()}


def expectations(
    model: Model, lessons: Lessons, fresh: Sequence[Rating], products: Sequence[Product]
) -> list[float]:
    """Return the liking that a model's taste expected of each fresh rating, before it was given.

    `products` are those of the lessons and of the fresh ratings, all of whose people are known.
    """
    people = sorted({person for person, _, _ in fresh})
    answers = dict(lessons.people)
    quiz = quiz_table([(person, answers.get(person)) for person in people])
    told = rating_table(lessons.ratings)
    values = score(taste_in(model), quiz, product_table(products), told).values
    row = {person: at for at, person in enumerate(people)}
    column = {product.id: at for at, product in enumerate(products)}
    return [float(values[row[person], column[product]]) for person, product, _ in fresh]


@cache
def code_sha(*rooms: str) -> str:
    """Return the SHA-256 of the sources of some rooms of the learning part."""
    root = Path(ml.__path__[0])
    files = {file for room in rooms for file in [root / room, *(root / room).rglob("*.py")]}
    digest = hashlib.sha256()
    for file in sorted(file for file in files if file.is_file()):
        digest.update(f"{file.relative_to(root).as_posix()}\n".encode())
        digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _ready(model: TasteModel, input_sha: str) -> Learnt:
    facts, arrays = _split(model.to_dict())
    content = pack(Artefact(ModelKind.TASTE.value, facts, arrays))
    sha256 = sha256_of(content)
    code = code_sha(*LEARNING_ROOMS)
    return Learnt(model.version, content, sha256, libraries(), code, input_sha)


def _split(numbers: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part a described model into facts and arrays: a list of numbers is an array."""
    arrays = {
        name: np.asarray(value, dtype=np.float64)
        for name, value in numbers.items()
        if isinstance(value, list) and value and isinstance(value[0], int | float | list)
    }
    return {name: value for name, value in numbers.items() if name not in arrays}, arrays


def _training(lessons: Lessons) -> Training:
    return Training(
        quiz_table(lessons.people),
        product_table(lessons.products),
        rating_table(lessons.ratings),
    )


def _way(contender: Contender) -> Way:
    if contender.fixed is not None:
        return fixed_way(contender.fixed)
    return learnt_way(rating_table(contender.seen.ratings if contender.seen else ()))


def _sha_of(lessons: Lessons) -> str:
    training = _training(lessons)
    digest = hashlib.sha256()
    for table in (training.quiz, training.products, training.ratings):
        digest.update(repr(list(table.index)).encode())
        digest.update(repr(table.values.tolist()).encode())
    return digest.hexdigest()


def _segments(lessons: Lessons, people: Sequence[str]) -> dict[str, list[int]]:
    """Part the people by the roast they like: the places of each among `people`."""
    roast = {
        str(person): (profile and profile.roast) or "no roast" for person, profile in lessons.people
    }
    found: dict[str, list[int]] = {}
    for place, person in enumerate(people):
        found.setdefault(roast[person], []).append(place)
    return found


def _judgement(tried: Tried, segments: dict[str, list[int]]) -> Judgement:
    count = len(tried.real)
    if not count:
        nothing = float("nan")
        return Judgement(0, nothing, nothing, nothing, nothing, nothing, {})
    return Judgement(
        people=count,
        favourite_first=round(float(tried.favourite_first.mean()), 4),
        pairs=round(float(np.nanmean(tried.pairs)), 4),
        best_half=round(float(tried.best_half.mean()), 4),
        rmse=round(float(np.sqrt(tried.squared_error.mean())), 4),
        calibration=_ratio(tried, range(count)),
        by_segment={
            name: _ratio(tried, places)
            for name, places in sorted(segments.items())
            if len(places) >= 30
        },
    )


def _ratio(tried: Tried, places: Sequence[int]) -> float:
    rows = list(places)
    real = float(tried.real[rows].sum())
    return round(float(tried.expected[rows].sum()) / real, 4) if real else float("nan")
