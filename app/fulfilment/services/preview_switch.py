"""Says what a change of plan would cost, by making it; the caller throws everything away."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from app.core.unit_of_work import UnitOfWork
from app.fulfilment.services.change_plan import change_plan
from app.fulfilment.services.move_boxes import next_planned
from app.fulfilment.services.propose_box import propose
from app.fulfilment.switch_queries import pending_switches


@dataclass(frozen=True)
class SwitchPreview:
    """The next invoice as it would be, and what of it is for the days until then.

    `switch_cents` is before tax and may be negative; `days` are how many it is for.
    """

    price_cents: int
    switch_cents: int
    days: int
    net_cents: int
    tax_cents: int
    total_cents: int
    ships_on: date
    cutoff_at: datetime


def preview_switch(
    work: UnitOfWork,
    subscriber_id: uuid.UUID,
    subscription_id: uuid.UUID,
    plan_id: uuid.UUID,
    size: int,
) -> SwitchPreview:
    """Return what the next invoice would be; `work` must be a rehearsal."""
    subscription = change_plan(work, subscriber_id, subscription_id, plan_id, size)
    box = next_planned(work, subscription)
    proposed = propose(work, box)
    lines = pending_switches(work.session, {subscription.id}).get(subscription.id, [])
    return SwitchPreview(
        price_cents=subscription.price_cents,
        switch_cents=sum(each.cents for each in lines),
        days=lines[-1].days if lines else 0,
        net_cents=proposed.price_cents,
        tax_cents=proposed.tax_cents,
        total_cents=proposed.total_cents,
        ships_on=box.ships_on,
        cutoff_at=box.cutoff_at,
    )
