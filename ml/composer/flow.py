"""Solves a batch exactly, as the cheapest flow of units from boxes through items into the stock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from ml.arrays import Bools, Ints
from ml.composer.plan import Units
from ml.composer.task import Task
from ml.composer.worth import LARGEST

MOST_ORDER = 1000
COST_BITS = 61


class NoFlow(RuntimeError):
    """The network solver gave up, which a well-formed network never makes it do."""


@dataclass(frozen=True, eq=False)
class Choices:
    """Units that may be given: the `unit`-th of `item` to `box`, and what that is worth."""

    box: Ints
    item: Ints
    unit: Ints
    worth: Ints


def all_choices(task: Task) -> Choices:
    """Return every unit any box may take, excluded ones simply absent."""
    found = [np.nonzero(task.open_units(unit)) for unit in range(1, task.deepest + 1)]
    box = np.concatenate([rows for rows, _ in found])
    item = np.concatenate([columns for _, columns in found])
    unit = np.repeat(np.arange(1, len(found) + 1), [len(rows) for rows, _ in found])
    return choices_at(task, box, item, unit)


def choices_at(task: Task, box: Ints, item: Ints, unit: Ints) -> Choices:
    """Return the named units with their worth."""
    return Choices(box, item, unit, task.worth_at(box, item, unit))


def given(choices: Choices, slots: Ints, stock: Ints, repeats: Ints) -> Bools:
    """Return (number of choices,) bool: which units to give so that the fewest slots stay empty,
    then for most worth.

    Every box holds at most `slots` more units, `repeats` of them second or later ones; every item
    at most `stock`. Where slots must stay empty, the second empty slot of one box costs twice the
    first, so that they are spread. A later unit never goes out without the earlier one: the earlier
    one is worth more and needs no repeat.

    Very large networks count coarser, so that no sum leaves 64 bits. Raises NoFlow if the solver
    fails. Method: cost-scaling push-relabel (Goldberg 1997) as in OR-tools.
    """
    network = min_cost_flow.SimpleMinCostFlow()
    boxes, items = len(slots), len(stock)
    first_item, sink = 2 * boxes, 2 * boxes + items
    coarser = _coarser(int(slots.max(initial=0)), items, sink + 1)
    tails = np.where(choices.unit == 1, choices.box, choices.box + boxes)
    costs = -(choices.worth >> coarser)
    ours = _arcs(network, tails, choices.item + first_item, np.ones_like(tails), costs)
    everyone = np.arange(boxes)
    _arcs(network, everyone, everyone + boxes, repeats, np.zeros_like(everyone))
    usable = np.minimum(stock, int(slots.sum()))
    _arcs(
        network,
        np.arange(items) + first_item,
        np.full(items, sink),
        usable,
        np.zeros(items, np.int64),
    )
    empty_box = np.repeat(everyone, slots)
    nth_empty = np.arange(len(empty_box)) - np.repeat(np.cumsum(slots) - slots, slots) + 1
    dearest = _cost_of_an_empty_slot(items) >> coarser
    _arcs(
        network,
        empty_box,
        np.full(len(empty_box), sink),
        np.ones_like(nth_empty),
        nth_empty * dearest,
    )
    network.set_nodes_supplies(everyone, slots)
    network.set_node_supply(sink, -int(slots.sum()))
    status = network.solve()
    if status != network.OPTIMAL:
        raise NoFlow(f"the flow solver stopped with {status}")
    return np.asarray(network.flows(ours), dtype=np.int64) > 0


def _coarser(most_slots: int, items: int, nodes: int) -> int:
    """Return by how many bits costs must shrink: the solver multiplies each by the nodes."""
    largest = max(1, most_slots) * _cost_of_an_empty_slot(items) * (nodes + 1)
    return max(0, largest.bit_length() - COST_BITS)


def exact_units(task: Task) -> Units:
    """Return (N, M) units, pins included, that are best for the whole task."""
    choices = all_choices(task)
    taken = given(choices, task.slots, task.stock, task.repeats)
    units = task.pins.dense()
    np.add.at(units, (choices.box[taken], choices.item[taken]), 1)
    return units


def _arcs(
    network: min_cost_flow.SimpleMinCostFlow, tails: Ints, heads: Ints, room: Ints, cost: Ints
) -> Ints:
    return np.asarray(network.add_arcs_with_capacity_and_unit_cost(tails, heads, room, cost))


def _cost_of_an_empty_slot(items: int) -> int:
    # Filling one more slot may shift a chain of boxes, each item at most once on the way, and a
    # repeat of a disliked item is worth down to -2 * LARGEST: nothing such a chain loses may
    # outweigh the slot.
    return 3 * (items + 2) * (LARGEST + MOST_ORDER)
