"""Reads for the pages about products and stock."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.orm import Session

from app.catalog.models import Product, Sku, Stock, StockCount
from app.catalog.queries import SkuRow, product_of, sku_rows
from app.catalog.rules import CatalogRefusal, SaleStatus, Taste
from app.core.refusals import Refused


@dataclass(frozen=True)
class ProductRow:
    """A product in a list, with what is free and reserved of all its SKUs together."""

    id: uuid.UUID
    code: str
    name: dict[str, str]
    roast: str
    decaf: bool
    origin: str
    status: str
    skus: int
    free: int
    reserved: int
    lowest_cents: int | None


@dataclass(frozen=True)
class ProductPage:
    """Everything about one product."""

    id: uuid.UUID
    code: str
    name: dict[str, str]
    taste: Taste
    facts: dict[str, object]
    status: str
    skus: tuple[SkuRow, ...]


@dataclass(frozen=True)
class CountRow:
    """Goods that came in (positive) or were written off (negative)."""

    at: datetime
    sku_code: str
    quantity: int
    reason: str
    reference: str


def product_rows(
    session: Session, status: str, search: str, page: tuple[int, int]
) -> list[ProductRow]:
    """Return products by code, of one status and fitting `search` if given.

    `page` is (limit, offset). Searched are codes, names in all languages, and origins.
    """
    query = (
        select(
            Product.id,
            Product.code,
            Product.name,
            Product.roast,
            Product.decaf,
            Product.origin,
            Product.status,
            func.count(Sku.id),
            func.coalesce(func.sum(Stock.on_hand), 0),
            func.coalesce(func.sum(Stock.reserved), 0),
            func.min(Sku.price_cents),
        )
        .outerjoin(Sku, Sku.product_id == Product.id)
        .outerjoin(Stock, Stock.sku_id == Sku.id)
        .group_by(Product.id)
        .order_by(Product.code)
        .limit(page[0])
        .offset(page[1])
    )
    if status:
        query = query.where(Product.status == SaleStatus(status))
    if word := search.strip():
        query = query.where(
            Product.code.icontains(word, autoescape=True)
            | Product.origin.icontains(word, autoescape=True)
            | cast(Product.name, Text).icontains(word, autoescape=True)
        )
    return [
        ProductRow(*row[:3], row[3].value, *row[4:6], row[6].value, *row[7:])
        for row in session.execute(query)
    ]


def product_page(session: Session, product_id: uuid.UUID) -> ProductPage:
    """Return everything about one product; refuse an unknown one."""
    product = product_of(session, product_id)
    return ProductPage(
        product.id,
        product.code,
        dict(product.name),
        Taste(
            roast=product.roast,
            process=product.process,
            origin=product.origin,
            notes=tuple(product.notes),
            acidity=product.acidity,
            body=product.body,
            sweetness=product.sweetness,
            decaf=product.decaf,
            allergens=None if product.allergens is None else tuple(product.allergens),
        ),
        dict(product.facts),
        product.status.value,
        tuple(row for row in sku_rows(session) if row.product_id == product_id),
    )


def sku_row(session: Session, sku_id: uuid.UUID) -> SkuRow:
    """Return one SKU with its count; refuse an unknown one."""
    for row in sku_rows(session):
        if row.id == sku_id:
            return row
    raise Refused(CatalogRefusal.UNKNOWN_SKU)


def code_is_taken(session: Session, code: str) -> bool:
    """Say whether a product has this code."""
    return session.scalar(select(Product.id).where(Product.code == code)) is not None


def counts_of(session: Session, sku_id: uuid.UUID, limit: int, offset: int = 0) -> list[CountRow]:
    """Return what came in and was written off of one SKU, the latest first."""
    query = _counts().where(StockCount.sku_id == sku_id)
    return [CountRow(*row) for row in session.execute(query.limit(limit).offset(offset))]


def last_counts(session: Session, limit: int = 10) -> list[CountRow]:
    """Return what came in and was written off last, of any SKU."""
    return [CountRow(*row) for row in session.execute(_counts().limit(limit))]


def _counts() -> Select[Any]:
    count = StockCount
    columns: tuple[Any, ...] = (
        count.at,
        Sku.code,
        count.quantity,
        count.reason,
        count.reference,
    )
    return select(*columns).join(Sku, Sku.id == count.sku_id).order_by(count.id.desc())
