"""What comes of a visit to the provider's page that paid for something: prepaid boxes, gifts.

Whoever sells something there writes a `purpose` on the visit and is named in `TAKERS` by it.
"""

from collections.abc import Callable

from app.core.unit_of_work import UnitOfWork
from app.finance.ports import PurchaseFacts
from app.finance.rules import EventStatus

# Each is called again and again with how the visit stands now, and says whether it knows the
# visit; twice must be once. A visit may be paid after it was over, when two things cross.
TAKERS: dict[str, Callable[[UnitOfWork, PurchaseFacts], bool]] = {}


class PurchaseNotKnown(Exception):
    """A visit of ours that nobody here knows, or not yet."""


def take_purchase(work: UnitOfWork, facts: PurchaseFacts | None) -> EventStatus:
    """Hand a visit that was paid, or is over, to whoever sold something with it."""
    if facts is None or not (facts.paid or facts.over):
        return EventStatus.IGNORED
    taker = TAKERS.get(facts.labels.get("purpose", ""))
    if taker is None or not taker(work, facts):
        raise PurchaseNotKnown(facts.session_id)
    return EventStatus.DONE
