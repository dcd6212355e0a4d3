"""The measures say what one would count by hand, and the plain methods are always in the table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.evaluation.baselines import BASELINES, taken_matrix
from ml.evaluation.boxes import box_worth, plain_packer
from ml.evaluation.calibration import calibration, ratio_by_segment
from ml.evaluation.drift import stability_index
from ml.evaluation.metrics import by_segment, gini, judge
from ml.evaluation.report import Exam, baseline_scores, last_box_exam
from ml.recommender.log import checked, log_of
from ml.recommender.ranking import best, ndcg, paired_difference

YES, NO = True, False


def baskets(seed: int = 0, people: int = 40, products: int = 9, boxes: int = 4) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    rows = [
        (person, product, "keep", 10.0 * box, box)
        for person in range(people)
        for box in range(boxes)
        for product in np.unique((person % 3) * 3 + generator.integers(0, 3, 2))
    ]
    return pd.DataFrame(rows, columns=["subscriber", "product", "kind", "at", "box"])


def test_a_perfect_ranking_is_worth_one_and_a_late_hit_less() -> None:
    scores = np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [1.0, 1.0, 1.0]])
    wanted = np.array([[YES, YES, NO], [NO, YES, NO], [NO, NO, NO]])
    found = ndcg(best(scores, 3), wanted)
    assert found[:2].tolist() == pytest.approx([1.0, 1 / np.log2(3)])
    assert np.isnan(found[2])


def test_equal_scores_rank_in_order_whether_all_are_sorted_or_few() -> None:
    scores = np.zeros((2, 50))
    scores[1, 7] = scores[1, 40] = 1.0
    assert best(scores, 4).tolist() == [[0, 1, 2, 3], [7, 40, 0, 1]]
    assert best(scores, 40)[1, :3].tolist() == [7, 40, 0]


def test_the_usual_and_the_new_are_judged_apart() -> None:
    scores = np.array([[4.0, 3.0, 2.0, 1.0]])
    had = np.array([[YES, YES, NO, NO]])
    verdict = judge(scores, np.array([[NO, YES, YES, NO]]), had)
    assert verdict.repeat_ndcg[0] == pytest.approx(1 / np.log2(3))
    assert verdict.explore_ndcg[0] == 1.0
    assert verdict.recall[0] == verdict.hit[0] == 1.0
    only_new = judge(scores, np.array([[NO, NO, YES, NO]]), had, again=False)
    assert only_new.ndcg[0] == 1.0


def test_shares_of_attention() -> None:
    assert gini(np.array([5, 5, 5])) == pytest.approx(0.0)
    assert gini(np.array([0, 0, 9])) == pytest.approx(2 / 3)
    values, boxes = np.array([0.0, 1.0, np.nan, 1.0]), np.array([0, 1, 2, 9])
    assert by_segment(values, boxes) == {"new": 0.0, "1-3 boxes": 1.0, "old": 1.0}


def test_a_paired_difference_knows_chance_from_gain() -> None:
    generator = np.random.default_rng(0)
    before = generator.random(300)
    better = paired_difference(before + 0.05 + 0.1 * generator.normal(size=300), before, 1)
    assert better.wins and not better.loses and better.low < 0.05 < better.high
    same = paired_difference(before + 0.1 * generator.normal(size=300), before, 1)
    assert same.low < 0 < same.high
    assert paired_difference(before, before + 0.1).loses
    assert not paired_difference(np.full(3, np.nan), before[:3]).wins


def test_true_chances_are_found_true_and_doubled_ones_not() -> None:
    generator = np.random.default_rng(0)
    chances = generator.random((200, 100)) * 0.2
    happened = generator.random((200, 100)) < chances
    true, doubled = calibration(chances, happened), calibration(2 * chances, happened)
    assert 0.95 < true.ratio < 1.05 and true.ece < 0.01 and true.skill > 0
    assert doubled.ratio == pytest.approx(2 * true.ratio) and doubled.ece > 0.05
    ratios = ratio_by_segment(chances, happened, np.repeat([0, 9], 100))
    assert set(ratios) == {"new", "old"}


def test_a_moved_feature_is_noticed() -> None:
    generator = np.random.default_rng(0)
    then = generator.normal(size=4000)
    assert stability_index(then, generator.normal(size=4000)) < 0.02
    assert stability_index(then, generator.normal(size=4000) + 1.0) > 0.2
    forgotten = np.where(generator.random(4000) < 0.5, np.nan, then)
    assert stability_index(then, forgotten) > 0.2


def test_better_scores_pack_better_boxes_under_the_same_stock() -> None:
    generator = np.random.default_rng(0)
    truth = generator.integers(1, 6, (30, 8)).astype(np.float64)
    allowed, slots = np.ones((30, 8), dtype=np.bool_), np.full(30, 2)
    pack = plain_packer(allowed, slots, np.full(8, 8))
    blind = box_worth(generator.random((30, 8)), truth, pack)
    sighted = box_worth(truth, truth, pack)
    assert sighted.units == blind.units == 60
    assert sighted.mean > blind.mean + 0.5
    truth[:, 0] = np.nan
    assert 0 < box_worth(truth[:, [1] * 8], truth, pack).known < 1


@pytest.mark.parametrize("name", BASELINES)
def test_every_plain_method_scores_everybody(name: str) -> None:
    log = log_of(checked(baskets()), pd.Index(range(40)), pd.Index(range(9)))
    for setting in BASELINES[name].settings:
        scores = BASELINES[name].method(log, setting)
        assert scores.shape == (40, 9) and np.isfinite(scores).all()
    counts = taken_matrix(log).toarray()
    assert counts.max() <= 4 and counts.sum() == len(baskets())


def test_plain_methods_are_tuned_and_find_who_shops_where() -> None:
    events = baskets()
    quiz = pd.DataFrame(index=pd.Index(range(40)))
    exam = last_box_exam(events, quiz, pd.DataFrame(index=pd.Index(range(9))))
    assert isinstance(exam, Exam) and exam.wanted.shape == (40, 9)
    had = np.zeros_like(exam.wanted)
    worth = {
        name: judge(scores, exam.wanted, had).means()["ndcg10"]
        for name, scores in baseline_scores(exam).items()
    }
    assert worth["TIFU-kNN"] > worth["popularity"] + 0.2
    assert worth["item-kNN"] > worth["popularity"] + 0.2
