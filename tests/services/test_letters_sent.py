"""Promised letters go out: at least once, by one sender at a time, and failures stay visible."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, text

from app.core.links import PAY, PAY_LASTS, read_link
from app.core.outbox import Letter, promise_letter, waiting_letters
from app.jobs.letters import send_mail
from app.letters.post_room import MOST_ATTEMPTS, claim_letters
from app.people.models import Person
from app.wiring.settings import Settings

INVOICE = "0198b7a2-0000-7000-8000-000000000001"


class StubbornMailer:
    """A post box that refuses everybody whose address it was told."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.posts = []

    def send(self, post) -> None:
        if post.to in self.refused:
            raise ConnectionError("the server is away")
        self.posts.append(post)


@pytest.fixture
def tools(units, mailer):
    return SimpleNamespace(units=units, mailer=mailer, settings=Settings())


@pytest.fixture
def people(units, actor):
    with units(actor) as work:
        ada = Person(email="ada@example.com", name="Ada")
        li = Person(email="li@example.com", name="李", locale="zh-CN")
        work.session.add_all([ada, li])
        work.session.flush()
        return ada.id, li.id


def promise(units, actor, kind, reference, person_id, **facts):
    with units(actor) as work:
        promise_letter(work, kind, reference, person_id, **facts)


def only_letter(units, actor) -> Letter:
    with units(actor) as work:
        return work.session.scalars(select(Letter)).one()


def let_leases_end(units, actor):
    with units(actor) as work:
        work.session.execute(text("UPDATE letter SET lease_until = now() - interval '1 second'"))


def test_each_person_is_written_to_in_their_language_once(tools, units, actor, people):
    promise(units, actor, "box_shipped", "1", people[0], order_number="BW-1-0")
    promise(units, actor, "box_shipped", "2", people[1], order_number="BW-2-0")
    assert (send_mail(tools), send_mail(tools)) == (2, 0)
    ada, li = tools.mailer.posts
    assert (ada.to, ada.subject) == ("ada@example.com", "Your box BW-1-0 is on its way")
    assert (li.to, li.subject) == ("li@example.com", "您的订单 BW-2-0 已发货")
    assert ada.text.startswith("Hello Ada,") and li.text.startswith("李，您好：")
    with units(actor) as work:
        letters = work.session.scalars(select(Letter).order_by(Letter.id)).all()
        assert [post.message_id for post in (ada, li)] == [
            f"box_shipped-{letter.id}" for letter in letters
        ]
        assert {(letter.sent_at, letter.lease_until, letter.attempts) for letter in letters} == {
            (work.now, None, 1)
        }


def test_letters_to_the_staff_have_their_own_words_and_address(tools, units, actor):
    promise(units, actor, "box_held", "staff:1", None, order_number="BW-1-0")
    send_mail(tools)
    tools.settings = Settings(staff_mail="packers@example.com")
    promise(units, actor, "books_violated", "1", None, count=2)
    send_mail(tools)
    assert [(post.to, post.subject) for post in tools.mailer.posts] == [
        (Settings().mail_from, "On hold: box BW-1-0"),
        ("packers@example.com", "The books do not add up: 2 findings"),
    ]


def test_a_letter_that_asks_for_money_carries_a_link_that_works(tools, units, actor, people):
    promise(units, actor, "payment_action", "1", people[0], invoice_id=INVOICE, amount_cents=3000)
    send_mail(tools)
    body = tools.mailer.posts[0].text
    token = body.split("http://127.0.0.1:8000/pay/")[1].split()[0]
    secret = tools.settings.secret_key.get_secret_value()
    assert read_link(secret, PAY, token, PAY_LASTS) == INVOICE
    assert "$30.00" in body


def test_one_letter_that_fails_stops_no_other_and_comes_again_later(tools, units, actor, people):
    promise(units, actor, "welcome", "1", people[0])
    promise(units, actor, "welcome", "2", people[1])
    promise(units, actor, "no_such_kind", "3", people[1])
    tools.mailer = StubbornMailer("ada@example.com")
    assert send_mail(tools) == 1
    tools.mailer = StubbornMailer()
    assert send_mail(tools) == 0
    let_leases_end(units, actor)
    assert send_mail(tools) == 1
    assert tools.mailer.posts[0].to == "ada@example.com"
    with units(actor) as work:
        (left,) = waiting_letters(work.session, work.now + timedelta(seconds=1))
        assert waiting_letters(work.session, work.now) == ()
    assert (left.kind, left.attempts, left.last_error) == (
        "no_such_kind",
        2,
        "NoWords: no_such_kind",
    )


def test_after_the_last_attempt_a_letter_is_left_with_its_error(tools, units, actor, people):
    promise(units, actor, "welcome", "1", people[0])
    tools.mailer = StubbornMailer("ada@example.com")
    for _ in range(MOST_ATTEMPTS + 2):
        send_mail(tools)
        let_leases_end(units, actor)
    letter = only_letter(units, actor)
    assert (letter.attempts, letter.sent_at) == (MOST_ATTEMPTS, None)
    assert letter.last_error == "ConnectionError: the server is away"


def test_a_failed_letter_waits_longer_each_time_and_at_last_holds_no_lease(
    tools, units, actor, people
):
    promise(units, actor, "welcome", "1", people[0])
    tools.mailer = StubbornMailer("ada@example.com")
    waits = []
    for _ in range(MOST_ATTEMPTS):
        send_mail(tools)
        with units(actor) as work:
            waits.append(
                work.session.scalar(
                    text("SELECT extract(epoch FROM lease_until - clock_timestamp()) FROM letter")
                )
            )
        let_leases_end(units, actor)
    assert waits[-1] is None
    assert waits[:-1] == sorted(waits[:-1]) and 50 < waits[0] <= 60


def test_a_person_who_is_gone_leaves_a_visible_error(tools, units, actor):
    promise(units, actor, "welcome", "1", INVOICE)
    assert send_mail(tools) == 0
    assert only_letter(units, actor).last_error == "LookupError: there is no such person"


def test_a_sender_that_dies_before_noting_it_sends_again_when_its_lease_ends(
    tools, units, actor, people
):
    promise(units, actor, "welcome", "1", people[0])
    with units(actor) as work:
        assert len(claim_letters(work)) == 1
    assert send_mail(tools) == 0
    let_leases_end(units, actor)
    assert send_mail(tools) == 1


def test_many_senders_at_once_send_each_letter_once(tools, units, actor, people):
    with units(actor) as work:
        for number in range(90):
            promise_letter(work, "welcome", str(number), people[0])
    with ThreadPoolExecutor(4) as pool:
        sent = sum(pool.map(lambda _: send_mail(tools), range(4)))
    assert sent == len(tools.mailer.posts) == 90
    assert len({post.message_id for post in tools.mailer.posts}) == 90
