"""The same request with the same key is one effect and one answer, whatever happens meanwhile."""

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.clock import real_now
from app.core.records import ApiReply
from app.core.replies import LEASE, KeptReply, Ticket, begin_reply, forget_replies, keep_reply
from app.core.unit_of_work import Actor, UnitOfWork, UnitOfWorkFactory
from app.web.api import replaying
from tests.web.api_program import ADDRESS, NewProgram, Program, well

GOODS = {"quantity": 5, "reference": "truck 7"}
RECEIPTS = "/skus/yirga-250/receipts"


def person(name: str) -> dict[str, Any]:
    return {"email": f"{name}@example.com", "name": name, "address": ADDRESS}


def age(units: UnitOfWorkFactory, actor: Actor, by: timedelta) -> None:
    """Let every stored answer be older."""
    with units(actor) as work:
        work.session.execute(update(ApiReply).values(created_at=real_now() - by))


def test_the_same_request_is_done_once_and_answered_byte_for_byte(api: Program) -> None:
    first = api.post("/subscribers", person("ada"), once="k1")
    second = api.post("/subscribers", person("ada"), once="k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(well(api.get("/subscribers"))["items"]) == 1


def test_spaces_and_order_in_json_make_no_other_request(api: Program) -> None:
    api.put("/closed-days/2027-05-01", {"ships_on": None, "reason": "x"}, once="k")
    again = api.call(
        "PUT",
        "/closed-days/2027-05-01",
        data='{ "reason":"x",\n "ships_on": null }',
        once="k",
        headers={"Content-Type": "application/json"},
    )
    assert again.headers["Idempotent-Replayed"] == "true"


def test_another_request_with_the_same_key_is_refused(api: Program) -> None:
    well(api.post(RECEIPTS, GOODS, once="k"))
    for path, body in (
        (RECEIPTS, {**GOODS, "quantity": 6}),
        ("/skus/huila-250/receipts", GOODS),
    ):
        refused = api.post(path, body, once="k")
        assert (refused.status_code, refused.json["field"]) == (422, "Idempotency-Key")
    assert well(api.get("/skus/huila-250"))["on_hand"] == 40


def test_keys_of_different_programs_do_not_meet(api: Program, program: NewProgram) -> None:
    other = program()
    well(api.post("/subscribers", person("ada"), once="k"), 201)
    well(other.post("/subscribers", person("ben"), once="k"), 201)


def test_a_refusal_is_not_kept_since_nothing_was_done(api: Program) -> None:
    lost = {"quantity": 50, "reference": "flood", "reason": "flood"}
    assert api.post("/skus/yirga-250/write-offs", lost, once="k").status_code == 409
    well(api.post(RECEIPTS, {"quantity": 50, "reference": "more"}))
    assert well(api.post("/skus/yirga-250/write-offs", lost, once="k"))["booked"] is True


def test_two_at_once_are_one_effect_and_the_other_is_told_to_wait(
    api: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, go_on = threading.Event(), threading.Event()
    kept = replaying.keep_reply

    def slowly(work: UnitOfWork, ticket: Ticket, reply: KeptReply) -> None:
        kept(work, ticket, reply)
        inside.set()
        go_on.wait(20)

    monkeypatch.setattr(replaying, "keep_reply", slowly)
    answers: list[Any] = []
    first = threading.Thread(
        target=lambda: answers.append(api.post("/subscribers", person("ada"), once="k"))
    )
    first.start()
    assert inside.wait(20)
    # The first has done its work and not committed: the second neither waits nor does it again.
    second = api.post("/subscribers", person("ada"), once="k")
    go_on.set()
    first.join(20)
    assert (second.status_code, second.json["type"]) == (409, "urn:boxwright:reply:under_way")
    assert second.headers["Retry-After"] == "1"
    third = api.post("/subscribers", person("ada"), once="k")
    assert answers[0].status_code == 201 and third.data == answers[0].data


def test_many_at_once_are_one_effect(api: Program) -> None:
    barrier = threading.Barrier(6)
    codes: list[int] = []

    def send() -> None:
        barrier.wait()
        codes.append(api.post("/subscribers", person("ada"), once="k").status_code)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert set(codes) <= {201, 409} and 201 in codes
    assert len(well(api.get("/subscribers"))["items"]) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_loses_neither_effect_nor_answer(
    api: Program, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    kept = replaying.keep_reply

    class Crash(BaseException):
        """The process dies here."""

    def die(work: UnitOfWork, ticket: Ticket, reply: KeptReply) -> None:
        if moment == "after":
            kept(work, ticket, reply)
        raise Crash

    monkeypatch.setattr(replaying, "keep_reply", die)
    with pytest.raises(Crash):
        api.post(RECEIPTS, GOODS, once="k")
    assert well(api.get("/skus/yirga-250"))["on_hand"] == 40
    monkeypatch.setattr(replaying, "keep_reply", kept)
    assert well(api.post(RECEIPTS, GOODS, once="k"))["booked"] is True
    assert well(api.get("/skus/yirga-250"))["on_hand"] == 45


def test_work_of_several_units_is_answered_once_too(api: Program) -> None:
    path = f"/subscriptions/{api.subscription()['id']}/card-setup"
    first, second = (api.post(path, {}, once="k") for _ in range(2))
    assert first.data == second.data and second.headers["Idempotent-Replayed"] == "true"


def test_work_of_several_units_that_died_can_be_begun_again_after_its_lease(
    api: Program, units: UnitOfWorkFactory, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/subscriptions/{api.subscription()['id']}/card-setup"
    kept = replaying.keep_reply

    def die(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(replaying, "keep_reply", die)
    with pytest.raises(SystemExit):
        api.post(path, {}, once="k")
    monkeypatch.setattr(replaying, "keep_reply", kept)
    assert api.post(path, {}, once="k").json["type"] == "urn:boxwright:reply:under_way"
    age(units, actor, LEASE + timedelta(seconds=1))
    well(api.post(path, {}, once="k"))


def test_work_of_several_units_that_was_refused_frees_its_key(api: Program) -> None:
    made = well(
        api.post(
            "/subscriptions",
            {"subscriber_id": api.subscriber()["id"], "plan": "weekly", "size": 2},
        ),
        201,
    )
    path = f"/subscriptions/{made['id']}"
    assert api.post(f"{path}/activate", {}, once="k").status_code == 409
    well(api.post(f"{path}/card-setup", {}))
    well(api.post(f"{path}/activate", {"session": "cs_1"}))
    well(api.post(f"{path}/activate", {}, once="k"))


def test_keys_are_forgotten_after_a_day(
    api: Program, units: UnitOfWorkFactory, actor: Actor
) -> None:
    well(api.post(RECEIPTS, GOODS, once="old"))
    age(units, actor, timedelta(hours=25))
    again = api.post(RECEIPTS, GOODS, once="old")
    assert "Idempotent-Replayed" not in again.headers and again.json["booked"] is False
    age(units, actor, timedelta(hours=25))
    well(api.post(RECEIPTS, GOODS, once="new"))
    with units(actor) as work:
        assert forget_replies(work) == 1
        assert work.session.scalars(select(ApiReply.key)).all() == ["new"]


@pytest.mark.parametrize("bad", ["", "two words", "x" * 256, "ä"])
def test_a_key_that_is_none_is_refused(api: Program, bad: str) -> None:
    refused = api.call(
        "POST", RECEIPTS, GOODS, headers={"Idempotency-Key": bad.encode().decode("latin-1")}
    )
    assert (refused.status_code, refused.json["field"]) == (422, "Idempotency-Key")


def test_reading_takes_no_notice_of_keys(api: Program) -> None:
    first = api.get("/skus", headers={"Idempotency-Key": "k"})
    assert "Idempotent-Replayed" not in first.headers
    well(api.post(RECEIPTS, GOODS, once="k"))


def test_a_lost_race_for_the_lease_keeps_the_first_answer(
    units: UnitOfWorkFactory, actor: Actor
) -> None:
    ticket = Ticket("k", str(uuid.uuid4()), "f")
    with units(actor) as work:
        assert begin_reply(work, ticket) is None
    with units(actor) as work:
        keep_reply(work, ticket, KeptReply(200, "first"))
    with units(actor) as work:
        keep_reply(work, ticket, KeptReply(200, "second"))
    with units(actor) as work:
        assert begin_reply(work, ticket) == KeptReply(200, "first")
