"""Turns what is known about a coffee into numbers, guessing what the label leaves out from roast
and origin."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.taste.answers import plain

ROASTS = {
    "nordic": 0.0,
    "blonde": 0.1,
    "light": 0.2,
    "medium-light": 0.35,
    "light-medium": 0.35,
    "medium": 0.5,
    "medium-dark": 0.65,
    "dark": 0.8,
    "espresso": 0.8,
    "italian": 0.9,
    "french": 1.0,
}

NOTES = {
    "floral": r"floral|flower|jasmine|rose|\btea\b|bergamot|hibiscus|lavender|honeysuckle|blossom",
    "fruity": r"fruit|berr[yi]|juic|cherry|peach|apricot|plum|mango|apple|grape|currant|tropic",
    "citrus": r"citr|lemon|lime|orange|grapefruit|tangerine|bright|crisp|tart",
    "chocolate": r"choc|cocoa|cacao|fudge|mocha",
    "nutty": r"nut|almond|pecan|praline|marzipan|toast|biscuit|cereal",
    "caramel": r"caramel|toffee|sugar|honey|molasses|maple|syrup|butterscotch|vanilla|sweet|nougat",
    "earthy": r"earth|smok|tobacco|cedar|wood|spice|pepper|leather|bold|roasty|malt|clove|cinnamon",
    "fermented": r"ferment|wine|winey|funk|boozy|\brum\b|whisky|whiskey|kombucha|liqueur|cider",
}

PROCESSES = {
    "natural": r"natural|dry",
    "washed": r"\bwash|\bwet",
    "honey": r"honey|pulped",
    "experimental": r"anaerob|carbonic|ferment|macerat|experiment|co-?ferment|lactic",
}

# What is likely in the cup where the label names no notes.
ORIGINS = {
    r"ethiopia": ("floral", "citrus", "fruity"),
    r"kenya|rwanda|burundi": ("citrus", "fruity"),
    r"brazil": ("nutty", "chocolate"),
    r"sumatra|indonesia|sulawesi|java|india|vietnam": ("earthy", "chocolate"),
    r"guatemala|honduras|mexico|nicaragua|peru|salvador": ("chocolate", "caramel"),
    r"colombia|costa rica|panama|bolivia|ecuador": ("caramel", "fruity"),
    r"blend": ("chocolate", "nutty"),
}
LIKELY = 0.4

ATTRIBUTE_NAMES: tuple[str, ...] = (
    "any coffee",
    "roast",
    "roast squared",
    "acidity",
    "body",
    "sweetness",
    *(f"notes: {family}" for family in NOTES),
    *(f"process: {process}" for process in PROCESSES),
    "decaf",
)


def attribute_table(products: pd.DataFrame) -> Floats:
    """Return (M, number of ATTRIBUTE_NAMES), rows as in `products`; any column may be missing, any
    cell empty.

    Roast runs from 0 (palest) to 1 (darkest), 0.5 if unknown. Acidity, body and sweetness run from
    -1 to 1 (0..10 on the label); where unknown, a darker roast is taken to mean less acidity and
    more body. A family of notes is 1 if a note names it, 0.4 if no notes are given and the origin
    makes it likely.
    """
    count = len(products)
    roast = np.array([_roast(cell) for cell in _cells(products, "roast")], dtype=np.float64)
    lean = 2.0 * roast - 1.0
    senses = [
        _sense(products, name, guess)
        for name, guess in (
            ("acidity", -0.6 * lean),
            ("body", 0.6 * lean),
            ("sweetness", 0.0 * lean),
        )
    ]
    labels = zip(_cells(products, "notes"), _cells(products, "origin"), strict=True)
    notes = [_notes(note, origin) for note, origin in labels]
    process = [_matches(PROCESSES, _text(cell)) for cell in _cells(products, "process")]
    decaf = [float(_is_true(cell)) for cell in _cells(products, "decaf")]
    parts = [
        np.ones(count),
        roast,
        roast**2,
        *senses,
        *np.reshape(notes, (count, len(NOTES))).T,
        *np.reshape(process, (count, len(PROCESSES))).T,
        decaf,
    ]
    return np.column_stack(parts).astype(np.float64)


def _cells(products: pd.DataFrame, column: str) -> list[Any]:
    return list(products[column]) if column in products else [None] * len(products)


def _roast(cell: Any) -> float:
    return ROASTS.get(plain(cell).replace(" ", "-"), 0.5) if isinstance(cell, str) else 0.5


def _sense(products: pd.DataFrame, name: str, guess: Floats) -> Floats:
    given = pd.to_numeric(
        pd.Series(_cells(products, name), dtype=object), errors="coerce"
    ).to_numpy(np.float64)
    return np.where(np.isfinite(given), np.clip(given, 0.0, 10.0) / 5.0 - 1.0, guess)


def _notes(notes: Any, origin: Any) -> list[float]:
    text = _text(notes)
    if text:
        return _matches(NOTES, text)
    likely = {
        family
        for pattern, families in ORIGINS.items()
        if re.search(pattern, _text(origin))
        for family in families
    }
    return [LIKELY if family in likely else 0.0 for family in NOTES]


def _matches(families: dict[str, str], text: str) -> list[float]:
    return [1.0 if re.search(pattern, text) else 0.0 for pattern in families.values()]


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return plain(cell)
    if isinstance(cell, list | tuple | set | frozenset | np.ndarray):
        return ", ".join(plain(word) for word in cell if isinstance(word, str))
    return ""


def _is_true(cell: Any) -> bool:
    return isinstance(cell, bool | np.bool_) and bool(cell)
