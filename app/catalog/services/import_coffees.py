"""Takes graded lots into the catalogue, all at once; the same file again changes nothing.

What a file proposes (name, roast, price, no allergens, draft) is written once, with the lot; what
it knows (origin, process, scores, facts) follows the file. So staff's own words are never undone.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.catalog.coffee_file import BAG_GRAMS, CoffeeFile, CoffeeLot, choose_for_sale
from app.catalog.models import Product, Sku, Stock
from app.catalog.rules import Grind, SaleStatus
from app.core.database import among
from app.core.file_lines import ImportReport
from app.core.unit_of_work import UnitOfWork


def import_coffees(work: UnitOfWork, file: CoffeeFile, on_sale: int = 0) -> ImportReport:
    """Add the lots that are new, with one bag each and no stock, and update the others' facts.

    The best `on_sale` of them go on sale; a lot that staff retired stays where it is.
    """
    chosen = {lot.code for lot in choose_for_sale(file.lots, on_sale)}
    known = _known(work, [lot.code for lot in file.lots])
    fresh = [lot for lot in file.lots if lot.code not in known]
    added = _add(work, fresh, chosen)
    changes = [
        {"id": known[lot.code].id, **change}
        for lot in file.lots
        if lot.code in known and (change := _change(known[lot.code], lot, lot.code in chosen))
    ]
    if changes:
        work.session.execute(update(Product), _alike(known, changes))
    return ImportReport(
        new=added,
        changed=len(changes),
        unchanged=len(file.lots) - added - len(changes),
        problems=file.problems,
    )


def _known(work: UnitOfWork, codes: Sequence[str]) -> dict[str, Product]:
    """Return the products that are here, held so that nobody changes them meanwhile."""
    found = work.session.scalars(
        select(Product)
        .where(among(Product.code, codes))
        .order_by(Product.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {product.code: product for product in found}


def _add(work: UnitOfWork, lots: Sequence[CoffeeLot], chosen: set[str]) -> int:
    """Add lots with their bags; one that somebody else adds at this moment is passed over."""
    if not lots:
        return 0
    rows = [_row(work, lot, lot.code in chosen) for lot in lots]
    statement = insert(Product).on_conflict_do_nothing().returning(Product.code, Product.id)
    made = {code: key for code, key in work.session.execute(statement, rows)}
    bags = [_bag(made[lot.code], lot) for lot in lots if lot.code in made]
    bag = insert(Sku).on_conflict_do_nothing().returning(Sku.id)
    counted = [{"sku_id": key} for key in work.session.scalars(bag, bags)]
    work.session.execute(insert(Stock), counted)
    return len(made)


def _row(work: UnitOfWork, lot: CoffeeLot, on_sale: bool) -> dict[str, Any]:
    return {
        "id": uuid.uuid4(),
        "code": lot.code,
        "name": {"en": lot.name},
        "roast": lot.taste.roast,
        "notes": [],
        "allergens": [],
        "decaf": False,
        "status": SaleStatus.ON_SALE if on_sale else SaleStatus.DRAFT,
        "created_at": work.now,
        **_facts(lot),
    }


def _facts(lot: CoffeeLot) -> dict[str, Any]:
    """Return what the file knows, as against what it proposes."""
    return {
        "process": lot.taste.process,
        "origin": lot.taste.origin,
        "acidity": lot.taste.acidity,
        "body": lot.taste.body,
        "sweetness": lot.taste.sweetness,
        "facts": lot.facts,
    }


def _bag(product_id: uuid.UUID, lot: CoffeeLot) -> dict[str, Any]:
    return {
        "id": uuid.uuid4(),
        "product_id": product_id,
        "code": f"{lot.code}-{BAG_GRAMS}",
        "grams": BAG_GRAMS,
        "grind": Grind.WHOLE,
        "price_cents": lot.price_cents,
        "status": SaleStatus.ON_SALE,
    }


def _change(product: Product, lot: CoffeeLot, on_sale: bool) -> dict[str, Any]:
    """Return what the file knows better than the catalogue."""
    wanted = _facts(lot)
    if on_sale and product.status is SaleStatus.DRAFT:
        wanted["status"] = SaleStatus.ON_SALE
    return {name: fact for name, fact in wanted.items() if getattr(product, name) != fact}


def _alike(known: dict[str, Product], changes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give all changes the same columns, so that they are written in one go."""
    columns = sorted({name for change in changes for name in change})
    products = {product.id: product for product in known.values()}
    return [
        {name: change.get(name, getattr(products[change["id"]], name)) for name in columns}
        for change in changes
    ]
