"""Reads about products, SKUs and stock."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.catalog.models import Product, Sku, Stock
from app.catalog.rules import CatalogRefusal, SaleStatus
from app.core.refusals import Refused


@dataclass(frozen=True)
class SkuRow:
    """A SKU with its product and its count, as pages show them."""

    id: uuid.UUID
    code: str
    product_id: uuid.UUID
    product_code: str
    name: dict[str, str]
    roast: str
    decaf: bool
    grams: int
    grind: str
    price_cents: int
    status: str
    on_hand: int
    reserved: int
    shipped: int


def product_of(session: Session, product_id: uuid.UUID) -> Product:
    """Return a product; refuse an unknown one."""
    product = session.get(Product, product_id)
    if product is None:
        raise Refused(CatalogRefusal.UNKNOWN_PRODUCT)
    return product


def product_by_code(session: Session, code: str) -> Product:
    """Return a product by its code; refuse an unknown one."""
    product = session.scalar(select(Product).where(Product.code == code))
    if product is None:
        raise Refused(CatalogRefusal.UNKNOWN_PRODUCT)
    return product


def sku_by_code(session: Session, code: str) -> Sku:
    """Return a SKU by its code; refuse an unknown one."""
    sku = session.scalar(select(Sku).where(Sku.code == code))
    if sku is None:
        raise Refused(CatalogRefusal.UNKNOWN_SKU)
    return sku


def products(session: Session, status: SaleStatus | None = None) -> list[Product]:
    """Return products ordered by code, all of them or those of one status."""
    query = select(Product).order_by(Product.code)
    if status:
        query = query.where(Product.status == status)
    return list(session.scalars(query))


def products_by_id(session: Session, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Product]:
    """Return products by their ids."""
    wanted = set(ids)
    if not wanted:
        return {}
    found = session.scalars(select(Product).where(Product.id.in_(wanted)))
    return {product.id: product for product in found}


def sku_rows(session: Session, on_sale_only: bool = False) -> list[SkuRow]:
    """Return all SKUs with their counts, ordered by code."""
    query = select(Sku, Product, Stock).join(Product).join(Stock).order_by(Sku.code)
    if on_sale_only:
        query = query.where(Sku.status == SaleStatus.ON_SALE, Product.status == SaleStatus.ON_SALE)
    return [_row(sku, product, stock) for sku, product, stock in session.execute(query)]


def _row(sku: Sku, product: Product, stock: Stock) -> SkuRow:
    name: dict[str, Any] = product.name
    return SkuRow(
        id=sku.id,
        code=sku.code,
        product_id=product.id,
        product_code=product.code,
        name=name,
        roast=product.roast.value,
        decaf=product.decaf,
        grams=sku.grams,
        grind=sku.grind.value,
        price_cents=sku.price_cents,
        status=sku.status.value,
        on_hand=stock.on_hand,
        reserved=stock.reserved,
        shipped=stock.shipped,
    )


def middle_price(session: Session, grams: int) -> int:
    """Return the price in the middle of all bags of so many grams on sale, in cents; 0 for none."""
    found = session.scalar(
        select(func.percentile_disc(0.5).within_group(Sku.price_cents)).where(
            Sku.status == SaleStatus.ON_SALE, Sku.grams == grams
        )
    )
    return found or 0
