"""The cut-off is one instant: until it everything can be changed, after it nothing is."""

import threading
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.core.refusals import Refused
from app.core.unit_of_work import Actor
from app.fulfilment.rules import BoxRefusal, BoxStatus
from app.fulfilment.services.lock_batch import lock_batch
from app.fulfilment.services.skip_box import skip_box, unskip_box
from app.jobs.batches import run_batch
from tests.cast import WEEKLY

FIRST, SECOND = date(2027, 3, 3), date(2027, 3, 10)
CUT_OFF = datetime(2027, 3, 1, 4, 59, 59, tzinfo=UTC)
LOCK = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)


@pytest.fixture
def shop(open_shop):
    shop = open_shop(datetime(2027, 2, 23, 15, 0, tzinfo=UTC))
    shop.stock()
    return shop


@pytest.fixture
def ada(shop):
    person, subscription = shop.subscribe("Ada", shop.plan(WEEKLY))
    assert shop.boxes(subscription)[1].ships_on == FIRST or shop.boxes(subscription)[0]
    return person, subscription


def skip(shop, ada, box, verb=skip_box, actor=None):
    with shop.tools.units(actor or Actor("subscriber", str(ada[0].id))) as work:
        return verb(work, ada[0].id, box.id)


def test_the_cut_off_is_the_end_of_sunday_in_the_shops_zone(shop, ada):
    box = shop.box_on(ada[1], FIRST)
    assert box.cutoff_at == CUT_OFF
    seen = box.cutoff_at.astimezone(ZoneInfo("Asia/Tokyo"))
    assert (seen.month, seen.day, seen.hour, seen.minute) == (3, 1, 13, 59)
    assert shop.batch(FIRST).locks_at == LOCK


def test_a_skip_in_the_last_second_counts(shop, ada):
    shop.put(CUT_OFF + timedelta(milliseconds=999))
    receipt = skip(shop, ada, shop.box_on(ada[1], FIRST))
    assert (receipt.ships_on, receipt.saved_cents) == (FIRST, 3000)
    assert receipt.next_ships_on == SECOND
    shop.live_at(LOCK)
    assert shop.box_on(ada[1], FIRST).status is BoxStatus.SKIPPED
    assert FIRST not in shop.shipped_days(ada[1])
    assert shop.box_on(ada[1], FIRST).invoice_id is None


def test_a_skip_one_second_later_is_refused_and_the_next_box_offered(shop, ada):
    before = shop.box_on(ada[1], FIRST)
    shop.put(CUT_OFF + timedelta(seconds=1))
    with pytest.raises(Refused) as refused:
        skip(shop, ada, before)
    assert refused.value.refusal is BoxRefusal.TOO_LATE
    assert refused.value.offer.ships_on == SECOND
    after = shop.box_on(ada[1], FIRST)
    assert (after.status, after.reason) == (before.status, before.reason)
    shop.live_at(LOCK)
    assert FIRST in shop.shipped_days(ada[1])
    assert shop.letters("box_skipped") == []


def test_two_taps_and_a_repeated_request_skip_one_box_and_tell_it_once(shop, ada):
    box = shop.box_on(ada[1], FIRST)
    receipts = [skip(shop, ada, box), skip(shop, ada, box)]
    same = Actor("subscriber", str(ada[0].id), "request-1")
    receipts += [skip(shop, ada, box, actor=same), skip(shop, ada, box, actor=same)]
    assert len(set(receipts)) == 1
    assert [each.ships_on for each in shop.boxes(ada[1]) if each.status is BoxStatus.SKIPPED] == [
        FIRST
    ]
    assert shop.box_on(ada[1], SECOND).status is BoxStatus.PLANNED
    assert len(shop.letters("box_skipped")) == 1


def test_two_taps_at_the_same_time_skip_one_box(shop, ada):
    box = shop.box_on(ada[1], FIRST)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(skip(shop, ada, box))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(shop.letters("box_skipped")) == 1


def test_taking_a_skip_back_in_time_restores_box_and_charge(shop, ada):
    box = shop.box_on(ada[1], FIRST)
    skip(shop, ada, box)
    shop.put(CUT_OFF)
    skip(shop, ada, box, unskip_box)
    assert len(shop.letters("box_unskipped")) == 1
    shop.live_at(LOCK)
    assert FIRST in shop.shipped_days(ada[1])
    assert shop.invoice(shop.box_on(ada[1], FIRST)).total_cents == 3000


def test_taking_a_skip_back_too_late_is_refused(shop, ada):
    box = shop.box_on(ada[1], FIRST)
    skip(shop, ada, box)
    shop.put(CUT_OFF + timedelta(seconds=1))
    with pytest.raises(Refused) as refused:
        skip(shop, ada, box, unskip_box)
    assert refused.value.refusal is BoxRefusal.TOO_LATE
    assert refused.value.offer.ships_on == SECOND
    assert shop.box_on(ada[1], FIRST).status is BoxStatus.SKIPPED
    shop.live_at(LOCK)
    with pytest.raises(Refused):
        skip(shop, ada, box, unskip_box)


def test_a_skip_that_waits_for_the_lock_is_wholly_out(shop, ada):
    """The lock holds the box first: the skip waits, then hears that it is too late."""
    box = shop.box_on(ada[1], FIRST)
    answers = []

    def late():
        try:
            answers.append(skip(shop, ada, box))
        except Refused as refused:
            answers.append(refused.refusal)

    shop.put(LOCK)
    with shop.tools.units(shop.actor) as work:
        assert lock_batch(work, shop.batch(FIRST).id)
        waiting = threading.Thread(target=late)
        waiting.start()
        time.sleep(0.3)
        assert answers == []
    waiting.join()
    assert answers == [BoxRefusal.TOO_LATE]
    shop.run_due()
    assert FIRST in shop.shipped_days(ada[1])
    assert [each.amount_cents for each in shop.taken()] == [3000]


def test_a_lock_that_waits_for_a_skip_leaves_the_box_wholly_out(shop, ada):
    """The skip was accepted first and holds the box; the lock then passes it over."""
    box = shop.box_on(ada[1], FIRST)
    batch_id = shop.batch(FIRST).id
    shop.put(CUT_OFF)
    with shop.tools.units(shop.actor) as work:
        skip_box(work, ada[0].id, box.id)
        shop.put(LOCK)
        running = threading.Thread(target=run_batch, args=(shop.tools, batch_id))
        running.start()
        time.sleep(0.3)
        assert shop.box_on(ada[1], FIRST).status is BoxStatus.PLANNED
    running.join()
    shop.run_due()
    assert shop.box_on(ada[1], FIRST).status is BoxStatus.SKIPPED
    assert shop.taken() == []
