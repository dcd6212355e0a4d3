"""Two palates in one household share a box in which nobody comes off badly."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from ml.taste.household import FAIR, household_score, share_box

# One likes the first half of the shelf, the other the second.
OPPOSITE = np.array([[5.0, 4.8, 4.6, 1.2, 1.1, 1.0], [1.0, 1.1, 1.2, 4.6, 4.8, 5.0]])


def best_by_trying(scores: np.ndarray, slots: int) -> float:
    own = -np.sort(-scores, axis=1)[:, :slots].sum(axis=1)
    boxes = combinations(range(scores.shape[1]), slots)
    return max(float((scores[:, list(box)].sum(axis=1) / own).min()) for box in boxes)


def test_opposite_tastes_share_the_box() -> None:
    shared = share_box(OPPOSITE, slots=4)
    assert shared.products.tolist() == [0, 1, 4, 5]
    assert shared.shares.min() > FAIR
    assert shared.fair


def test_one_member_alone_gets_the_own_best() -> None:
    shared = share_box(OPPOSITE[:1], slots=3)
    assert shared.products.tolist() == [0, 1, 2]
    assert shared.shares.tolist() == [1.0]
    assert household_score(OPPOSITE[:1], 3).tolist() == OPPOSITE[0].tolist()


@pytest.mark.parametrize("seed", range(40))
def test_the_smallest_share_is_as_good_as_any_box_allows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.uniform(1.0, 5.0, size=(2, 9)) ** rng.choice([1, 3])
    slots = int(rng.integers(2, 6))
    shared = share_box(scores, slots)
    most = best_by_trying(scores, slots)
    assert shared.shares.min() >= 0.98 * most
    assert shared.fair or most < FAIR / 0.98


def test_the_household_as_one_person_is_fair_to_both() -> None:
    worth = household_score(OPPOSITE, slots=4)
    box = np.argsort(-worth, kind="stable")[:4]
    own = -np.sort(-OPPOSITE, axis=1)[:, :4].sum(axis=1)
    assert ((OPPOSITE[:, box].sum(axis=1) / own) >= FAIR).all()


def test_a_strong_voice_does_not_drown_a_weak_one() -> None:
    loud = OPPOSITE * [[1.0], [0.2]]
    assert share_box(loud, slots=4).products.tolist() == [0, 1, 4, 5]


def test_what_is_ruled_out_stays_out_and_small_shelves_are_packed_whole() -> None:
    allowed = np.array([False, True, True, True, True, False])
    shared = share_box(OPPOSITE, slots=2, allowed=allowed)
    assert not {0, 5} & set(shared.products.tolist())
    assert share_box(OPPOSITE, slots=9).products.tolist() == [0, 1, 2, 3, 4, 5]
    nothing = share_box(OPPOSITE, slots=2, allowed=np.zeros(6, dtype=bool))
    assert nothing.products.tolist() == []
    assert nothing.fair


def test_the_same_household_gets_the_same_box() -> None:
    one, other = share_box(OPPOSITE, 4), share_box(OPPOSITE.copy(), 4)
    assert one.products.tobytes() == other.products.tobytes()


def test_a_box_without_slots_and_scores_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError):
        share_box(OPPOSITE, slots=0)
    with pytest.raises(ValueError):
        household_score(np.full((2, 3), np.nan), slots=2)
