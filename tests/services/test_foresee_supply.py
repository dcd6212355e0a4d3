"""How long somebody's coffee lasts, from boxes, skips and their own words; what is proposed."""

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from app.catalog.models import Sku
from app.core.clock import instant_of
from app.core.outbox import Letter
from app.core.refusals import Refused
from app.fulfilment.due_queries import next_cut_off_letter
from app.fulfilment.models import Batch, Box, BoxLine
from app.fulfilment.rules import BatchStatus, BoxStatus
from app.fulfilment.services.announce_cut_offs import announce_cut_offs
from app.fulfilment.services.change_rhythm import change_rhythm
from app.fulfilment.services.foresee_supply import foresee_supply
from app.fulfilment.supply_rules import ProposalKind
from app.personalization.models import BagsTold, SupplySaid
from app.personalization.rules import LineSource
from app.personalization.services.note_bags import note_bags
from app.personalization.services.note_supply import note_supply
from app.personalization.services.personal_taste import forget_taste, switch_taste
from app.personalization.supply_queries import said_of_home
from app.personalization.supply_rules import SupplyWord
from app.subscriptions.services.save_plan import Selling
from tests.cast import WEEKLY, add_plan, stock_shelf, subscribe

LAST = date(2026, 12, 30)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


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


def test_bags_left_move_the_day_and_stay_in_the_diary_until_all_is_forgotten(units, actor):
    with units(actor) as work:
        ada = start(work)
        had(work, ada, 6)
        plain = foresee_supply(work, ada.subscriber_id)
        assert plain.answers == (0, 1, 2, 3, 4, 5, 6, 8) and plain.told is None
        for halves in (6, 6, 0):
            note_bags(work, ada.subscriber_id, halves)
            said = foresee_supply(work, ada.subscriber_id)
            later = said.supply.runs_out_on > plain.supply.runs_out_on
            assert (said.told, later) == (halves, halves == 6)
        told = said_of_home(work.session, ada.subscriber_id)
        assert [line.bags for line in told] == [3.0, 0.0]
        with pytest.raises(Refused):
            note_bags(work, ada.subscriber_id, 7)
        with pytest.raises(IntegrityError), work.session.begin_nested():
            work.session.execute(update(BagsTold).values(halves=2))
        forget_taste(work, ada.subscriber_id)
        assert said_of_home(work.session, ada.subscriber_id) == []


def test_the_letter_of_a_cut_off_is_promised_once_and_asks_only_whose_taste_counts(units, actor):
    with units(actor) as work:
        ada = start(work)
        work.shop = replace(work.shop, cut_off_letter_hours=48)
        ahead = select(Box).where(Box.status == BoxStatus.PLANNED).order_by(Box.cutoff_at)
        box = work.session.scalars(ahead).first()
        work.now = box.cutoff_at - timedelta(hours=48)
        assert announce_cut_offs(work) == 0, "nobody hears of it before a first box"
        had(work, ada, 2)
        work.now -= timedelta(seconds=1)
        assert next_cut_off_letter(work.session, work.now, 48) == box.cutoff_at - 48 * HOUR
        assert announce_cut_offs(work) == 0
        work.now += timedelta(seconds=1)
        assert (announce_cut_offs(work), announce_cut_offs(work)) == (1, 0)
        letter = select(Letter).where(Letter.kind == "cut_off_near")
        assert work.session.scalars(letter).one().facts["asks_box_id"] == str(box.id)
        work.session.execute(delete(Letter))
        switch_taste(work, ada.subscriber_id, on=False)
        assert announce_cut_offs(work) == 1
        assert work.session.scalars(letter).one().facts["asks_box_id"] is None


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
