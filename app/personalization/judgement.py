"""Words for how a box came out against what it could have been. Pure."""

import uuid
from dataclasses import dataclass

# So many of a subscription's last boxes decide who comes first.
BOXES_REMEMBERED = 12


@dataclass(frozen=True)
class Judgement:
    """How a box came out against the same box under unlimited stock, in points of taste.

    `satisfaction` is `value` over `ideal_value`, 0 to 1. `credit` is the weight that it brought
    along from past boxes, 1 being plain. `missed` are (SKU, units) that it would have held, the
    most wanted first.
    """

    satisfaction: float
    value: float
    ideal_value: float
    credit: float
    missed: tuple[tuple[uuid.UUID, int], ...] = ()
