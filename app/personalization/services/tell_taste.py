"""Tells a person what we think they like, and why: by the model that scores their boxes."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.catalog.models import Product
from app.core.unit_of_work import UnitOfWork
from app.personalization import brain
from app.personalization.learning import live_model
from app.personalization.queries import exclusions, facts_of, offers_on_sale, without_taste
from app.personalization.rules import is_excluded
from app.personalization.services.explain_lines import explain_pairs
from app.personalization.services.read_tasting import read_tasting

Floats = NDArray[np.float64]
TOP = 5
# What leanings are told about: the trait, from which value on, and up to which.
LEANINGS: tuple[tuple[str, str, float, float], ...] = (
    ("roast_light", "roast", 0.0, 0.34),
    ("roast_medium", "roast", 0.34, 0.64),
    ("roast_dark", "roast", 0.64, 1.0),
    ("acidity_lively", "acidity", 0.2, 1.0),
    ("acidity_low", "acidity", -1.0, -0.2),
    ("body_full", "body", 0.2, 1.0),
    ("body_light", "body", -1.0, -0.2),
    ("sweet", "sweetness", 0.2, 1.0),
    ("fruity", "notes: fruity", 0.5, 1.0),
    ("floral", "notes: floral", 0.5, 1.0),
    ("citrus", "notes: citrus", 0.5, 1.0),
    ("chocolate", "notes: chocolate", 0.5, 1.0),
    ("nutty", "notes: nutty", 0.5, 1.0),
    ("caramel", "notes: caramel", 0.5, 1.0),
    ("earthy", "notes: earthy", 0.5, 1.0),
    ("fermented", "notes: fermented", 0.5, 1.0),
)


@dataclass(frozen=True)
class LikedCoffee:
    """A coffee on sale that somebody is expected to like, from 1 to 5, with the reasons."""

    product_id: uuid.UUID
    name: dict[str, str]
    roast: str
    notes: tuple[str, ...]
    expected: float
    reasons: Mapping[str, Any]


@dataclass(frozen=True)
class Leaning:
    """How much coffees of one kind are expected to be liked on average, from 1 to 5."""

    kind: str
    expected: float


@dataclass(frozen=True)
class ToldTaste:
    """What we think somebody likes; `personal` is False while their taste is switched off."""

    personal: bool
    coffees: tuple[LikedCoffee, ...]
    leanings: tuple[Leaning, ...]


def tell_taste(
    work: UnitOfWork, subscriber_id: uuid.UUID, member_id: uuid.UUID | None = None
) -> ToldTaste:
    """Return the coffees on sale that suit somebody best, and what their taste leans to: a
    subscriber, or one of those who share the boxes.

    What any of them rules out is left out. While their taste is switched off there are no leanings.
    """
    ruled_out = exclusions(work.session, [subscriber_id]).get(subscriber_id, ())
    offered = {
        offer.product_id
        for offer in offers_on_sale(work.session)
        if offer.available and not is_excluded(ruled_out, offer.facts)
    }
    personal = subscriber_id not in without_taste(work.session, [subscriber_id])
    model = live_model(work.session)
    person = member_id or subscriber_id
    tasting = read_tasting(work.session, model, [person], offered)
    scores = brain.taste_of(model, tasting)[0]
    shown = [
        (product, float(score))
        for product, score in zip(tasting.products, scores, strict=True)
        if product.id in offered and not is_excluded(ruled_out, facts_of(product))
    ]
    best = sorted(shown, key=lambda pair: (-pair[1], pair[0].code))[:TOP]
    wanted = [(person, product.id) for product, _ in best]
    told = explain_pairs(work.session, model, wanted, offered)
    coffees = (_liked(product, score, told[person, product.id]) for product, score in best)
    return ToldTaste(personal, tuple(coffees), _leanings(shown) if personal else ())


def _liked(product: Product, score: float, reasons: Mapping[str, Any]) -> LikedCoffee:
    return LikedCoffee(
        product_id=product.id,
        name=product.name,
        roast=product.roast.value,
        notes=tuple(product.notes),
        expected=score,
        reasons=reasons,
    )


def _leanings(shown: list[tuple[Product, float]]) -> tuple[Leaning, ...]:
    """Return the mean expected liking of each kind of coffee that is on sale."""
    if not shown:
        return ()
    traits = brain.traits_of([product for product, _ in shown])
    scores = np.array([score for _, score in shown])
    return tuple(
        Leaning(kind, round(float(scores[of_kind].mean()), 2))
        for kind, trait, low, high in LEANINGS
        if (of_kind := (traits[trait] >= low) & (traits[trait] <= high)).any()
    )
