"""Today: what needs a person, what comes next, what runs short."""

from datetime import timedelta

from sqlalchemy import select, update

from app.core.job_names import Job
from app.core.outbox import Letter
from app.finance.models import ProviderEvent
from app.finance.rules import EventStatus
from app.people.rules import Role
from tests.web.staff_shop import ACTOR

FAY, FIN = "fay@example.com", "fin@example.com"


def test_a_stranger_is_turned_away(client):
    answer = client.get("/staff/")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/staff/")


def test_a_subscriber_is_turned_away(sign_in):
    assert sign_in("ada@example.com", Role.SUBSCRIBER).get("/staff/").status_code == 403


def test_a_quiet_day_says_so(sign_in):
    page = sign_in(FAY, Role.FULFILMENT).get("/staff/").text
    assert "Nothing waits for you." in page and "No batch ahead" in page


def test_the_next_batch_counts_down_to_its_cut_off(sign_in, shop_at_work):
    page = sign_in(FAY, Role.FULFILMENT).get("/staff/").text
    assert "Cut-off in" in page and "Sun 10 Jan 2027" not in page
    assert "wants 6 bags" in page


def test_held_boxes_and_declines_wait_for_a_person(sign_in, packed):
    page = sign_in(FIN, Role.FINANCE).get("/staff/").text
    assert "Held box" in page and "Declined payment waits" in page and "$26.00" in page


def test_a_batch_that_did_not_lock_is_named(sign_in, shop_at_work, queue):
    shop_at_work.clock.move_to(shop_at_work.clock.moment + timedelta(days=10))
    browser = sign_in(FAY, Role.FULFILMENT)
    assert "This batch should have been composed" in browser.get("/staff/").text
    browser.post(f"/staff/batches/{shop_at_work.batch_id}/run")
    assert (Job.RUN_BATCH, (str(shop_at_work.batch_id),)) in queue.rings


def test_a_clock_that_just_passed_the_lock_is_no_alarm(sign_in, shop_at_work):
    shop_at_work.lock()
    assert "should have been composed" not in sign_in(FAY, Role.FULFILMENT).get("/staff/").text


def test_letters_that_failed_are_tried_again(sign_in, shop_at_work, units, queue):
    with units(ACTOR) as work:
        work.session.execute(update(Letter).values(last_error="the server is away", attempts=10))
    browser = sign_in(FAY, Role.FULFILMENT)
    assert "could not be sent" in browser.get("/staff/").text
    browser.post("/staff/letters/again")
    with units(ACTOR) as work:
        assert not any(work.session.scalars(select(Letter.attempts)))
    assert (Job.SEND_MAIL, ()) in queue.rings


def test_dead_messages_of_the_provider_are_applied_again(sign_in, units):
    with units(ACTOR) as work:
        work.session.add(
            ProviderEvent(
                id="evt_1",
                type="charge.updated",
                created=1,
                object_id="ch_1",
                payload=b"{}",
                status=EventStatus.DEAD,
                last_error="no such charge",
                received_at=work.now,
                next_try_at=work.now,
            )
        )
    browser = sign_in(FIN, Role.FINANCE)
    assert "charge.updated" in browser.get("/staff/").text
    page = browser.post("/staff/events/again", follow_redirects=True).text
    assert "could not be applied" not in page
    with units(ACTOR) as work:
        assert work.session.scalars(select(ProviderEvent.status)).one() is EventStatus.WAITING


def test_stock_is_held_against_the_next_batch(sign_in, shop_at_work):
    browser = sign_in(FAY, Role.FULFILMENT)
    browser.post(f"/staff/batches/{shop_at_work.batch_id}/rehearse")
    assert "needed, 40 free" in browser.get("/staff/").text
