"""When a model takes over, and when it is time to learn again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.personalization.learning import Fault
from app.personalization.model_rules import (
    Drift,
    Gain,
    Judgement,
    ModelRefusal,
    RetrainReason,
    judge,
    reasons_to_retrain,
    stability,
)

GOOD = Judgement(400, 0.5, 0.68, 3.6, 1.1, 1.0, {"Light": 1.02, "Dark": 0.97})
BETTER = {"pairs": Gain(0.01, 0.002, 0.02), "squared error": Gain(-0.001, -0.01, 0.008)}
QUIET = Drift(timedelta(days=3), 1000, 40, 1, {"everybody": (300.0, 310.0, 100)}, {}, {})
SAME = {"roast": {"Light": 300, "Dark": 200}}


def test_what_is_better_somewhere_and_worse_nowhere_passes():
    assert judge(GOOD, BETTER).passed


@pytest.mark.parametrize(
    ("judgement", "gains", "objection"),
    [
        (
            GOOD,
            {"pairs": Gain(-0.02, -0.03, -0.01), "squared error": Gain(0.1, 0.05, 0.2)},
            "pairs is worse by 0.020",
        ),
        (GOOD, {"pairs": Gain(-0.001, -0.01, 0.01)}, "nothing is better than before"),
        (replace(GOOD, people=49), BETTER, "only 49 people to judge by"),
        (replace(GOOD, calibration=1.11), BETTER, "calibration 1.110 for everybody"),
        (replace(GOOD, calibration=float("nan")), BETTER, "calibration nan for everybody"),
        (replace(GOOD, by_segment={"Dark": 0.89}), BETTER, "calibration 0.890 for Dark"),
        (replace(GOOD, rmse=float("inf")), BETTER, "scores are no numbers"),
    ],
)
def test_each_objection_alone_keeps_a_model_back(judgement, gains, objection):
    verdict = judge(judgement, gains)
    assert (verdict.passed, verdict.objections) == (False, (objection,))


def test_while_nothing_has_changed_nothing_is_learnt():
    assert reasons_to_retrain(QUIET) == ()
    assert reasons_to_retrain(replace(QUIET, age=timedelta(days=90), new_events=0)) == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"age": timedelta(days=30)}, RetrainReason.SCHEDULE),
        ({"new_events": 51}, RetrainReason.EVENTS),
        ({"new_coffees": 5}, RetrainReason.COFFEES),
        ({"expected": {"new": (330.0, 299.0, 100)}}, RetrainReason.CALIBRATION),
        ({"expected": {"new": (269.0, 300.0, 100)}}, RetrainReason.CALIBRATION),
        (
            {"answers_then": SAME, "answers_now": {"roast": {"Light": 150, "Dark": 350}}},
            RetrainReason.PEOPLE,
        ),
        ({"age": None, "new_events": 20}, RetrainReason.NEVER),
    ],
)
def test_each_change_alone_is_reason_enough(change, reason):
    assert reasons_to_retrain(replace(QUIET, **change)) == (reason,)


def test_a_handful_of_people_raises_no_alarm():
    few = {"expected": {"new": (90.0, 50.0, 29)}, "answers_then": SAME}
    few["answers_now"] = {"roast": {"French": 29}}
    assert reasons_to_retrain(replace(QUIET, **few)) == ()
    assert reasons_to_retrain(replace(QUIET, age=None, new_events=19)) == ()


def test_stability_is_nought_for_the_same_shares_and_finite_for_a_new_answer():
    assert stability({"a": 300, "b": 300}, {"a": 600, "b": 600}) == pytest.approx(0, abs=1e-5)
    assert 1 < stability({"a": 600}, {"b": 600}) < 20


def test_every_fault_of_a_file_has_its_sentence():
    assert {fault.name for fault in Fault} <= set(ModelRefusal.__members__)
