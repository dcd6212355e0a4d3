"""Turns the ceilings of the plans into what the composer must keep: the value of a box, and so many
units of one roaster."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.personalization import brain
from app.personalization.rules import BoxRequest, Offer

NO_CEILING = 2**40
VALUE = "value"


def limit_boxes(requests: Sequence[BoxRequest], offers: Sequence[Offer]) -> dict[str, Any]:
    """Return the ceilings as parts of a problem; nothing where no plan has any.

    A plan's `takes` says `max_value_cents` for what the bags of a box may be worth together, at
    their own prices, and `max_per_roaster`. Bags of no known roaster are not counted.
    """
    return _value(requests, offers) | _roasters(requests, offers)


def _value(requests: Sequence[BoxRequest], offers: Sequence[Offer]) -> dict[str, Any]:
    most = [request.takes.get("max_value_cents") for request in requests]
    if all(cents is None for cents in most):
        return {}
    worth = np.array([offer.price_cents for offer in offers], dtype=np.int64)
    ceiling = np.array([NO_CEILING if cents is None else cents for cents in most], dtype=np.int64)
    return {"bands": (brain.Band(VALUE, worth, np.zeros_like(ceiling), ceiling),)}


def _roasters(requests: Sequence[BoxRequest], offers: Sequence[Offer]) -> dict[str, Any]:
    most = [request.takes.get("max_per_roaster") for request in requests]
    if all(units is None for units in most):
        return {}
    names = sorted({offer.roaster for offer in offers} - {""})
    group = [names.index(offer.roaster) if offer.roaster else -1 for offer in offers]
    ceilings = [
        request.slots if units is None else units
        for request, units in zip(requests, most, strict=True)
    ]
    return {
        "group": np.array(group, dtype=np.int64),
        "group_most": np.array(ceilings, dtype=np.int64),
    }
