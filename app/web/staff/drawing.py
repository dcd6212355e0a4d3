"""Columns drawn from figures, month by month: gains above a line, losses below it.

Everything is in per cent of the picture, so that it fits a telephone and a wide screen alike and
no words in it become small.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Piece = tuple[str, int, str]
WIDE = 0.7
# So many labels fit side by side on a telephone.
ROOM = 7


@dataclass(frozen=True)
class Bar:
    """One piece of a column: where it lies, its tone, and the words that name it."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    words: str


@dataclass(frozen=True)
class Columns:
    """A picture of columns; `zero` is how far down the line of nothing lies.

    A label is (x, words, whether a small picture leaves it out).
    """

    bars: tuple[Bar, ...]
    labels: tuple[tuple[float, str, bool], ...]
    zero: float


def columns(labels: Sequence[str], stacks: Sequence[Sequence[Piece]]) -> Columns:
    """Draw a column for each label from pieces (tone, cents, words); empty ones leave a gap."""
    tall = max((sum(cents for _, cents, _ in stack if cents > 0) for stack in stacks), default=0)
    deep = max((-sum(cents for _, cents, _ in stack if cents < 0) for stack in stacks), default=0)
    whole = (tall + deep) or 1
    zero = 100 * tall / whole
    step = 100 / max(len(labels), 1)
    bars: list[Bar] = []
    for place, stack in enumerate(stacks):
        left = step * place + step * (1 - WIDE) / 2
        bars.extend(_column(left, step * WIDE, zero, whole, stack))
    every, last = -(-len(labels) // 12), len(labels) - 1
    named = tuple(
        (
            round(step * (place + 0.5), 2),
            label,
            len(labels) > ROOM and (last - place) // every % 2 == 1,
        )
        for place, label in enumerate(labels)
        if (last - place) % every == 0
    )
    return Columns(tuple(bars), named, round(zero, 2))


def _column(
    left: float, width: float, zero: float, whole: int, stack: Sequence[Piece]
) -> list[Bar]:
    found, up, down = [], zero, zero
    for tone, cents, words in stack:
        high = 100 * abs(cents) / whole
        if not cents:
            continue
        if cents > 0:
            up -= high
        place = up if cents > 0 else down
        if cents < 0:
            down += high
        found.append(
            Bar(round(left, 2), round(place, 2), round(width, 2), round(high, 2), tone, words)
        )
    return found
