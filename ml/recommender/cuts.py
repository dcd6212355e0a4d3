"""Cuts a log in two, so that what is learnt from never knows what is to be foreseen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.recommender.log import takes


@dataclass(frozen=True, eq=False)
class Cut:
    """A past and what came after it.

    past: the events before each person's moment, columns as from `log.checked`; target: one row
    per (subscriber, product) taken in the box that came next.
    """

    past: pd.DataFrame
    target: pd.DataFrame


def cut_last_box(events: pd.DataFrame) -> Cut:
    """Return the log before the last box of everybody, and that box.

    Who had only one box keeps nothing but what came before it (the quiz). Events of the moment at
    which the box was opened, or later, are not in the past. `events` as from `log.checked`.
    """
    taken = takes(events)
    opened = _opened(events[taken])
    last = opened.sort_values(["subscriber", "box"], kind="stable").drop_duplicates(
        "subscriber", keep="last"
    )
    start, of_last = _of(events, last, "at"), _of(events, last, "box")
    before = ~(events["at"] >= start) & ~(events["box"] >= of_last)
    before |= np.isnan(start)
    return Cut(
        events[before].reset_index(drop=True),
        _targets(events[taken & (events["box"] == of_last)]),
    )


def cut_at(events: pd.DataFrame, moment: float) -> Cut:
    """Return the log before one moment for everybody, and the first box of each person after it."""
    past = events[events["at"] < moment]
    later = events[(events["at"] >= moment) & takes(events)]
    opened = _opened(later)
    first = opened.sort_values(["subscriber", "box"], kind="stable").drop_duplicates("subscriber")
    box = _of(later, first, "box")
    return Cut(past.reset_index(drop=True), _targets(later[later["box"] == box]))


def rolling_origin(events: pd.DataFrame, cuts: int) -> list[Cut]:
    """Return the last box of everybody as a target, then the one before it, and so on; newest
    first."""
    found = []
    past = events
    for _ in range(cuts):
        cut = cut_last_box(past)
        if cut.target.empty:
            break
        found.append(cut)
        past = cut.past
    return found


def known_people(events: pd.DataFrame, quiz: pd.DataFrame) -> pd.Index:
    """Return everybody in the log or in the quiz, sorted by name."""
    names = pd.Index(events["subscriber"].unique()).union(quiz.index, sort=False)
    order: pd.Index = names.take(np.argsort(names.astype(str), kind="stable"))
    return order


def _opened(taken: pd.DataFrame) -> pd.DataFrame:
    """Return (subscriber, box, at): when each box was opened."""
    return taken.groupby(["subscriber", "box"], sort=False)["at"].min().reset_index()


def _of(events: pd.DataFrame, boxes: pd.DataFrame, column: str) -> Floats:
    """Return (E,) what `boxes`, one row a subscriber, says of the subscriber of each event."""
    row = pd.Index(boxes["subscriber"]).get_indexer(pd.Index(events["subscriber"]))
    known = np.append(boxes[column].to_numpy(np.float64), np.nan)
    return np.asarray(known[row], dtype=np.float64)


def _targets(taken: pd.DataFrame) -> pd.DataFrame:
    return taken[["subscriber", "product"]].drop_duplicates(ignore_index=True)
