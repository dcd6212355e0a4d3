"""A weight is divided by percentages in steps of a scale, and never more than there is."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.composer.portions import BadMix, portions


@pytest.mark.parametrize(
    ("total", "percents", "grams"),
    [
        (1000, (50, 30, 20), (500, 300, 200)),
        (1000, (33.3, 33.3, 33.4), (330, 330, 340)),
        (250, (50, 50), (130, 120)),
        (250, (70, 30), (170, 75)),
        (90, (50, 30, 20), (45, 27, 18)),
        (100, (33.3, 33.3, 33.4), (33, 33, 34)),
        (0, (60, 40), (0, 0)),
        (500, (100,), (500,)),
    ],
)
def test_known_mixes(total: int, percents: tuple[float, ...], grams: tuple[int, ...]) -> None:
    assert portions(total, percents) == grams


@pytest.mark.parametrize(
    ("total", "percents", "reason"),
    [
        (1000, (50, 40), "90 %"),
        (1000, (), "0 %"),
        (1000, (120, -20), "negative"),
        (1000, ("half", 50), "number"),
        (1000, (float("nan"), 50), "number"),
        (-1, (100,), "weight"),
        (10.5, (100,), "weight"),
    ],
)
def test_a_mix_that_makes_no_sense_is_refused(
    total: int, percents: tuple[float, ...], reason: str
) -> None:
    with pytest.raises(BadMix, match=reason):
        portions(total, percents)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 3000), st.lists(st.integers(0, 60), min_size=1, max_size=6))
def test_no_other_rounding_is_better(total: int, weights: list[int]) -> None:
    together = sum(weights)
    if not together:
        return
    percents = [Fraction(weight * 100, together) for weight in weights]
    found = portions(total, percents)
    exact = [Fraction(total * weight, together) for weight in weights]
    steps = [10 if share >= 100 else 1 for share in exact]
    assert sum(found) <= total
    choices = [
        {floor(share / step) * step, ceil(share / step) * step}
        for share, step in zip(exact, steps, strict=True)
    ]
    fitting = [plan for plan in product(*choices) if sum(plan) <= total]
    assert sum(found) == max(sum(plan) for plan in fitting)
    off = min(
        sum((part - share) ** 2 for part, share in zip(plan, exact, strict=True))
        for plan in fitting
        if sum(plan) == sum(found)
    )
    ours = sum((part - share) ** 2 for part, share in zip(found, exact, strict=True))
    assert ours == off
