"""Words for coffees and stock. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.refusals import Refusal


class Roast(StrEnum):
    """How far a coffee is roasted."""

    LIGHT = "light"
    MEDIUM = "medium"
    DARK = "dark"


class Grind(StrEnum):
    """How a bag is ground."""

    WHOLE = "whole"
    FILTER = "filter"
    ESPRESSO = "espresso"


class SaleStatus(StrEnum):
    """Whether a product or SKU may go into boxes."""

    DRAFT = "draft"
    ON_SALE = "on_sale"
    RETIRED = "retired"


class HoldStatus(StrEnum):
    """What became of reserved stock."""

    HELD = "held"
    SHIPPED = "shipped"
    RELEASED = "released"


class CatalogRefusal(Refusal):
    """Why something about products or stock cannot be done."""

    UNKNOWN_PRODUCT = "There is no such product."
    UNKNOWN_SKU = "There is no such SKU."
    CODE_TAKEN = "This code is already in use."
    NOT_ENOUGH = "There is not enough stock for this."
    BAD_QUANTITY = "The quantity must be a whole number and not zero."
    BAD_PRICE = "The price must be a whole number of cents, not below zero."
    OUT_OF_SCALE = "Sensory scores go from 0 to 10."


@dataclass(frozen=True)
class Taste:
    """What a product tastes like. Scores 0 to 10, None where unknown.

    `allergens` None means unknown, which counts as containing whatever someone must avoid.
    """

    roast: Roast
    process: str = ""
    origin: str = ""
    notes: tuple[str, ...] = ()
    acidity: float | None = None
    body: float | None = None
    sweetness: float | None = None
    decaf: bool = False
    allergens: tuple[str, ...] | None = None
