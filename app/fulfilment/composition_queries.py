"""Reads for the page that says how good a composition is, and for whom it was least good."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.billing.models import Invoice
from app.catalog.models import Product, Sku, Stock
from app.fulfilment.batch_queries import RunRow, last_run
from app.fulfilment.models import Box, BoxLine, ComposeRun
from app.fulfilment.pricing import guard_word
from app.fulfilment.queries import LIVED
from app.people.models import Person
from app.personalization.rules import LineSource
from app.subscriptions.models import Plan, Subscription


@dataclass(frozen=True)
class SkuStanding:
    """One SKU in a run: `worth` is what one more bag would have added, in points of taste.

    `share` is that against what a packed bag is worth on average; `lost` are bags that boxes
    would have held if there had been enough.
    """

    sku_id: uuid.UUID
    code: str
    product_id: uuid.UUID
    name: dict[str, str]
    grams: int
    units: int
    free: int
    worth: float
    share: float
    lost: int


@dataclass(frozen=True)
class LeastBox:
    """A box that came out worse than most, with the coffees it misses, by name."""

    box_id: uuid.UUID
    order_number: str
    name: str
    satisfaction: float
    credit: float
    missed: tuple[tuple[dict[str, str], int], ...]


@dataclass(frozen=True)
class Guard:
    """What contents are worth against what is paid for them; `word` is more, fair or less."""

    label: dict[str, str] | str
    size: int
    size_kind: str
    boxes: int
    contents_cents: int
    price_cents: int

    @property
    def word(self) -> str:
        """Say on which side of the 5 % this lies."""
        return guard_word(self.contents_cents, self.price_cents)

    @property
    def share(self) -> float:
        """How much more the contents are worth than their price: 0.1 is a tenth."""
        return (self.contents_cents - self.price_cents) / (self.price_cents or 1)


@dataclass(frozen=True)
class CompositionPage:
    """Everything that the page of a composition shows; `report` as `composition_report` made it."""

    run: RunRow
    report: dict[str, Any]
    curation: dict[str, Any]
    skus: tuple[SkuStanding, ...]
    least: tuple[LeastBox, ...]
    sizes: tuple[Guard, ...]
    people: tuple[Guard, ...]


def composition_page(session: Session, batch_id: uuid.UUID, kind: str) -> CompositionPage | None:
    """Return how a batch was composed last, for `real` or `dry`; None where it was not."""
    run = last_run(session, batch_id, kind)
    if run is None:
        return None
    row = session.execute(
        select(ComposeRun.prices, ComposeRun.report, ComposeRun.curation)
        .where(ComposeRun.batch_id == batch_id, ComposeRun.kind == kind)
        .order_by(ComposeRun.created_at.desc(), ComposeRun.id)
        .limit(1)
    ).one()
    prices, report, curation = row
    real = kind == "real"
    return CompositionPage(
        run=run,
        report=report,
        curation=curation,
        skus=tuple(
            each
            for each in sku_standings(session, run, prices, report.get("lost", {}))
            if str(each.product_id) not in curation.get("closed", ())
        ),
        least=_least(session, report.get("least", [])),
        sizes=_sizes(session, batch_id) if real else (),
        people=_people(session, batch_id) if real else (),
    )


def theme_of(session: Session, batch_id: uuid.UUID) -> dict[str, str]:
    """Return the theme under which a batch was composed, by language; empty where it had none."""
    curation = session.scalar(
        select(ComposeRun.curation).where(
            ComposeRun.batch_id == batch_id, ComposeRun.kind == "real"
        )
    )
    theme: dict[str, str] = (curation or {}).get("theme") or {}
    return theme


def sku_standings(
    session: Session, run: RunRow, prices: dict[str, float], lost: dict[str, int]
) -> tuple[SkuStanding, ...]:
    """Return the SKUs that a run took, priced or lacked, the dearest first."""
    ids = {*run.needs, *prices, *lost}
    mean = run.value / run.units if run.units else 0.0
    rows = session.execute(
        select(Sku.id, Sku.code, Product.id, Product.name, Sku.grams, Stock.on_hand)
        .join(Product, Product.id == Sku.product_id)
        .join(Stock, Stock.sku_id == Sku.id)
        .where(Sku.id.in_([uuid.UUID(each) for each in ids]))
    )
    found = [
        SkuStanding(
            *row[:5],
            units=run.needs.get(str(row[0]), 0),
            free=row[5],
            worth=prices.get(str(row[0]), 0.0),
            share=prices.get(str(row[0]), 0.0) / mean if mean else 0.0,
            lost=lost.get(str(row[0]), 0),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda each: (-each.worth, -each.lost, each.code)))


def _least(session: Session, rows: list[dict[str, Any]]) -> tuple[LeastBox, ...]:
    skus = {uuid.UUID(sku) for row in rows for sku, _ in row["missed"]}
    named: dict[str, dict[str, str]] = {
        str(sku_id): name
        for sku_id, name in session.execute(
            select(Sku.id, Product.name).join(Product).where(Sku.id.in_(skus))
        )
    }
    people = {
        str(person_id): name or email
        for person_id, name, email in session.execute(
            select(Person.id, Person.name, Person.email).where(
                Person.id.in_([uuid.UUID(row["person"]) for row in rows])
            )
        )
    }
    return tuple(
        LeastBox(
            box_id=uuid.UUID(row["box"]),
            order_number=row["order"],
            name=people.get(row["person"], ""),
            satisfaction=row["satisfaction"],
            credit=row["credit"],
            missed=tuple((named[sku], units) for sku, units in row["missed"] if sku in named),
        )
        for row in rows
    )


CONTENTS = (
    select(BoxLine.box_id, func.sum(BoxLine.units * BoxLine.unit_cents).label("cents"))
    .where(BoxLine.source != LineSource.ADD_ON)
    .group_by(BoxLine.box_id)
    .subquery()
)


def _sizes(session: Session, batch_id: uuid.UUID) -> tuple[Guard, ...]:
    """Return contents against price by plan and size, for the boxes of a batch."""
    rows = session.execute(
        select(
            Plan.name,
            Box.size,
            Plan.size_kind,
            func.count(),
            func.sum(CONTENTS.c.cents),
            func.sum(Invoice.net_cents),
        )
        .select_from(Box)
        .join(CONTENTS, CONTENTS.c.box_id == Box.id)
        .join(Invoice, Invoice.id == Box.invoice_id)
        .join(Subscription, Subscription.id == Box.subscription_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .where(Box.batch_id == batch_id, Box.status.in_(LIVED))
        .group_by(Plan.id, Plan.name, Plan.code, Plan.size_kind, Box.size)
        .order_by(Plan.code, Box.size)
    )
    return tuple(
        Guard(name, size, kind.value, boxes, int(contents), int(price))
        for name, size, kind, boxes, contents, price in rows
    )


def _people(session: Session, batch_id: uuid.UUID, limit: int = 5) -> tuple[Guard, ...]:
    """Return those of a batch whose boxes of this year are worth least against what they cost."""
    ships_on = session.scalar(select(Box.ships_on).where(Box.batch_id == batch_id).limit(1))
    if ships_on is None:
        return ()
    inside = select(Box.subscriber_id).where(Box.batch_id == batch_id, Box.status.in_(LIVED))
    share = func.sum(CONTENTS.c.cents) / func.nullif(func.sum(Invoice.net_cents), 0)
    rows = session.execute(
        select(
            func.coalesce(func.nullif(Person.name, ""), Person.email),
            func.count(),
            func.sum(CONTENTS.c.cents),
            func.sum(Invoice.net_cents),
        )
        .select_from(Box)
        .join(CONTENTS, CONTENTS.c.box_id == Box.id)
        .join(Invoice, Invoice.id == Box.invoice_id)
        .join(Person, Person.id == Box.subscriber_id)
        .where(
            Box.subscriber_id.in_(inside),
            Box.status.in_(LIVED),
            Box.ships_on >= date(ships_on.year, 1, 1),
            Box.ships_on <= ships_on,
        )
        .group_by(Person.id, Person.name, Person.email)
        .order_by(share, Person.id)
        .limit(limit)
    )
    return tuple(Guard(name, 0, "", boxes, int(a), int(b)) for name, boxes, a, b in rows)
