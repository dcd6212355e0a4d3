"""Turns the append-only log of what people did with products into arrays, box by box."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from ml.arrays import Bools, Floats, Ints

KINDS = (
    "keep",
    "reorder",
    "swap_in",
    "swap_out",
    "skip",
    "rating",
    "pin",
    "ban",
    "tasting",
    "quiz",
)
TAKES = ("keep", "reorder", "swap_in")  # these say: she had it in a box and stood by it
LIKED, DISLIKED = 4.0, 2.0  # of 1..5; from here up it counts as taken, from there down as refused
COLUMNS = ("subscriber", "product", "kind", "value", "at", "box")


class BadLog(ValueError):
    """The log of events cannot be read as such; the message names the first thing wrong."""


@dataclass(frozen=True, eq=False)
class Log:
    """Events between known people and known products, sorted by person, box and time.

    person, product (E,) rows of the people and products asked for; box (E,) counts the boxes of
    the person from 0; kind (E,) is a position in KINDS; value (E,) NaN where there is none; at (E,)
    float64, larger is later; taken (E,) is true where the product was kept, ordered again, swapped
    in or rated 4 or more; boxes (people,) is how many boxes each person has had.
    """

    person: Ints
    product: Ints
    box: Ints
    kind: Ints
    value: Floats
    at: Floats
    taken: Bools
    boxes: Ints
    people: int
    products: int

    @cached_property
    def by_pair(self) -> Ints:
        """Return (E,) the order of the events by person, then product, then box and time."""
        starts = np.concatenate([[0], np.cumsum(np.bincount(self.person, minlength=self.people))])
        events = np.arange(len(self.person))
        shape = (self.people, self.products)
        table = sparse.csr_array((events, self.product, starts), shape=shape)
        return np.asarray(table.tocsc().tocsr().data, dtype=np.int64)

    @cached_property
    def pairs(self) -> tuple[Ints, Ints]:
        """Return (E,) which pair each event in the order `by_pair` is of, pairs counted from 0, and
        (P,) where in that order each pair begins."""
        person, product = self.person[self.by_pair], self.product[self.by_pair]
        first = np.ones(len(person), dtype=np.bool_)
        first[1:] = (person[1:] != person[:-1]) | (product[1:] != product[:-1])
        return np.cumsum(first) - 1, np.flatnonzero(first)

    @cached_property
    def unit_places(self) -> Ints:
        """Return (U,) where in the order `by_pair` everything taken stands, once per box."""
        places = np.flatnonzero(self.taken[self.by_pair])
        pair, box = self.pairs[0][places], self.box[self.by_pair[places]]
        another = np.ones(len(places), dtype=np.bool_)
        another[1:] = (pair[1:] != pair[:-1]) | (box[1:] != box[:-1])
        return np.asarray(places[another], dtype=np.int64)

    @cached_property
    def units(self) -> Ints:
        """Return (U, 3): person, product, box of everything taken, once per box, sorted so."""
        event = self.by_pair[self.unit_places]
        return np.stack([self.person[event], self.product[event], self.box[event]]).T

    def of_kind(self, *kinds: str) -> Bools:
        """Return (E,): is the event of one of these kinds?"""
        return np.isin(self.kind, [KINDS.index(kind) for kind in kinds])


def moments(events: pd.DataFrame) -> Floats:
    """Return (E,) the time of every event as a number: seconds for instants, else as it stands."""
    at = events["at"]
    if at.dtype.kind in "iuf":
        return at.to_numpy(np.float64)
    instants = pd.to_datetime(at, utc=True)
    since = instants - pd.Timestamp(0, tz="UTC")
    return np.asarray(since.dt.total_seconds(), dtype=np.float64)


def checked(events: pd.DataFrame) -> pd.DataFrame:
    """Return the log with all COLUMNS, `at` as a number, sorted by time; raise BadLog if one that
    is needed is missing.

    `box` says which box an event belongs to, in any numbers that rise with time; where the column
    is missing, what was taken at one instant is one box, and every other event belongs to the last
    box before it.
    """
    for name in ("subscriber", "product", "kind", "at"):
        if name not in events:
            raise BadLog(f"the column {name} is missing")
    table = pd.DataFrame(
        {
            "subscriber": events["subscriber"],
            "product": events["product"],
            "kind": events["kind"].astype(str),
            "value": _numbers(events),
            "at": moments(events),
        }
    )
    if not np.isfinite(table["at"].to_numpy(np.float64)).all():
        raise BadLog("at: every event needs a time")
    table["box"] = _given_boxes(events) if "box" in events else _boxes_by_time(table)
    order = _sorted(table["at"].to_numpy(np.float64), table["box"].to_numpy(np.float64))
    return table.take(order).reset_index(drop=True)


def log_of(
    events: pd.DataFrame, people: pd.Index[Any], products: pd.Index[Any], as_text: bool = False
) -> Log:
    """Return the events of these people with these products; others are left out.

    `events` as returned by `checked`. How many boxes a person has had counts all her boxes, also
    those with products that are not asked for.
    With `as_text` the products asked for are text, whatever they are in the events.
    """
    person = rows_in(people, events["subscriber"])
    product = rows_in(products, events["product"], as_text)
    kind = rows_in(pd.Index(KINDS), events["kind"])
    value = events["value"].to_numpy(np.float64)
    taken = _takes(kind, value)
    when = events["box"].to_numpy(np.float64)
    order = _by_box(person, when, len(people))
    box, boxes = _counted(person[order], when[order], taken[order], len(people))
    known = (product[order] >= 0) & (kind[order] >= 0)
    order, box = _in_time(person, order[known], box[known])
    return Log(
        person[order],
        product[order],
        box,
        kind[order],
        value[order],
        events["at"].to_numpy(np.float64)[order],
        taken[order],
        boxes,
        len(people),
        len(products),
    )


def rows_in(index: pd.Index[Any], column: pd.Series[Any], as_text: bool = False) -> Ints:
    """Return (E,): where each cell stands in the index, -1 if nowhere; each name is looked up
    once."""
    codes, names = pd.factorize(column)
    asked = pd.Index([str(name) for name in names] if as_text else names)
    rows = np.append(index.get_indexer(asked), -1)
    return np.asarray(rows[codes], dtype=np.int64)


def takes(events: pd.DataFrame) -> Bools:
    """Return (E,): does the event say that the product was welcome?"""
    liked = (events["kind"] == "rating") & (events["value"] >= LIKED)
    return np.asarray(events["kind"].isin(TAKES) | liked, dtype=np.bool_)


def _sorted(at: Floats, box: Floats) -> Ints:
    """Return the order by time and box; boxes nearly always rise with time already."""
    order = np.argsort(at, kind="stable")
    same = at[order][1:] == at[order][:-1]
    if (same & (box[order][1:] < box[order][:-1])).any():
        order = np.lexsort((box, at))
    return order.astype(np.int64)


def _takes(kind: Ints, value: Floats) -> Bools:
    """Return (E,) what `takes` does, for positions in KINDS, -1 for others."""
    welcome = np.array([name in TAKES for name in (*KINDS, "")])
    return np.asarray(welcome[kind] | ((kind == KINDS.index("rating")) & (value >= LIKED)))


def _numbers(events: pd.DataFrame) -> Floats:
    if "value" not in events:
        return np.full(len(events), np.nan)
    return pd.to_numeric(events["value"], errors="coerce").to_numpy(np.float64)


def _given_boxes(events: pd.DataFrame) -> Floats:
    box = pd.to_numeric(events["box"], errors="coerce").to_numpy(np.float64)
    return np.where(np.isfinite(box), box, -np.inf)


def _boxes_by_time(table: pd.DataFrame) -> Floats:
    """Return (E,): the instant of the box an event belongs to, -inf before the first."""
    opened = table["at"].where(table["kind"].isin(TAKES))
    order = np.lexsort((opened.isna(), table["at"]))
    sorted_box = opened.iloc[order].groupby(table["subscriber"].iloc[order]).ffill()
    return np.asarray(sorted_box.sort_index().fillna(-np.inf), dtype=np.float64)


def _by_box(person: Ints, box: Floats, people: int) -> Ints:
    """Return the order of the events of known people by person, box and, as they come, time."""
    known = np.flatnonzero(person >= 0)
    shape = (len(known), people)
    table = sparse.csr_array((known, person[known], np.arange(len(known) + 1)), shape=shape)
    order = np.asarray(table.tocsc().data, dtype=np.int64)
    owner, when = person[order], box[order]
    if ((when[1:] < when[:-1]) & (owner[1:] == owner[:-1])).any():
        order = order[np.lexsort((when, owner))]
    return order


def _in_time(person: Ints, order: Ints, box: Ints) -> tuple[Ints, Ints]:
    """Return order and box with the events of each counted box as they came."""
    owner = person[order]
    same = (owner[1:] == owner[:-1]) & (box[1:] == box[:-1])
    if (same & (order[1:] < order[:-1])).any():
        place = np.lexsort((order, box, owner))
        return order[place], box[place]
    return order, box


def _counted(person: Ints, box: Floats, taken: Bools, people: int) -> tuple[Ints, Ints]:
    """Return the number of each event's box (E,) from 0, and how many boxes each person had.

    Events sorted by person and box. Only what was taken makes a box; an event between two boxes
    belongs to the one before it, an event before the first to box 0.
    """
    first = np.ones(len(person), dtype=np.bool_)
    first[1:] = (person[1:] != person[:-1]) | (box[1:] != box[:-1])
    group = np.cumsum(first) - 1
    opened = np.bincount(group[taken], minlength=int(first.sum())) > 0
    boxes = np.bincount(person[first][opened], minlength=people).astype(np.int64)
    before = np.concatenate([[0], np.cumsum(boxes)])
    number = np.cumsum(opened)[group] - 1 - before[person]
    return np.maximum(number, 0).astype(np.int64), boxes
