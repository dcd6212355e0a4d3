"""Steps that tests of prices share: lock a week, pay, ship, and what the ledger then holds."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from app.billing.models import Invoice
from app.billing.ports import Outcome
from app.billing.rules import PaymentStatus
from app.billing.services.claim_payment import claim_payment
from app.billing.services.record_outcome import record_created
from app.catalog.models import Sku
from app.finance.models import Posting
from app.finance.rules import Ledger
from app.finance.services.apply_outcome import apply_outcome
from app.finance.services.record_shipment import record_shipment
from app.fulfilment.due_queries import batches_due
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.compose_batch import compose_batch
from app.fulfilment.services.lock_batch import lock_batch

LOCKS = datetime(2027, 1, 11, 7, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)


def boxes_of(work, subscription):
    query = select(Box).where(Box.subscription_id == subscription.id).order_by(Box.cycle)
    return work.session.scalars(query).all()


def sku_of(work, code: str) -> Sku:
    return work.session.scalars(select(Sku).where(Sku.code == code)).one()


def lock_next(units, actor, clock, week: int = 0) -> None:
    """Lock and compose the batch of a week."""
    clock.move_to(LOCKS + week * WEEK)
    with units(actor) as work:
        due = batches_due(work.session, work.now)
        for batch_id in due:
            lock_batch(work, batch_id)
    with units(actor) as work:
        for batch_id in due:
            compose_batch(work, batch_id)


def invoice_of(work, subscription, cycle: int = 0) -> Invoice:
    return work.session.scalars(
        select(Invoice).where(Invoice.subscription_id == subscription.id, Invoice.cycle == cycle)
    ).one()


def pay(units, actor, provider_id: str) -> None:
    """Let the provider take the next payment."""
    with units(actor) as work:
        ticket = claim_payment(work)
        record_created(work, ticket, provider_id)
    outcome = Outcome(provider_id, PaymentStatus.SUCCEEDED, ticket.amount_cents, "USD", fee_cents=0)
    with units(actor) as work:
        assert apply_outcome(work, outcome, ticket)


def ship(work, box: Box) -> None:
    """Let a released box leave and be earned."""
    box.status, box.shipped_at = BoxStatus.SHIPPED, work.now
    work.session.flush()
    record_shipment(work, [box.id])


def balances(work) -> dict[Ledger, int]:
    sums: dict[Ledger, int] = {}
    for row in work.session.scalars(select(Posting)):
        sums[row.account] = sums.get(row.account, 0) + row.amount_cents
    return {account: cents for account, cents in sums.items() if cents}
