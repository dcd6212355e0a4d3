"""Says how every box came out against the same box under unlimited stock, and what that is worth
to its owner next time."""

import uuid
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.personalization import brain
from app.personalization.brain import Solution
from app.personalization.judgement import BOXES_REMEMBERED, Judgement
from app.personalization.replay import Snapshot


def credit_of(past: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Return the weight that each box brings along, from the satisfactions of its owner's last
    boxes, the newest first."""
    table = np.full((len(past), BOXES_REMEMBERED), np.nan)
    for row, each in enumerate(past):
        known = each[:BOXES_REMEMBERED]
        table[row, : len(known)] = known
    return brain.credit_of(table)


def judge_boxes(snapshot: Snapshot, solution: Solution) -> dict[uuid.UUID, Judgement]:
    """Return by box how satisfied it is and what it lost through scarcity."""
    problem, credit, wished = snapshot.inputs[:3]
    judged = brain.judge(problem, solution, wished)
    missed: dict[int, list[tuple[uuid.UUID, int]]] = {}
    for row, column, units in judged.missed:
        missed.setdefault(row, []).append((snapshot.settled.offers[column][0], units))
    return {
        box_id: Judgement(
            satisfaction=round(float(judged.satisfaction[row]), 9),
            value=round(float(judged.value[row]), 9),
            ideal_value=round(float(judged.ideal_value[row]), 9),
            credit=round(float(credit[row]), 9),
            missed=tuple(missed.get(row, ())),
        )
        for row, box_id in enumerate(snapshot.settled.boxes)
    }
