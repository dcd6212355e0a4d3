"""Divides a weight into the flavours of a mix, in steps a scale can show."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

COARSE, FINE = 10, 1
FINE_BELOW = 100
WHOLE = 100
CLOSE = Fraction(1, 10)

Percent = int | float | Fraction


class BadMix(ValueError):
    """The mix or the weight cannot be meant as given; the message says what is wrong."""


def portions(total: int, percents: Sequence[Percent]) -> tuple[int, ...]:
    """Return the grams of each flavour: together never more than `total` grams, and as near to it
    and then to the percentages as steps allow.

    A flavour of 100 g or more is weighed in steps of 10 g, a lighter one in steps of 1 g. Each
    portion is its exact share rounded down or up to such a step. Raises BadMix if the percentages
    do not add up to 100 (a tenth of a percent may be lost in rounding), or if any is negative.
    """
    exact = _shares(total, percents)
    steps = [COARSE if share >= FINE_BELOW else FINE for share in exact]
    down = [int(share // step) * step for share, step in zip(exact, steps, strict=True)]
    best: tuple[int, ...] | None = None
    for coarse in range(steps.count(COARSE) + 1):
        plan = _rounded_up(total, exact, steps, down, coarse)
        if plan is not None and (best is None or _rank(plan, exact) < _rank(best, exact)):
            best = plan
    return best or ()


def _shares(total: int, percents: Sequence[Percent]) -> list[Fraction]:
    if isinstance(total, bool) or not isinstance(total, int) or total < 0:
        raise BadMix("the weight must be a whole number of grams")
    try:
        parts = [Fraction(str(part)) for part in percents]
    except ValueError as reason:
        raise BadMix("every percentage must be a number") from reason
    if any(part < 0 for part in parts):
        raise BadMix("no percentage may be negative")
    together = sum(parts, Fraction(0))
    if abs(together - WHOLE) > CLOSE:
        raise BadMix(f"the mix adds up to {float(together):g} %, not to 100 %")
    return [total * part / together for part in parts]


def _rounded_up(
    total: int, exact: list[Fraction], steps: list[int], down: list[int], coarse: int
) -> tuple[int, ...] | None:
    """Round `coarse` of the heavy flavours up and as many light ones as then fit, those that lose
    most by rounding down first; None if that is too much."""
    plan = list(down)
    for step, most in ((COARSE, coarse), (FINE, len(exact))):
        left = total - sum(plan)
        losing = [at for at in range(len(exact)) if steps[at] == step and exact[at] > down[at]]
        losing.sort(key=lambda at: (down[at] - exact[at], at))
        for at in losing[: min(most, left // step)]:
            plan[at] += step
    return tuple(plan) if sum(plan) <= total else None


def _rank(plan: tuple[int, ...], exact: list[Fraction]) -> tuple[int, Fraction]:
    off = sum(((part - share) ** 2 for part, share in zip(plan, exact, strict=True)), Fraction(0))
    return -sum(plan), off
