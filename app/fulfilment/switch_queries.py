"""Reads what changes of plan cost and which invoice is to carry it."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.billing.models import Invoice
from app.billing.pricing_rules import Item, LineKind, Off
from app.billing.rules import InvoiceStatus
from app.core.database import among
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.switch_models import SwitchCharge
from app.subscriptions.models import Subscription

WAITING = (BoxStatus.PLANNED, BoxStatus.LOCKED, BoxStatus.HELD)


@dataclass(frozen=True)
class SwitchLine:
    """What one change of plan adds to an invoice, or takes off it when `cents` is negative."""

    id: int
    cents: int
    days: int

    @property
    def text(self) -> str:
        """Return the words of the line; two changes of the same length are told apart."""
        return f"Change of plan, {self.days} days (no. {self.id})"


def charges(lines: Sequence[SwitchLine], tax_bp: int) -> tuple[Item, ...]:
    """Return the lines of what changes of plan add to an invoice."""
    return tuple(
        Item(LineKind.BOX, each.text, 1, each.cents, tax_bp) for each in lines if each.cents > 0
    )


def credits(lines: Sequence[SwitchLine]) -> tuple[Off, ...]:
    """Return what changes of plan take off; what does not fit waits for the next invoice."""
    return tuple(Off(each.text, off_cents=-each.cents) for each in lines if each.cents < 0)


def switches_of(
    session: Session, pairs: Sequence[tuple[Box, Subscription]]
) -> dict[uuid.UUID, list[SwitchLine]]:
    """Return by box what its invoice carries of changes of plan.

    Only the next box of a subscription that is not invoiced yet carries any.
    """
    wanted = {subscription.id for box, subscription in pairs if box.invoice_id is None}
    open_charges = pending_switches(session, wanted)
    if not open_charges:
        return {}
    first: dict[uuid.UUID, int] = {
        key: cycle
        for key, cycle in session.execute(
            select(Box.subscription_id, func.min(Box.cycle))
            .where(
                among(Box.subscription_id, open_charges),
                Box.status.in_(WAITING),
                Box.invoice_id.is_(None),
            )
            .group_by(Box.subscription_id)
        )
    }
    return {
        box.id: open_charges[box.subscription_id]
        for box, _ in pairs
        if box.subscription_id in open_charges and first.get(box.subscription_id) == box.cycle
    }


def pending_switches(
    session: Session, subscriptions: set[uuid.UUID]
) -> dict[uuid.UUID, list[SwitchLine]]:
    """Return what no invoice carries yet, or none that is still owed or paid."""
    if not subscriptions:
        return {}
    rows = session.execute(
        select(SwitchCharge.subscription_id, SwitchCharge.id, SwitchCharge.cents, SwitchCharge.days)
        .outerjoin(Invoice, Invoice.id == SwitchCharge.invoice_id)
        .where(
            among(SwitchCharge.subscription_id, subscriptions),
            SwitchCharge.invoice_id.is_(None) | (Invoice.status == InvoiceStatus.VOID),
        )
        .order_by(SwitchCharge.id)
    )
    found: dict[uuid.UUID, list[SwitchLine]] = defaultdict(list)
    for key, number, cents, days in rows:
        found[key].append(SwitchLine(number, cents, days))
    return dict(found)
