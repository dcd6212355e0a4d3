"""Adds and changes products and SKUs."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.catalog.models import Product, Sku, Stock
from app.catalog.rules import CatalogRefusal, Grind, SaleStatus, Taste
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class ProductFields:
    """A product as staff or an import gives it; `name` maps language tags to names."""

    code: str
    name: dict[str, str]
    taste: Taste
    facts: dict[str, object]
    status: SaleStatus = SaleStatus.ON_SALE


@dataclass(frozen=True)
class SkuFields:
    """A SKU as staff or an import gives it; prices in cents."""

    code: str
    grams: int
    price_cents: int
    grind: Grind = Grind.WHOLE
    cost_cents: int = 0
    status: SaleStatus = SaleStatus.ON_SALE


def save_product(work: UnitOfWork, fields: ProductFields) -> Product:
    """Add a product, or change the one with this code."""
    for score in (fields.taste.acidity, fields.taste.body, fields.taste.sweetness):
        if score is not None and not 0 <= score <= 10:
            raise Refused(CatalogRefusal.OUT_OF_SCALE)
    product = work.session.scalar(select(Product).where(Product.code == fields.code))
    if product is None:
        product = Product(id=uuid.uuid4(), code=fields.code, created_at=work.now)
        work.session.add(product)
    taste = fields.taste
    product.name = dict(fields.name)
    product.roast = taste.roast
    product.process = taste.process
    product.origin = taste.origin
    product.notes = list(taste.notes)
    product.acidity, product.body, product.sweetness = taste.acidity, taste.body, taste.sweetness
    product.decaf = taste.decaf
    product.allergens = None if taste.allergens is None else list(taste.allergens)
    product.facts = dict(fields.facts)
    product.status = fields.status
    work.session.flush()
    return product


def save_sku(work: UnitOfWork, product_id: uuid.UUID, fields: SkuFields) -> Sku:
    """Add a SKU to a product, or change the one with this code; its count starts at zero."""
    if fields.price_cents < 0 or fields.cost_cents < 0:
        raise Refused(CatalogRefusal.BAD_PRICE, field="price_cents")
    if fields.grams <= 0:
        raise Refused(CatalogRefusal.BAD_QUANTITY, field="grams")
    sku = work.session.scalar(select(Sku).where(Sku.code == fields.code))
    if sku is not None and sku.product_id != product_id:
        raise Refused(CatalogRefusal.CODE_TAKEN, field="code")
    if sku is None:
        sku = Sku(id=uuid.uuid4(), code=fields.code, product_id=product_id)
        work.session.add(sku)
        work.session.add(Stock(sku_id=sku.id))
    sku.grams, sku.grind = fields.grams, fields.grind
    sku.price_cents, sku.cost_cents = fields.price_cents, fields.cost_cents
    sku.status = fields.status
    work.session.flush()
    return sku
