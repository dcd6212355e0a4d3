"""Boxes in the API's words."""

from datetime import date

from app.core.unit_of_work import UnitOfWork
from app.fulfilment.queries import BoxRow, any_box, box_of
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.propose_box import Alternative, ProposedBox, ProposedLine
from app.personalization.rules import LineSource
from app.web.api.shapes import Id, Moment, Money, Page, Params, Strict


class BoxPath(Params):
    """Names a box."""

    box_id: Id


class BoxLine(Strict):
    """A line of a box as it was packed; `instead_of` names what it replaces."""

    product_id: Id
    name: str
    units: int
    unit_price: Money
    source: LineSource
    instead_of: str | None


class Box(Strict):
    """One cycle of a subscription; it can be changed until its cut-off."""

    id: Id
    subscription_id: Id
    cycle: int
    ships_on: date
    cutoff_at: Moment
    status: BoxStatus
    reason: str
    missing: int
    invoice_id: Id | None
    lines: list[BoxLine]
    tracking: list[str]


class BoxPage(Page[Box]):
    """One page of boxes."""


class ProposalLine(Strict):
    """A line as it would be packed; `score` is the expected liking from 1 to 5."""

    product_id: Id
    name: dict[str, str]
    roast: str
    notes: list[str]
    units: int
    unit_price: Money
    pinned: bool
    source: LineSource
    score: float


class AlternativeShape(Strict):
    """A product that may go into the box instead."""

    product_id: Id
    name: dict[str, str]
    roast: str
    notes: list[str]
    unit_price: Money
    score: float


class Proposal(Strict):
    """What a box would hold if it were composed now; it is final only when its batch locks."""

    box_id: Id
    slots: int
    lines: list[ProposalLine]
    alternatives: list[AlternativeShape]
    missing: int
    price: Money
    tax: Money
    total: Money


def shown_box(work: UnitOfWork, row: BoxRow) -> Box:
    """Return a box in the API's words."""
    currency = work.shop.currency
    return Box(
        id=row.id,
        subscription_id=row.subscription_id,
        cycle=row.cycle,
        ships_on=row.ships_on,
        cutoff_at=row.cutoff_at,
        status=BoxStatus(row.status),
        reason=row.reason,
        missing=row.missing,
        invoice_id=row.invoice_id,
        lines=[
            BoxLine(
                product_id=line.product_id,
                name=line.name,
                units=line.units,
                unit_price=Money(amount=line.unit_cents, currency=currency),
                source=LineSource(line.source),
                instead_of=line.instead_of,
            )
            for line in row.lines
        ],
        tracking=list(row.tracking),
    )


def box_named(work: UnitOfWork, box_id: Id) -> Box:
    """Return a box; refuse an unknown one."""
    owner = any_box(work.session, box_id).subscriber_id
    return shown_box(work, box_of(work.session, owner, box_id))


def shown_proposal(work: UnitOfWork, box: ProposedBox) -> Proposal:
    """Return a proposal in the API's words."""
    currency = work.shop.currency
    return Proposal(
        box_id=box.box_id,
        slots=box.slots,
        lines=[shown_line(each, currency) for each in box.lines],
        alternatives=[shown_alternative(each, currency) for each in box.alternatives],
        missing=box.missing,
        price=Money(amount=box.price_cents, currency=currency),
        tax=Money(amount=box.tax_cents, currency=currency),
        total=Money(amount=box.total_cents, currency=currency),
    )


def shown_line(line: ProposedLine, currency: str) -> ProposalLine:
    """Return a line of a proposal in the API's words."""
    return ProposalLine(
        product_id=line.product_id,
        name=line.name,
        roast=line.roast,
        notes=list(line.notes),
        units=line.units,
        unit_price=Money(amount=line.unit_cents, currency=currency),
        pinned=line.pinned,
        source=LineSource(line.source),
        score=line.score,
    )


def shown_alternative(other: Alternative, currency: str) -> AlternativeShape:
    """Return what may be in a box instead in the API's words."""
    return AlternativeShape(
        product_id=other.product_id,
        name=other.name,
        roast=other.roast,
        notes=list(other.notes),
        unit_price=Money(amount=other.unit_cents, currency=currency),
        score=other.score,
    )
