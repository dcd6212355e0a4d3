"""Turns the append-only log of what people did with products into arrays, box by box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

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

    def units(self) -> Ints:
        """Return (U, 3): person, product, box of everything taken, once per box, sorted so."""
        most = int(self.boxes.max(initial=0)) + 1
        pair = self.person[self.taken] * self.products + self.product[self.taken]
        key = distinct(pair * most + self.box[self.taken])
        pair, box = key // most, key % most
        products = max(self.products, 1)
        return np.column_stack([pair // products, pair % products, box]).astype(np.int64)

    def of_kind(self, *kinds: str) -> Bools:
        """Return (E,): is the event of one of these kinds?"""
        return np.isin(self.kind, [KINDS.index(kind) for kind in kinds])


def distinct(keys: Ints) -> Ints:
    """Return the different numbers in ascending order; by sorting, which keys in runs make fast."""
    ordered = np.sort(keys, kind="stable")
    first = np.ones(len(ordered), dtype=np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return np.asarray(ordered[first], dtype=np.int64)


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
    return table.sort_values(["at", "box"], kind="stable", ignore_index=True)


def log_of(events: pd.DataFrame, people: pd.Index[Any], products: pd.Index[Any]) -> Log:
    """Return the events of these people with these products; others are left out.

    `events` as returned by `checked`. How many boxes a person has had counts all her boxes, also
    those with products that are not asked for.
    """
    person = people.get_indexer(pd.Index(events["subscriber"])).astype(np.int64)
    product = products.get_indexer(pd.Index(events["product"])).astype(np.int64)
    kind = pd.Index(KINDS).get_indexer(pd.Index(events["kind"])).astype(np.int64)
    value = events["value"].to_numpy(np.float64)
    taken = takes(events)
    box, boxes = _counted(person, events["box"].to_numpy(np.float64), taken, len(people))
    known = (person >= 0) & (product >= 0) & (kind >= 0)
    order = np.lexsort((np.arange(len(person)), box, person))
    order = order[known[order]]
    return Log(
        person[order],
        product[order],
        box[order],
        kind[order],
        value[order],
        events["at"].to_numpy(np.float64)[order],
        taken[order],
        boxes,
        len(people),
        len(products),
    )


def takes(events: pd.DataFrame) -> Bools:
    """Return (E,): does the event say that the product was welcome?"""
    liked = (events["kind"] == "rating") & (events["value"] >= LIKED)
    return np.asarray(events["kind"].isin(TAKES) | liked, dtype=np.bool_)


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


def _counted(person: Ints, box: Floats, taken: Bools, people: int) -> tuple[Ints, Ints]:
    """Return the number of each event's box (E,) from 0, and how many boxes each person had.

    Only what was taken makes a box; an event between two boxes belongs to the one before it, an
    event before the first to box 0.
    """
    makes = taken & (person >= 0)
    opened = pd.DataFrame({"person": person[makes], "box": box[makes]}).drop_duplicates()
    opened = opened.sort_values(["person", "box"], kind="stable")
    owner = opened["person"].to_numpy(np.int64)
    boxes = np.bincount(owner, minlength=people).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(boxes)])
    keys = pd.MultiIndex.from_arrays([owner, opened["box"].to_numpy(np.float64)])
    place = keys.get_indexer(pd.MultiIndex.from_arrays([person, box])).astype(np.int64)
    place = np.where(place >= 0, place, _place_before(owner, opened["box"], person, box))
    number = place - first[np.maximum(person, 0)]
    return np.maximum(np.where(person >= 0, number, 0), 0).astype(np.int64), boxes


def _place_before(owner: Ints, opened: pd.Series[float], person: Ints, box: Floats) -> Ints:
    """Return (E,): the place in the list of boxes of the last box not after the event's."""
    everyone = np.concatenate([owner, person])
    when = np.concatenate([opened.to_numpy(np.float64), box])
    is_event = np.concatenate([np.zeros(len(owner), np.int64), np.ones(len(person), np.int64)])
    order = np.lexsort((is_event, when, everyone))
    seen = np.cumsum(is_event[order] == 0) - 1
    place = np.empty(len(everyone), np.int64)
    place[order] = seen
    return place[len(owner) :]
