"""What replaces a chosen coffee that ran out. Pure: facts in, answers out.

The rule, in this order: exclusions and repeats rule a candidate out (the caller passes only what
is left), then the price may be at most a little higher, then the most similar wins.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """A coffee that could stand in: its price, how similar it is (0 to 1), how much is free."""

    sku_id: uuid.UUID
    code: str
    price_cents: int
    similarity: float
    free: int


def ranked(
    candidates: Sequence[Candidate], agreed_cents: int, dearer_by: int
) -> tuple[Candidate, ...]:
    """Return the candidates that are not too dear, the most similar first."""
    fitting = [each for each in candidates if each.price_cents <= agreed_cents + dearer_by]
    return tuple(sorted(fitting, key=lambda each: (-each.similarity, each.price_cents, each.code)))


def share_out(
    units: int, candidates: Sequence[Candidate], most: int
) -> tuple[Mapping[uuid.UUID, int], int]:
    """Spread missing units over the candidates in their order, at most `most` of each.

    Return the units by SKU and how many are still missing.
    """
    given: dict[uuid.UUID, int] = {}
    for each in candidates:
        if units == 0:
            break
        if part := min(units, each.free, most):
            given[each.sku_id] = part
            units -= part
    return given, units
