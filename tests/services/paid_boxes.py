"""Small shops for tests of what leaves the house: paid boxes with their stock, put in directly."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from app.billing.models import Invoice
from app.billing.rules import InvoiceStatus
from app.catalog.models import Product, Reservation, Sku, Stock
from app.catalog.rules import Roast
from app.fulfilment.models import Batch, Box, BoxLine, Parcel
from app.fulfilment.rules import BatchStatus, BoxStatus, ParcelStatus, order_number
from app.people.models import Address, Person
from app.personalization.rules import LineSource
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.rules import CadenceUnit

SHIPS_ON = date(2027, 3, 3)
LOCKED = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)
HOME = {
    "name": "Ada Lovelace",
    "line1": "1 Main Street",
    "line2": "",
    "city": "Boston",
    "region": "MA",
    "postcode": "02134",
    "country": "US",
}


@dataclass
class Shelf:
    """A batch day with SKUs to fill boxes from."""

    batch_id: uuid.UUID
    plan_id: uuid.UUID
    skus: list[Sku]
    boxes: list[uuid.UUID] = field(default_factory=list)


def open_shelf(work, skus: int = 3) -> Shelf:
    """Put a composed batch, a plan and some SKUs with stock into the database."""
    plan = Plan(
        id=uuid.uuid4(),
        code="monthly",
        name={"en": "Monthly"},
        unit=CadenceUnit.MONTH,
        day=3,
        cutoff_days=3,
    )
    batch = Batch(
        id=uuid.uuid4(),
        ships_on=SHIPS_ON,
        cutoff_at=LOCKED,
        locks_at=LOCKED,
        locked_at=LOCKED,
        status=BatchStatus.COMPOSED,
    )
    work.session.add_all([plan, batch])
    made = [_sku(work, place) for place in range(1, skus + 1)]
    work.session.flush()
    return Shelf(batch.id, plan.id, made)


def add_box(
    work,
    shelf: Shelf,
    number: int,
    lines: int = 1,
    cycle: int = 0,
    status: BoxStatus = BoxStatus.RELEASED,
    invoice: InvoiceStatus = InvoiceStatus.PAID,
    note: str = "",
    **address: str,
) -> uuid.UUID:
    """Put one box of subscription `number` into the batch; return its id."""
    person = Person(id=uuid.uuid4(), email=f"person-{number}@example.com", name="Ada")
    home = Address(id=uuid.uuid4(), person_id=person.id, **HOME)
    subscription = Subscription(
        id=uuid.uuid4(),
        number=number,
        subscriber_id=person.id,
        plan_id=shelf.plan_id,
        address_id=home.id,
        size=lines,
        price_cents=1500 * lines,
    )
    bill = Invoice(
        id=uuid.uuid4(),
        subscription_id=subscription.id,
        subscriber_id=person.id,
        cycle=cycle,
        currency="USD",
        net_cents=1500 * lines,
        tax_cents=0,
        total_cents=1500 * lines,
        tax_bp=0,
        status=invoice,
        issued_at=LOCKED,
    )
    box = Box(
        id=uuid.uuid4(),
        subscription_id=subscription.id,
        subscriber_id=person.id,
        cycle=cycle,
        batch_id=shelf.batch_id,
        ships_on=SHIPS_ON,
        cutoff_at=LOCKED,
        status=status,
        address={**HOME, **address},
        note=note,
        invoice_id=bill.id,
    )
    for rows in ([person], [home], [subscription], [bill], [box]):
        work.session.add_all(rows)
        work.session.flush()
    for position, sku in enumerate(shelf.skus[:lines], start=1):
        _fill(work, box, position, sku)
    _wrap(work, box, number)
    shelf.boxes.append(box.id)
    return box.id


def set_box(work, box_id: uuid.UUID, status: BoxStatus, reason: str = "") -> None:
    """Move a box on, as other use cases would."""
    box = work.session.get_one(Box, box_id)
    box.status, box.reason = status, reason


def _sku(work, place: int) -> Sku:
    product = Product(
        id=uuid.uuid4(), code=f"P{place}", name={"en": f"Coffee {place}"}, roast=Roast.MEDIUM
    )
    sku = Sku(
        id=uuid.uuid4(),
        product_id=product.id,
        code=f"SKU-{place}",
        grams=250,
        price_cents=1500,
    )
    work.session.add(product)
    work.session.flush()
    work.session.add(sku)
    work.session.flush()
    work.session.add(Stock(sku_id=sku.id, on_hand=90, reserved=0, shipped=0, received=90))
    return sku


def _fill(work, box: Box, position: int, sku: Sku) -> None:
    work.session.add(
        BoxLine(
            box_id=box.id,
            position=position,
            sku_id=sku.id,
            product_id=sku.product_id,
            name=f"Coffee {position}",
            units=position,
            unit_cents=1500,
            score=0.5,
            source=LineSource.AUTO,
        )
    )
    work.session.add(Reservation(holder="box", holder_id=box.id, sku_id=sku.id, quantity=position))
    stock = work.session.get_one(Stock, sku.id)
    stock.on_hand, stock.reserved = stock.on_hand - position, stock.reserved + position


def _wrap(work, box: Box, number: int) -> None:
    if box.status in (BoxStatus.RELEASED, BoxStatus.SHIPPED):
        shipped = box.status is BoxStatus.SHIPPED
        work.session.add(
            Parcel(
                box_id=box.id,
                order_number=order_number(number, box.cycle),
                status=ParcelStatus.SHIPPED if shipped else ParcelStatus.READY,
                released_at=LOCKED,
            )
        )
    work.session.flush()
