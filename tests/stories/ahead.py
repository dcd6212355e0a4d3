"""What stories about boxes paid ahead do again and again: let boxes leave, look into the diary."""

from app.finance.queries import trial_balance
from app.finance.rules import Ledger
from app.finance.services.record_shipment import record_shipment
from app.fulfilment.models import Parcel
from app.fulfilment.rules import ParcelStatus
from app.fulfilment.services.record_tracking import record_tracking
from app.fulfilment.tracking_rules import TrackingRow
from tests.stories.shop import StoryShop


def ship_released(shop: StoryShop) -> int:
    """Let every box that is ready leave with a carrier's number; return how many."""
    ready = shop.rows(Parcel, Parcel.status == ParcelStatus.READY)
    rows = [TrackingRow(each.order_number, "UPS", f"1Z{each.order_number}") for each in ready]
    with shop.tools.units(shop.actor) as work:
        report = record_tracking(work, rows)
        record_shipment(work, report.shipped)
    assert not report.problems
    return len(report.shipped)


def balance(shop: StoryShop, account: Ledger) -> int:
    """Return an account's balance, debits less credits."""
    with shop.tools.units(shop.actor) as work:
        rows = {row.account: row.balance_cents for row in trial_balance(work.session)}
    return rows.get(account, 0)
