"""Days before the first charge: which box is the first, what is billed when, and the last guard."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.billing.models import Attempt, Payment
from app.core.clock import local_day
from app.fulfilment.models import Box
from app.fulfilment.services.sell_term import sell_term
from app.subscriptions.cooling_queries import cooling_of
from app.subscriptions.rules import Billing, Start
from app.subscriptions.services.offer_plan import offer_plan
from app.subscriptions.services.save_plan import PlanTerms, Selling
from tests.cast import MONTHLY, WEEKLY, add_plan, subscribe

SIGNED_UP = datetime(2027, 1, 4, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "terms", "first_box", "charged_on"),
    [
        # The days end with Monday the 11th: the cut-off of Sunday the 10th would be too early.
        (WEEKLY, PlanTerms(), date(2027, 1, 20), date(2027, 1, 18)),
        (WEEKLY, PlanTerms(start=Start.AT_ONCE), date(2027, 1, 12), date(2027, 1, 12)),
        (
            MONTHLY,
            PlanTerms(billing=Billing.AHEAD, bill_day=1),
            date(2027, 1, 31),
            date(2027, 1, 12),
        ),
    ],
)
def test_the_first_box_closes_and_is_charged_after_the_days(
    units, actor, clock, fields, terms, first_box, charged_on
):
    clock.move_to(SIGNED_UP)
    with units(actor) as work:
        add_plan(work, replace(fields, terms=terms, selling=Selling(cooling_days=7)))
    with units(actor) as work:
        zone = work.shop.zone
        plan = offer_plan(work, fields.code, Selling(cooling_days=7))
        told = cooling_of(plan, work.now, zone)
        ada = subscribe(work, "Ada", plan)
        box = work.session.scalars(select(Box).order_by(Box.cycle).limit(1)).one()
        assert told and (told.free_until, told.charged_on) == (date(2027, 1, 11), charged_on)
        assert local_day(ada.charged_from, zone) == date(2027, 1, 12)
        assert box.ships_on == first_box
        assert box.bill_at is None or box.bill_at == ada.charged_from


def test_the_database_refuses_a_try_before_the_day(units, actor):
    with units(actor) as work:
        plan = add_plan(work, replace(WEEKLY, selling=Selling(prepaid=((3, 0),), cooling_days=7)))
        ada = subscribe(work, "Ada", plan)
        sell_term(work, ada.subscriber_id, ada.id, 3)
        assert work.session.scalars(select(Payment)).one().next_try_at == ada.charged_from
    with pytest.raises(IntegrityError), units(actor) as work:
        payment = work.session.scalars(select(Payment)).one()
        work.session.add(
            Attempt(
                payment_id=payment.id,
                number=1,
                idempotency_key="early",
                card_id="pm_card_visa",
                begun_at=work.now,
                begun_real_at=work.now,
            )
        )
        work.session.flush()
