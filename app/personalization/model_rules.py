"""When a learnt model may score the boxes, and when it is time to learn again. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.core.refusals import Refusal


class ModelKind(StrEnum):
    """What a model learns from: answers and ratings, or what people had and kept."""

    TASTE = "taste"
    HISTORY = "history"


class ModelStatus(StrEnum):
    """Learnt and judged; scoring the boxes; scored them once."""

    SHADOW = "shadow"
    LIVE = "live"
    RETIRED = "retired"


class ModelRefusal(Refusal):
    """Why a model is not opened, or does not take over."""

    UNKNOWN = "There is no model of this version."
    NONE_BEFORE = "No model was live before this one."
    NOT_GOOD_ENOUGH = "This model is not as good as the one that is live."
    CANNOT_COMPOSE = "These boxes cannot be composed as they are asked for."
    TOO_LITTLE_HISTORY = "Too few people have had several boxes yet to learn habits from."
    NOTHING_TO_JUDGE = "There are too few ratings to judge a model by."
    TAMPERED = "The model's file is not the one that was stored: its checksum differs."
    NO_ARTEFACT = "The model's file was cut off, or is no model file at all."
    OTHER_FORM = "The model's file was written by another version of Boxwright."
    OTHER_KIND = "The model's file holds a model of another kind."
    OTHER_LIBRARY = "The model's file was written with another version of its libraries."
    PICKLED = "The model's file holds pickled objects, which could run anything."
    UNTRUSTED = "The model's file holds estimators of types that are not on the list."
    FOREIGN = "The model's file holds something that has no place in it."
    TOO_LARGE = "The model's file would unpack to more than may be read."


class RetrainReason(StrEnum):
    """Why it is time to learn again."""

    NEVER = "no_model_was_learnt_yet"
    SCHEDULE = "the_last_one_is_old"
    EVENTS = "many_new_ratings"
    COFFEES = "new_coffees_on_sale"
    CALIBRATION = "expected_liking_drifted"
    PEOPLE = "people_answer_otherwise"


LEAST_EVENTS = 20  # below that nothing is learnt that the hand-set taste does not know
LEAST_JUDGES = 50  # people with ratings of their own, below which no model takes over by itself
LEAST_IN_SEGMENT = 30
LEAST_HISTORIES = 200  # people with boxes enough, below which no habits are learnt
LEAST_BOXES = 3
NEW_EVENTS = 0.05
NEW_COFFEES = 5
STABILITY = 0.2
CALIBRATED = (0.9, 1.1)
OLDEST = timedelta(days=30)


@dataclass(frozen=True)
class Judgement:
    """How well a model did on people it never saw.

    `calibration` is expected over real liking, counted from the lowest liking; by segment too.
    """

    people: int
    favourite_first: float
    pairs: float
    best_half: float
    rmse: float
    calibration: float
    by_segment: Mapping[str, float]


@dataclass(frozen=True)
class Gain:
    """A difference per person, candidate less live: its mean and where it lies 95 times in 100."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Verdict:
    """Whether a model may take over by itself, and what speaks against it."""

    passed: bool
    objections: tuple[str, ...] = ()


def judge(candidate: Judgement, gains: Mapping[str, Gain]) -> Verdict:
    """Say whether a candidate is at least as good as what is live.

    Nothing may be worse beyond chance, something must not be worse at all, and expected liking
    must be what people then really say, on the whole and in every segment.
    """
    found = [
        f"{name} is worse by {-gain.mean:.3f}" for name, gain in gains.items() if gain.high < 0
    ]
    if gains and all(gain.mean < 0 for gain in gains.values()):
        found.append("nothing is better than before")
    if candidate.people < LEAST_JUDGES:
        found.append(f"only {candidate.people} people to judge by")
    if not math.isfinite(candidate.rmse):
        found.append("scores are no numbers")
    for segment, ratio in {"everybody": candidate.calibration, **candidate.by_segment}.items():
        if not CALIBRATED[0] <= ratio <= CALIBRATED[1]:
            found.append(f"calibration {ratio:.3f} for {segment}")
    return Verdict(not found, tuple(found))


@dataclass(frozen=True)
class HistoryJudgement:
    """How well a ranking foresaw the next box of people with a history.

    `calibration` is predicted over actual chance of keeping and `ece` their mean distance, both
    NaN for what predicts no chance; by number of boxes too.
    """

    people: int
    ndcg10: float
    recall10: float
    repeat_ndcg10: float
    explore_ndcg10: float
    coverage: float
    calibration: float
    ece: float
    by_segment: Mapping[str, float]


def judge_history(
    kind: ModelKind, live: ModelKind, candidate: HistoryJudgement, gain: Gain
) -> Verdict:
    """Say whether a candidate foresees boxes at least as well as what is live.

    A model of another kind must be better beyond chance, one of the same kind must not be worse.
    """
    found = []
    if kind is not live and gain.low <= 0:
        found.append(f"ndcg10 is not better beyond chance: {gain.mean:+.3f}, from {gain.low:+.3f}")
    elif gain.high < 0 or gain.mean < 0:
        found.append(f"ndcg10 is worse by {-gain.mean:.3f}")
    if candidate.people < LEAST_JUDGES:
        found.append(f"only {candidate.people} people to judge by")
    ratios = {"everybody": candidate.calibration, **candidate.by_segment}
    for segment, ratio in ratios.items() if kind is ModelKind.HISTORY else ():
        if not CALIBRATED[0] <= ratio <= CALIBRATED[1]:
            found.append(f"calibration {ratio:.3f} for {segment}")
    return Verdict(not found, tuple(found))


@dataclass(frozen=True)
class Drift:
    """What has changed since the newest model was learnt.

    `expected` holds (sum of expected, sum of real liking, ratings) by segment; `answers_then` and
    `answers_now` count each answer to the quiz, by question.
    """

    age: timedelta | None
    events_then: int
    new_events: int
    new_coffees: int
    expected: Mapping[str, tuple[float, float, int]]
    answers_then: Mapping[str, Mapping[str, int]]
    answers_now: Mapping[str, Mapping[str, int]]


def reasons_to_retrain(drift: Drift) -> tuple[RetrainReason, ...]:
    """Return why it is time to learn again; empty while it is not."""
    if drift.age is None:
        return (RetrainReason.NEVER,) if drift.new_events >= LEAST_EVENTS else ()
    tests = {
        RetrainReason.SCHEDULE: drift.age >= OLDEST and drift.new_events > 0,
        RetrainReason.EVENTS: drift.new_events > NEW_EVENTS * max(drift.events_then, LEAST_EVENTS),
        RetrainReason.COFFEES: drift.new_coffees >= NEW_COFFEES,
        RetrainReason.CALIBRATION: any(map(_is_off, drift.expected.values())),
        RetrainReason.PEOPLE: any(
            stability(drift.answers_then.get(question, {}), now) > STABILITY
            for question, now in drift.answers_now.items()
        ),
    }
    return tuple(reason for reason, holds in tests.items() if holds)


def _is_off(segment: tuple[float, float, int]) -> bool:
    expected, real, ratings = segment
    if ratings < LEAST_IN_SEGMENT:
        return False
    return not CALIBRATED[0] * real <= expected <= CALIBRATED[1] * real


def stability(then: Mapping[str, int], now: Mapping[str, int]) -> float:
    """Return the population stability index of two counts of the same answers; 0 is no change.

    Half a person is added to every answer, so that few people make no alarm by a zero; with
    fewer than LEAST_IN_SEGMENT people on either side nothing is said.
    """
    if min(sum(then.values()), sum(now.values())) < LEAST_IN_SEGMENT:
        return 0.0
    names = sorted({*then, *now})
    before, after = _shares(then, names), _shares(now, names)
    return sum((b - a) * math.log(b / a) for a, b in zip(before, after, strict=True))


def _shares(counts: Mapping[str, int], names: Sequence[str]) -> list[float]:
    filled = [counts.get(name, 0) + 0.5 for name in names]
    return [each / sum(filled) for each in filled]
