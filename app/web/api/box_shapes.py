"""Boxes in the API's words."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import Field

from app.core.unit_of_work import UnitOfWork
from app.fulfilment.queries import BoxRow, any_box, box_of
from app.fulfilment.reveal_queries import as_revealed
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.offer_swaps import Alternative
from app.fulfilment.services.propose_box import ProposedBox, ProposedLine
from app.personalization.rules import LineSource
from app.web.api.shapes import Id, Moment, Money, Page, Params, Strict

UNSAID = ("name", "off", "for")


class BoxPath(Params):
    """Names a box."""

    box_id: Id


class Reason(Strict):
    """One part of why a line is there, in points of liking; the fields depend on the kind."""

    kind: str
    amount: float
    contrast: float
    rank_without: int | None = None
    attribute: str | None = None
    value: float | None = None
    question: str | None = None
    answer: str | None = None
    product: Id | None = None
    liking: float | None = None
    likeness: float | None = None


class Lever(Strict):
    """What would change a line's rank most, and by how many ranks it would fall."""

    change: str
    ranks: int
    question: str | None = None
    answer: str | None = None
    product: Id | None = None
    liking: float | None = None


class Reasons(Strict):
    """Why a line is there; empty where nothing of a person's own taste was used.

    `member` is for whom it is there, where several people share the box; null is the subscriber.
    """

    model_version: str | None = None
    expected: float | None = None
    rank: int | None = None
    offered: int | None = None
    reasons: list[Reason] = Field(default_factory=list)
    lever: Lever | None = None
    member: Id | None = None


class BoxLine(Strict):
    """A line of a box as it was packed; `instead_of` names what it replaces."""

    product_id: Id
    name: str
    units: int
    unit_price: Money
    source: LineSource
    instead_of: str | None
    why: Reasons


class Box(Strict):
    """One cycle of a subscription; it can be changed until its cut-off.

    Until `reveals_at` the lines that we chose are left out, since they may still change.
    """

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
    reveals_at: Moment | None
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
    instead_of: str | None
    why: Reasons


class AlternativeShape(Strict):
    """A product that may go into the box instead.

    `fits` marks the best for this person. What is nearly gone may not be `granted`: it is kept
    for people whom it suits best.
    """

    product_id: Id
    name: dict[str, str]
    roast: str
    notes: list[str]
    unit_price: Money
    score: float
    fits: bool
    granted: bool


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
                why=shown_reasons(line.reasons),
            )
            for line in row.lines
        ],
        reveals_at=row.reveals_at,
        tracking=list(row.tracking),
    )


def box_named(work: UnitOfWork, box_id: Id) -> Box:
    """Return a box; refuse an unknown one."""
    owner = any_box(work.session, box_id).subscriber_id
    found = [box_of(work.session, owner, box_id)]
    return shown_box(work, as_revealed(work.session, found, work.now, work.shop)[0])


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
        instead_of=line.instead_of,
        why=shown_reasons(line.reasons),
    )


def shown_reasons(stored: Mapping[str, Any]) -> Reasons:
    """Return why a line is there in the API's words."""
    member = (stored.get("for") or {}).get("member")
    return Reasons.model_validate({**_without_names(stored), "member": member}, strict=False)


def _without_names(stored: Any) -> Any:
    """Leave out names, which belong to products, and what only says that taste is off."""
    if isinstance(stored, list):
        return [_without_names(each) for each in stored]
    if isinstance(stored, Mapping):
        return {key: _without_names(each) for key, each in stored.items() if key not in UNSAID}
    return stored


def shown_alternative(other: Alternative, currency: str) -> AlternativeShape:
    """Return what may be in a box instead in the API's words."""
    return AlternativeShape(
        product_id=other.product_id,
        name=other.name,
        roast=other.roast,
        notes=list(other.notes),
        unit_price=Money(amount=other.unit_cents, currency=currency),
        score=other.score,
        fits=other.fits,
        granted=other.granted,
    )
