"""The form of a product and of its bags: reads what was typed, shows what is stored."""

from decimal import Decimal, InvalidOperation

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.catalog.rules import CatalogRefusal, Grind, Roast, SaleStatus, Taste
from app.catalog.services.save_product import ProductFields, SkuFields
from app.catalog.stock_queries import ProductPage
from app.web.typed import Typed

SCORES = ("acidity", "body", "sweetness")
KNOWN, UNKNOWN = "known", "unknown"


def read_product(typed: Typed, facts: dict[str, object], code: str = "") -> ProductFields:
    """Read a product; the code of one that is there already stays."""
    name = {"en": typed.text("name_en", required=True)}
    if chinese := typed.text("name_zh"):
        name["zh-CN"] = chinese
    return ProductFields(
        code=code or typed.text("code", required=True, longest=60),
        name=name,
        taste=read_taste(typed),
        facts=facts,
        status=SaleStatus(typed.choice("status", list(SaleStatus)) or SaleStatus.DRAFT),
    )


def read_taste(typed: Typed) -> Taste:
    """Read what a product tastes like."""
    acidity, body, sweetness = (read_score(typed, name) for name in SCORES)
    known = typed.choice("allergens_known", (KNOWN, UNKNOWN)) == KNOWN
    return Taste(
        roast=Roast(typed.choice("roast", list(Roast)) or Roast.MEDIUM),
        process=typed.text("process"),
        origin=typed.text("origin"),
        notes=words_in(typed.text("notes", longest=500)),
        acidity=acidity,
        body=body,
        sweetness=sweetness,
        decaf=typed.ticked("decaf"),
        allergens=words_in(typed.text("allergens").casefold()) if known else None,
    )


def read_score(typed: Typed, name: str) -> float | None:
    """Read a score from 0 to 10, or nothing."""
    value = typed.values.get(name, "").strip().replace(",", ".")
    if not value:
        return None
    try:
        score = Decimal(value)
    except InvalidOperation:
        score = Decimal(-1)
    if not (score.is_finite() and 0 <= score <= 10):
        typed.refuse(name, gettext(CatalogRefusal.OUT_OF_SCALE.value))
        return None
    return float(score)


def words_in(text: str) -> tuple[str, ...]:
    """Return the words between commas, each once."""
    parts = (part.strip() for part in text.replace("，", ",").replace("、", ",").split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def read_sku(typed: Typed) -> SkuFields:
    """Read a bag of a product."""
    return SkuFields(
        code=typed.text("sku_code", required=True, longest=60),
        grams=typed.number("sku_grams", 1, 50_000),
        price_cents=typed.cents("sku_price_cents"),
        grind=Grind(typed.choice("sku_grind", list(Grind)) or Grind.WHOLE),
        cost_cents=typed.cents("sku_cost_cents") if typed.values.get("sku_cost_cents") else 0,
        status=SaleStatus(typed.choice("sku_status", list(SaleStatus)) or SaleStatus.DRAFT),
    )


def product_values(product: ProductPage | None) -> MultiDict[str, str]:
    """Return a stored product as the form shows it."""
    if product is None:
        return MultiDict({"status": "on_sale", "roast": "medium", "allergens_known": UNKNOWN})
    taste = product.taste
    values = {
        "code": product.code,
        "name_en": product.name.get("en", ""),
        "name_zh": product.name.get("zh-CN") or product.name.get("zh", ""),
        "status": product.status,
        "roast": taste.roast.value,
        "process": taste.process,
        "origin": taste.origin,
        "notes": ", ".join(taste.notes),
        "allergens_known": UNKNOWN if taste.allergens is None else KNOWN,
        "allergens": ", ".join(taste.allergens or ()),
    }
    for name in SCORES:
        score = getattr(taste, name)
        values[name] = "" if score is None else f"{score:g}"
    if taste.decaf:
        values["decaf"] = "yes"
    return MultiDict(values)
