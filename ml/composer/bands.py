"""Says what a rich box must add up to, and why a box could not be composed within its limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.arrays import Ints

LARGEST_AMOUNT = 2**24


class BadBand(ValueError):
    """A band, a group or a need cannot be meant as given; the message names the first thing
    wrong."""


@dataclass(frozen=True, eq=False)
class Band:
    """What the units of a box add up to: cents, or grams.

    name    what is counted ("cost", "weight"); it stands in the reason of a held box.
    amount  (M,) int >= 0: what one unit of the item counts, at most 2**24.
    least   (N,) int >= 0: the box must come to at least this. Where that cannot be had, the box is
            filled as well as it can be, and held.
    most    (N,) int >= least: the box never comes to more than this, whatever stays empty.
    """

    name: str
    amount: Ints
    least: Ints
    most: Ints


PINS_OVER_BAND = "pins_over_band"
PINS_OVER_GROUP = "pins_over_group"
BELOW_LEAST = "below_least"


@dataclass(frozen=True)
class Held:
    """A box that a human must look at before it goes out.

    box   its row.
    why   "pins_over_band" or "pins_over_group": the pins alone break a ceiling, so the box stays
          empty; "below_least": the box comes to less than the band asks for.
    name  the band's name; "" for a group.
    """

    box: int
    why: str
    name: str


def clean_bands(bands: Sequence[Band], boxes: int, items: int) -> tuple[Band, ...]:
    """Return the bands with int64 arrays; raise BadBand for shapes, ranges or names that make no
    sense."""
    names = [band.name for band in bands]
    if len(set(names)) != len(names) or not all(names):
        raise BadBand("bands: every band needs a name of its own")
    return tuple(_clean(band, boxes, items) for band in bands)


def clean_group(group: Any, group_most: Any, boxes: int, items: int) -> tuple[Ints, Ints]:
    """Return group (M,) and group_most (N,) as int64; raise BadBand if one is missing or wrong."""
    if group is None or group_most is None:
        raise BadBand("group: the group of each item and the most of a group belong together")
    return (
        whole("group", group, items, (-1, LARGEST_AMOUNT)),
        whole("group_most", group_most, boxes, (0, LARGEST_AMOUNT)),
    )


def whole(name: str, value: Any, size: int, reach: tuple[int, int]) -> Ints:
    """Return (size,) int64 whose numbers lie within `reach`; raise BadBand otherwise."""
    given = np.asarray(value)
    if given.shape != (size,):
        raise BadBand(f"{name}: shape {given.shape} instead of {(size,)}")
    if given.size and given.dtype.kind not in "iu":
        raise BadBand(f"{name}: whole numbers are needed, not {given.dtype}")
    if given.size and (int(given.min()) < reach[0] or int(given.max()) > reach[1]):
        raise BadBand(f"{name}: every number must lie between {reach[0]} and {reach[1]}")
    return given.astype(np.int64)


def _clean(band: Band, boxes: int, items: int) -> Band:
    reach = (0, 2**40)
    amount = whole(f"{band.name}: amount", band.amount, items, (0, LARGEST_AMOUNT))
    least = whole(f"{band.name}: least", band.least, boxes, reach)
    most = whole(f"{band.name}: most", band.most, boxes, reach)
    if (least > most).any():
        raise BadBand(f"{band.name}: least is above most")
    return Band(band.name, amount, least, most)
