"""A shop at work, for tests of the back office: Ada paid, Dev was declined, Cleo's box is held."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.billing.models import Invoice, Payment
from app.billing.ports import Outcome
from app.billing.rules import PaymentStatus
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.finance.services.settle_payment import settle_payment
from app.fulfilment.models import Batch, Box
from app.jobs.batches import run_batch
from app.personalization.rules import Exclusion, ExclusionKind
from app.subscriptions.queries import plan_of
from app.wiring.tools import Tools
from tests import cast
from tests.conftest import FrozenClock

ACTOR = Actor("system", "test")
NO_COFFEE = tuple(Exclusion(ExclusionKind.ROAST, roast) for roast in ("light", "medium", "dark"))


@dataclass
class StaffShop:
    """The shop with its next batch and the people in it."""

    tools: Tools
    units: UnitOfWorkFactory
    clock: FrozenClock
    batch_id: uuid.UUID
    ada: uuid.UUID
    dev: uuid.UUID
    cleo: uuid.UUID

    def lock(self) -> None:
        """Let the batch lock and be composed."""
        with self.units(ACTOR) as work:
            self.clock.move_to(work.session.get_one(Batch, self.batch_id).locks_at)
        run_batch(self.tools, self.batch_id)

    def box(self, person_id: uuid.UUID) -> uuid.UUID:
        """Return somebody's box in this batch."""
        with self.units(ACTOR) as work:
            return work.session.scalars(
                select(Box.id).where(Box.subscriber_id == person_id, Box.batch_id == self.batch_id)
            ).one()

    def status(self, person_id: uuid.UUID) -> str:
        """Return where somebody's box is in its life."""
        box_id = self.box(person_id)
        with self.units(ACTOR) as work:
            return work.session.get_one(Box, box_id).status.value

    def pay(self, person_id: uuid.UUID) -> None:
        """Let the provider report somebody's charge as successful."""
        with self.units(ACTOR) as work:
            payment = self.payment(work, person_id)
            said = Outcome(
                f"pi_{payment.id.hex}",
                PaymentStatus.SUCCEEDED,
                payment.amount_cents,
                payment.currency,
                fee_cents=100,
                payment_id=str(payment.id),
            )
            settle_payment(work, said)

    def decline(self, person_id: uuid.UUID) -> None:
        """Let somebody's payment be declined."""
        with self.units(ACTOR) as work:
            payment = self.payment(work, person_id)
            payment.first_failed_at = work.now
            payment.next_try_at = work.now + timedelta(days=1)

    def payment(self, work, person_id: uuid.UUID) -> Payment:
        """Return somebody's payment."""
        return work.session.scalars(
            select(Payment)
            .join(Invoice, Invoice.id == Payment.invoice_id)
            .where(Invoice.subscriber_id == person_id)
        ).one()


Open = Callable[[], StaffShop]


@pytest.fixture
def shop_at_work(
    tools: Tools, units: UnitOfWorkFactory, clock: FrozenClock, plan_id: uuid.UUID
) -> StaffShop:
    """A shop whose three subscribers are in a batch that is still open."""
    with units(ACTOR) as work:
        plan = plan_of(work.session, plan_id)
        ada = cast.subscribe(work, "Ada", plan).subscriber_id
        dev = cast.subscribe(work, "Dev", plan).subscriber_id
        cleo = cast.subscribe(work, "Cleo", plan, exclusions=NO_COFFEE).subscriber_id
        batch_id = work.session.scalars(
            select(Box.batch_id).where(Box.subscriber_id == ada).order_by(Box.ships_on)
        ).first()
    assert batch_id is not None
    return StaffShop(tools, units, clock, batch_id, ada, dev, cleo)


@pytest.fixture
def packed(shop_at_work: StaffShop) -> StaffShop:
    """The shop after the lock: Ada has paid, Dev was declined, Cleo's box is held."""
    shop_at_work.lock()
    shop_at_work.pay(shop_at_work.ada)
    shop_at_work.decline(shop_at_work.dev)
    return shop_at_work
