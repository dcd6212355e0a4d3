"""Tells people what was put into their box instead of what they chose, and what is missing."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.catalog.queries import product_of
from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.outcome import BoxOutcome
from app.fulfilment.rules import reveal_moment
from app.subscriptions.models import Subscription
from app.subscriptions.rules import Pricing


@dataclass(frozen=True)
class Cap:
    """How many units somebody wanted, and how many there are."""

    wanted: int
    given: int


def tell_substitutions(
    work: UnitOfWork, outcomes: Sequence[BoxOutcome], boxes: Mapping[uuid.UUID, Box]
) -> None:
    """Promise one letter for each box that differs from what its owner chose.

    Before a box is revealed its letter says what is not in it, and when the rest can be seen.
    """
    for outcome in outcomes:
        swaps = [
            {"wanted": line.instead_of, "got": line.name, "units": line.units}
            for line in outcome.lines
            if line.instead_of
        ]
        if swaps or outcome.missing:
            seen = _reveal(work, boxes[outcome.box_id]) if swaps else {}
            if seen:
                swaps = [{name: each[name] for name in ("wanted", "units")} for each in swaps]
            promise_letter(
                work,
                "box_changed_substitution",
                str(outcome.box_id),
                outcome.subscriber_id,
                order_number=outcome.order_number,
                ships_on=boxes[outcome.box_id].ships_on.isoformat(),
                substitutions=swaps,
                missing=outcome.missing,
                **seen,
            )


def _reveal(work: UnitOfWork, box: Box) -> dict[str, str]:
    """Return when a box is revealed, if that lies ahead."""
    moment = reveal_moment(box.ships_on, work.shop.reveal_hours, work.shop.zone)
    subscription = work.session.get_one(Subscription, box.subscription_id)
    if moment is None or moment <= work.now or subscription.plan.pricing is Pricing.CONTENTS:
        return {}
    return {"reveals_at": moment.isoformat()}


def tell_capped(work: UnitOfWork, box: Box, product_id: uuid.UUID, cap: Cap) -> None:
    """Promise subscriber and staff a letter each: there is less in stock than was asked for."""
    subscription = work.session.get_one(Subscription, box.subscription_id)
    facts = {
        "product": product_of(work.session, product_id).name,
        "wanted": cap.wanted,
        "given": cap.given,
        "ships_on": box.ships_on.isoformat(),
        "plan": subscription.plan.name,
        "subscription_number": subscription.number,
    }
    reference = f"{box.id}:{product_id}:{cap.wanted}"
    promise_letter(work, "stock_capped", reference, box.subscriber_id, **facts)
    promise_letter(work, "stock_capped", f"{reference}:staff", None, **facts)
