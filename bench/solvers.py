"""The yardsticks of composition, each written as its own library's manual would have it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from ortools.graph.python import min_cost_flow
from scipy.optimize import linprog
from scipy.sparse import csr_array

from bench.market import Market

STEPS = 2**31
Ints = npt.NDArray[np.int64]
Lines = tuple[Ints, Ints]


def greedy(market: Market) -> Lines:
    """Give each box, in the order of sign-up, the best that is left."""
    left = market.stock.copy()
    found = []
    for box, slots in enumerate(market.slots):
        usable = np.flatnonzero(market.allowed[box] & (left > 0))
        best = usable[np.argsort(-market.scores[box, usable], kind="stable")[:slots]]
        left[best] -= 1
        found.append(best)
    return _lines(found)


def draft(market: Market) -> Lines:
    """Let everybody pick one unit in turn, the order turning round after every round."""
    left = market.stock.copy()
    found: list[list[int]] = [[] for _ in market.slots]
    for turn in range(int(market.slots.max(initial=0))):
        order = np.arange(len(found)) if turn % 2 == 0 else np.arange(len(found))[::-1]
        for box in order[market.slots[order] > turn]:
            score = np.where(market.allowed[box] & (left > 0), market.scores[box], -np.inf)
            score[found[box]] = -np.inf
            item = int(np.argmax(score))
            if np.isfinite(score[item]):
                left[item] -= 1
                found[box].append(item)
    return _lines([np.array(items, np.int64) for items in found])


def flow(market: Market) -> Lines:
    """Solve it exactly as a minimum cost flow of OR-Tools, an empty slot being dear."""
    boxes, items = market.scores.shape
    box, item = np.nonzero(market.allowed)
    worth = np.rint(market.scores[box, item].astype(np.float64) * STEPS).astype(np.int64)
    network = min_cost_flow.SimpleMinCostFlow()
    add = network.add_arcs_with_capacity_and_unit_cost
    ours = add(box, boxes + item, np.ones_like(box), -worth)
    columns, rows = np.arange(items), np.arange(boxes)
    sink = boxes + items
    add(boxes + columns, np.full(items, sink), market.stock, np.zeros(items, np.int64))
    add(rows, np.full(boxes, sink), market.slots, np.full(boxes, 4 * (items + 2) * STEPS))
    network.set_nodes_supplies(rows, market.slots)
    network.set_node_supply(sink, -int(market.slots.sum()))
    if network.solve() != network.OPTIMAL:
        raise RuntimeError("the flow solver gave up")
    taken = np.asarray(network.flows(ours)) > 0
    return box[taken], item[taken]


def highs(market: Market) -> Lines:
    """Solve it as a linear programme with HiGHS, which picks the method."""
    boxes, items = market.scores.shape
    box, item = np.nonzero(market.allowed)
    arcs = np.arange(len(box))
    ones = np.ones(2 * len(box))
    limits = csr_array(
        (ones, (np.concatenate([box, boxes + item]), np.concatenate([arcs, arcs]))),
        shape=(boxes + items, len(box)),
    )
    empty = 10.0  # an unfilled slot loses more than any unit is worth
    answer = linprog(
        -(market.scores[box, item].astype(np.float64) + empty),
        A_ub=limits,
        b_ub=np.concatenate([market.slots, market.stock]).astype(np.float64),
        bounds=(0.0, 1.0),
        method="highs",
    )
    if answer.x is None:
        raise RuntimeError(f"HiGHS gave up: {answer.message}")
    taken = answer.x > 0.5
    return box[taken], item[taken]


def _lines(found: list[npt.NDArray[np.int64]]) -> Lines:
    box = np.repeat(np.arange(len(found)), [len(items) for items in found])
    return box, np.concatenate([*found, np.zeros(0, np.int64)]).astype(np.int64)


RIVALS: dict[str, Callable[[Market], Lines]] = {
    "highs": highs,
    "flow": flow,
    "greedy": greedy,
    "draft": draft,
}
