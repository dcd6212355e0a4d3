"""How long somebody's coffee lasts, from boxes, skips and their own words; what is proposed."""

import uuid
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select

from app.catalog.models import Sku
from app.core.clock import instant_of
from app.fulfilment.models import Batch, Box, BoxLine
from app.fulfilment.rules import BatchStatus, BoxStatus
from app.fulfilment.services.change_rhythm import change_rhythm
from app.fulfilment.services.foresee_supply import foresee_supply
from app.fulfilment.supply_rules import ProposalKind
from app.personalization.models import SupplySaid
from app.personalization.rules import LineSource
from app.personalization.services.note_supply import note_supply
from app.personalization.services.personal_taste import forget_taste, switch_taste
from app.personalization.supply_rules import SupplyWord
from app.subscriptions.services.save_plan import Selling
from tests.cast import WEEKLY, add_plan, stock_shelf, subscribe

LAST = date(2026, 12, 30)
DAY = timedelta(days=1)


def start(work):
    """Let Ada order two bags a week; the plan also comes every second and every third week."""
    stock_shelf(work)
    return subscribe(work, "Ada", add_plan(work, replace(WEEKLY, selling=Selling(rhythms=(2, 3)))))


def had(work, subscription, weeks, status=BoxStatus.SHIPPED, skipped=()):
    """Give Ada a box of 500 g in each of so many past weeks; number 0 is the last one."""
    sku = work.session.scalars(select(Sku).order_by(Sku.code)).first()
    for back in range(weeks):
        day = LAST - 7 * back * DAY
        cut_off = instant_of(day - 3 * DAY, WEEKLY.cutoff_time, work.shop.zone)
        batch = Batch(ships_on=day, cutoff_at=cut_off, locks_at=cut_off, status=BatchStatus.LOCKED)
        work.session.add(batch)
        work.session.flush()
        box = Box(
            id=uuid.uuid4(),
            subscription_id=subscription.id,
            subscriber_id=subscription.subscriber_id,
            cycle=1000 - back,
            batch_id=batch.id,
            ships_on=day,
            cutoff_at=cut_off,
            locked_at=None if back in skipped else cut_off,
            status=BoxStatus.SKIPPED if back in skipped else status,
        )
        work.session.add(box)
        work.session.flush()
        if back not in skipped:
            work.session.add(line_of(box, sku))
    work.session.flush()


def line_of(box, sku):
    return BoxLine(
        box_id=box.id,
        position=1,
        sku_id=sku.id,
        product_id=sku.product_id,
        name="Kenya",
        units=2,
        unit_cents=1500,
        score=4.0,
        source=LineSource.AUTO,
    )


def test_nothing_is_foreseen_before_a_box_came_nor_with_taste_switched_off(units, actor):
    with units(actor) as work:
        ada = start(work)
        assert foresee_supply(work, ada.subscriber_id) is None
        had(work, ada, 3)
        assert foresee_supply(work, ada.subscriber_id) is not None
        switch_taste(work, ada.subscriber_id, on=False)
        assert foresee_supply(work, ada.subscriber_id) is None


def test_a_word_about_the_coffee_at_home_moves_the_day_and_the_last_of_a_day_counts(units, actor):
    with units(actor) as work:
        ada = start(work)
        had(work, ada, 6)
        plain = foresee_supply(work, ada.subscriber_id)
        note_supply(work, ada.subscriber_id, SupplyWord.PLENTY)
        plenty = foresee_supply(work, ada.subscriber_id)
        note_supply(work, ada.subscriber_id, SupplyWord.LOW)
        low = foresee_supply(work, ada.subscriber_id)
        assert low.supply.runs_out_on < plain.supply.runs_out_on < plenty.supply.runs_out_on
        assert (plain.said, low.said) == (None, SupplyWord.LOW)
        assert len(work.session.scalars(select(SupplySaid)).all()) == 1
        forget_taste(work, ada.subscriber_id)
        assert foresee_supply(work, ada.subscriber_id).said is None


def test_who_skips_a_lot_is_offered_a_slower_rhythm_which_one_tap_accepts(units, actor):
    with units(actor) as work:
        ada = start(work)
        had(work, ada, 6, skipped=(0, 2, 4))
        proposal = foresee_supply(work, ada.subscriber_id).proposal
        assert (proposal.kind, proposal.every) == (ProposalKind.RHYTHM, 2)
        change_rhythm(work, ada.subscriber_id, proposal.subscription_id, proposal.every)
        again = foresee_supply(work, ada.subscriber_id).proposal
        assert again is None or again.every != 2


def test_who_wants_it_as_it_is_hears_no_proposal_for_a_while(units, actor):
    with units(actor) as work:
        ada = start(work)
        had(work, ada, 6, skipped=(0, 2, 4))
        note_supply(work, ada.subscriber_id, SupplyWord.FINE)
        assert foresee_supply(work, ada.subscriber_id).proposal is None
