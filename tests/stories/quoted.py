"""What stories of prices say again and again: what was quoted, what was billed, and when."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from app.billing.pricing_rules import LineKind, Quote
from app.billing.queries import quote_of_invoice
from app.fulfilment.services.propose_box import propose_box
from app.subscriptions.models import Subscription
from tests.stories.shop import Person, StoryShop

ZONE = ZoneInfo("America/New_York")
# The boxes of these Wednesdays close on the Sunday before and are packed the night after it.
FIRST, SECOND, THIRD, FOURTH = (date(2027, 3, day) for day in (3, 10, 17, 24))


def local(month: int, day: int, hour: int = 3) -> datetime:
    return datetime(2027, month, day, hour, tzinfo=ZONE).astimezone(UTC)


def quoted(shop: StoryShop, owner: tuple[Person, Subscription], day: date) -> Quote:
    """Return what somebody's page says that a box will cost."""
    person, subscription = owner
    with shop.tools.units(shop.actor) as work:
        return propose_box(work, person.id, shop.box_on(subscription, day).id).quote


def billed(shop: StoryShop, owner: tuple[Person, Subscription], day: date) -> Quote:
    """Return what the invoice of a box says."""
    box = shop.box_on(owner[1], day)
    assert box.invoice_id is not None, box.status
    with shop.tools.units(shop.actor) as work:
        return quote_of_invoice(work.session, box.invoice_id)


def parts(quote: Quote) -> dict[str, int]:
    """Return the gross cents of each kind of line that is charged."""
    found: dict[str, int] = {}
    for line in quote.lines:
        if line.kind is not LineKind.REDUCTION:
            found[line.kind.value] = found.get(line.kind.value, 0) + line.gross_cents
    return found


def reductions(quote: Quote) -> dict[str, int]:
    """Return what came off, by the words that people read."""
    return {
        line.text: -line.amount_cents for line in quote.lines if line.kind is LineKind.REDUCTION
    }
