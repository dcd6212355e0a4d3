"""Tells people what was put into their box instead of what they chose, and what is missing."""

from collections.abc import Sequence

from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.outcome import BoxOutcome


def tell_substitutions(work: UnitOfWork, outcomes: Sequence[BoxOutcome]) -> None:
    """Promise one letter for each box that differs from what its owner chose."""
    for outcome in outcomes:
        swaps = [
            {"wanted": line.instead_of, "got": line.name, "units": line.units}
            for line in outcome.lines
            if line.instead_of
        ]
        if swaps or outcome.missing:
            promise_letter(
                work,
                "box_changed_substitution",
                str(outcome.box_id),
                outcome.subscriber_id,
                order_number=outcome.order_number,
                substitutions=swaps,
                missing=outcome.missing,
            )
