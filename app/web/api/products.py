"""Products, SKUs and their stock."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from app.catalog.queries import (
    SkuRow,
    product_by_code,
    products,
    sku_by_code,
    sku_rows,
)
from app.catalog.rules import Grind, Roast, SaleStatus, Taste
from app.catalog.services.move_stock import count_stock
from app.catalog.services.save_product import ProductFields, SkuFields, save_product, save_sku
from app.core.unit_of_work import UnitOfWork
from app.people.rules import Scope
from app.web.api.chapter import Chapter
from app.web.api.shapes import (
    Code,
    Count,
    Facts,
    Id,
    Line,
    Money,
    Names,
    OptionalLine,
    Page,
    Paging,
    Params,
    Price,
    Short,
    Strict,
    Whole,
    cut,
    shown,
)

CATALOG = Chapter("Catalogue", "Products with their taste, SKUs with their prices, and stock.")
Sense = Annotated[float, Field(ge=0, le=10)]
Words = Annotated[list[Short], Field(max_length=30)]


class ProductPath(Params):
    """Names a product."""

    code: Code


class SkuPath(Params):
    """Names a SKU."""

    code: Code


class ProductSkuPath(Params):
    """Names a SKU of a product."""

    code: Code
    sku: Code


class ProductQuery(Paging):
    """Which products are wanted."""

    status: SaleStatus | None = Field(None, description="Only those of this status.")


class ProductIn(Strict):
    """A product; scores go from 0 to 10, null where unknown. Unknown allergens count as present."""

    model_config = shown(
        name={"en": "Yirgacheffe", "zh-CN": "耶加雪菲"},
        roast="light",
        process="washed",
        origin="Ethiopia",
        notes=["jasmine", "lemon"],
        acidity=8,
        body=3,
        sweetness=6,
        decaf=False,
        allergens=[],
        status="on_sale",
    )

    name: Names
    roast: Roast
    process: OptionalLine = ""
    origin: OptionalLine = ""
    notes: Words = Field(default_factory=list)
    acidity: Sense | None = None
    body: Sense | None = None
    sweetness: Sense | None = None
    decaf: bool = False
    allergens: Words | None = None
    facts: Facts = Field(default_factory=dict)
    status: SaleStatus = SaleStatus.ON_SALE


class SkuIn(Strict):
    """A SKU: one product in one bag size and grind."""

    model_config = shown(grams=250, grind="whole", price={"amount": 1500, "currency": "USD"})

    grams: Annotated[int, Whole(1, 100_000)]
    grind: Grind = Grind.WHOLE
    price: Price
    cost: Price | None = None
    status: SaleStatus = SaleStatus.ON_SALE


class Sku(Strict):
    """A SKU with its counts: what is free, promised to boxes, and gone."""

    id: Id
    code: str
    product_id: Id
    product_code: str
    grams: int
    grind: Grind
    price: Money
    status: SaleStatus
    on_hand: int
    reserved: int
    shipped: int


class SkuPage(Page[Sku]):
    """One page of SKUs."""


class Product(Strict):
    """A product with its taste and its SKUs."""

    id: Id
    code: str
    name: dict[str, str]
    roast: Roast
    process: str
    origin: str
    notes: list[str]
    acidity: float | None
    body: float | None
    sweetness: float | None
    decaf: bool
    allergens: list[str] | None
    facts: dict[str, object]
    status: SaleStatus
    skus: list[Sku]


PLAIN = tuple(name for name in Product.model_fields if name != "skus")


class ProductPage(Page[Product]):
    """One page of products."""


class Receipt(Strict):
    """Goods that came in; the same reference is booked once for a SKU."""

    model_config = shown(quantity=40, reference="delivery 2027-01-04", reason="delivery")

    quantity: Count
    reference: Line
    reason: Line = "delivery"


class WriteOff(Strict):
    """Goods that are gone; the same reference is booked once for a SKU."""

    model_config = shown(quantity=2, reference="broken bags 2027-01-05", reason="broken")

    quantity: Count
    reference: Line
    reason: Line


class Counted(Strict):
    """What a count came to; `booked` is false where the reference was booked before."""

    booked: bool
    sku: Sku


@CATALOG.get("/products", Scope.CATALOG_READ)
def list_products(work: UnitOfWork, query: ProductQuery) -> ProductPage:
    """List products by their codes."""
    page = cut(query, products(work.session, query.status))
    return ProductPage(**{**page, "items": shown_products(work, page["items"])})


@CATALOG.get("/products/<code>", Scope.CATALOG_READ)
def get_product(work: UnitOfWork, path: ProductPath) -> Product:
    """Get a product."""
    return shown_products(work, [product_by_code(work.session, path.code)])[0]


@CATALOG.put("/products/<code>", Scope.CATALOG_WRITE)
def put_product(work: UnitOfWork, path: ProductPath, body: ProductIn) -> Product:
    """Add a product, or change the one with this code."""
    taste = Taste(
        roast=body.roast,
        process=body.process,
        origin=body.origin,
        notes=tuple(body.notes),
        acidity=body.acidity,
        body=body.body,
        sweetness=body.sweetness,
        decaf=body.decaf,
        allergens=None if body.allergens is None else tuple(body.allergens),
    )
    fields = ProductFields(path.code, body.name, taste, dict(body.facts), body.status)
    return shown_products(work, [save_product(work, fields)])[0]


@CATALOG.put("/products/<code>/skus/<sku>", Scope.CATALOG_WRITE)
def put_sku(work: UnitOfWork, path: ProductSkuPath, body: SkuIn) -> Sku:
    """Add a SKU to a product, or change the one with this code."""
    product = product_by_code(work.session, path.code)
    currency = work.shop.currency
    fields = SkuFields(
        code=path.sku,
        grams=body.grams,
        price_cents=body.price.cents(currency, "price"),
        grind=body.grind,
        cost_cents=body.cost.cents(currency, "cost") if body.cost else 0,
        status=body.status,
    )
    save_sku(work, product.id, fields)
    return sku_named(work, path.sku)


@CATALOG.get("/skus", Scope.CATALOG_READ)
def list_skus(work: UnitOfWork, query: Paging) -> SkuPage:
    """List SKUs by their codes, with their counts."""
    page = cut(query, sku_rows(work.session))
    return SkuPage(**{**page, "items": [shown_sku(work, each) for each in page["items"]]})


@CATALOG.get("/skus/<code>", Scope.CATALOG_READ)
def get_sku(work: UnitOfWork, path: SkuPath) -> Sku:
    """Get a SKU with its counts."""
    return sku_named(work, path.code)


@CATALOG.post("/skus/<code>/receipts", Scope.CATALOG_WRITE, undo="writeOffStock")
def receive_stock(work: UnitOfWork, path: SkuPath, body: Receipt) -> Counted:
    """Book goods in, once per reference."""
    return counted(work, path.code, body.quantity, body)


@CATALOG.post("/skus/<code>/write-offs", Scope.CATALOG_WRITE, undo="receiveStock")
def write_off_stock(work: UnitOfWork, path: SkuPath, body: WriteOff) -> Counted:
    """Write goods off, once per reference; more than is free is refused."""
    return counted(work, path.code, -body.quantity, body)


def counted(work: UnitOfWork, code: str, quantity: int, body: Receipt | WriteOff) -> Counted:
    """Move stock and return the SKU as it is then."""
    sku = sku_by_code(work.session, code)
    booked = count_stock(work, sku.id, quantity, body.reason, body.reference)
    return Counted(booked=booked, sku=sku_named(work, code))


def sku_named(work: UnitOfWork, code: str) -> Sku:
    """Return a SKU by its code; refuse an unknown one."""
    wanted = sku_by_code(work.session, code)
    return next(shown_sku(work, row) for row in sku_rows(work.session) if row.id == wanted.id)


def shown_products(work: UnitOfWork, found: Sequence[Any]) -> list[Product]:
    """Return products in the API's words, each with its SKUs."""
    skus = [shown_sku(work, row) for row in sku_rows(work.session)]
    return [
        Product(
            **{name: getattr(each, name) for name in PLAIN},
            skus=[sku for sku in skus if sku.product_id == each.id],
        )
        for each in found
    ]


def shown_sku(work: UnitOfWork, row: SkuRow) -> Sku:
    """Return a SKU in the API's words."""
    return Sku(
        id=row.id,
        code=row.code,
        product_id=row.product_id,
        product_code=row.product_code,
        grams=row.grams,
        grind=Grind(row.grind),
        price=Money(amount=row.price_cents, currency=work.shop.currency),
        status=SaleStatus(row.status),
        on_hand=row.on_hand,
        reserved=row.reserved,
        shipped=row.shipped,
    )
