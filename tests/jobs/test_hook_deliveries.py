"""What happened is told once in effect, signed, in order of the schedule, to who asked for it."""

import json
import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from standardwebhooks import Webhook, WebhookVerificationError

from app.core.clock import real_now
from app.core.job_names import Job
from app.core.outbox import waiting_letters
from app.core.refusals import Refused
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.hooks.queries import delivery_detail, endpoint_row
from app.hooks.rules import TOLD, DeliveryStatus, EventType, HookRefusal
from app.hooks.services.claim_deliveries import claim_deliveries, record_answer
from app.hooks.services.replay_deliveries import (
    forget_deliveries,
    replay_delivery,
    replay_failed,
)
from app.hooks.services.save_endpoint import (
    EndpointFields,
    rotate_secret,
    save_endpoint,
    send_test,
    switch_endpoint,
)
from app.hooks.services.tell import tell
from app.jobs.hooks import send_hooks
from app.wiring.settings import Settings
from app.wiring.tools import Tools, assemble
from tests.conftest import RecordingMailer, RecordingQueue
from tests.jobs.hook_shop import PAID, add, happen, later, listed
from tests.receiver import Receiver, receiving

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text("utf-8")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as held:
        yield held


@pytest.fixture
def tools(
    engine: Engine, units: UnitOfWorkFactory, queue: RecordingQueue, mailer: RecordingMailer
) -> Tools:
    held = assemble(Settings(hooks_to_this_machine=True), engine, queue, mailer)
    return replace(held, units=units)


def test_a_delivery_is_verified_by_the_receivers_own_library(
    tools: Tools, actor: Actor, receiver: Receiver, queue: RecordingQueue
) -> None:
    endpoint = add(tools, actor, receiver.url, "invoice.*")
    happen(tools, actor)
    happen(tools, actor)
    assert (Job.SEND_HOOKS, ()) in queue.rings
    assert send_hooks(tools) == {"delivered": 1}
    (_, headers, body), *more = receiver.came
    assert not more
    verified = Webhook(endpoint.secret).verify(body, headers)
    assert verified == {"type": "invoice.paid", "timestamp": verified["timestamp"], "data": PAID}
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secret).verify(body + b" ", headers)
    row = listed(tools, endpoint)[0]
    assert (row.status, row.last_status) == (DeliveryStatus.DELIVERED, 204)
    assert send_hooks(tools) == {}


def test_the_snippet_of_the_guide_verifies_what_we_send(
    tools: Tools, actor: Actor, receiver: Receiver
) -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    taught: dict[str, Any] = {}
    exec(snippet, taught)
    endpoint = add(tools, actor, receiver.url)
    happen(tools, actor)
    send_hooks(tools)
    _, headers, body = receiver.came[0]
    assert taught["receive"](endpoint.secret, headers, body)["data"] == PAID
    with pytest.raises(taught["WebhookVerificationError"]):
        taught["receive"](endpoint.secret, headers, body.replace(b"1500", b"15"))


def test_the_guide_names_every_type() -> None:
    assert [each for each in TOLD if f".{each.partition('.')[2]}`" not in GUIDE] == []


def test_who_did_not_ask_is_not_told(tools: Tools, actor: Actor, receiver: Receiver) -> None:
    endpoint = add(tools, actor, receiver.url, "box.*", "refund.settled")
    happen(tools, actor)
    assert listed(tools, endpoint) == []


def test_what_is_rolled_back_was_never_told(tools: Tools, actor: Actor, receiver: Receiver) -> None:
    endpoint = add(tools, actor, receiver.url)
    with pytest.raises(RuntimeError), tools.units(actor) as work:
        tell(work, EventType.INVOICE_PAID, "i-1", **PAID)
        raise RuntimeError
    assert listed(tools, endpoint) == []


def test_for_a_day_after_a_rotation_both_secrets_verify(
    tools: Tools, actor: Actor, receiver: Receiver, engine: Engine
) -> None:
    endpoint = add(tools, actor, receiver.url)
    old = endpoint.secret
    with tools.units(actor) as work:
        new = rotate_secret(work, endpoint.id).secret
    happen(tools, actor)
    send_hooks(tools)
    _, headers, body = receiver.came[0]
    for secret in (old, new):
        Webhook(secret).verify(body, headers)
    with engine.begin() as connection:
        connection.execute(text("UPDATE hook_endpoint SET old_secret_until = now()"))
    happen(tools, actor, "i-2")
    send_hooks(tools)
    _, headers, body = receiver.came[1]
    Webhook(new).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, headers)


def test_a_failure_is_tried_ten_times_and_then_the_staff_are_told(
    tools: Tools, actor: Actor, receiver: Receiver, engine: Engine
) -> None:
    receiver.will_answer(500)
    endpoint = add(tools, actor, receiver.url)
    happen(tools, actor)
    tried = []
    for _ in range(12):
        tried.append(send_hooks(tools))
        later(engine)
    assert tried == [{"retry": 1}] * 10 + [{}] * 2
    assert len({headers["webhook-id"] for _, headers, _ in receiver.came}) == 1
    assert len({body for *_, body in receiver.came}) == 1
    with tools.units(actor) as work:
        row = endpoint_row(work.session, endpoint.id)
        letters = waiting_letters(work.session, work.now + timedelta(days=1))
        detail = delivery_detail(work.session, endpoint.id, listed(tools, endpoint)[0].id)
    assert (row.enabled, row.off_because) == (False, "silent")
    assert [letter.kind for letter in letters] == ["hook_off"]
    assert detail.delivery.status is DeliveryStatus.FAILED
    assert [each.status for each in detail.tries] == [500] * 10
    receiver.will_answer(200)
    with pytest.raises(Refused), tools.units(actor) as work:
        replay_failed(work, endpoint.id)
    with tools.units(actor) as work:
        switch_endpoint(work, endpoint.id, True)
        assert replay_failed(work, endpoint.id) == 1
    assert send_hooks(tools) == {"delivered": 1}


def test_gone_switches_an_address_off_at_once(
    tools: Tools, actor: Actor, receiver: Receiver
) -> None:
    receiver.will_answer(410)
    endpoint = add(tools, actor, receiver.url)
    happen(tools, actor)
    assert send_hooks(tools) == {"gone": 1}
    with tools.units(actor) as work:
        assert endpoint_row(work.session, endpoint.id).off_because == "gone"
    happen(tools, actor, "i-2")
    assert len(listed(tools, endpoint)) == 1


@pytest.mark.parametrize("status", [429, 502, 504])
def test_who_asks_for_rest_is_left_alone(
    tools: Tools, actor: Actor, receiver: Receiver, engine: Engine, status: int
) -> None:
    receiver.will_answer(status, headers={"retry-after": "7200"})
    endpoint = add(tools, actor, receiver.url)
    happen(tools, actor)
    assert send_hooks(tools) == {"slow_down": 1}
    happen(tools, actor, "i-2")
    assert send_hooks(tools) == {}
    with tools.units(actor) as work:
        row = endpoint_row(work.session, endpoint.id)
    waiting = [each for each in listed(tools, endpoint) if each.tries]
    assert row.resting_until
    assert waiting[0].next_try_at == row.resting_until
    later(engine)
    receiver.will_answer(200)
    assert send_hooks(tools) == {"delivered": 2}


def test_two_workers_at_once_send_each_delivery_once(
    tools: Tools, actor: Actor, receiver: Receiver
) -> None:
    add(tools, actor, receiver.url)
    with tools.units(actor) as work:
        for number in range(20):
            tell(work, EventType.INVOICE_PAID, f"i-{number}", **PAID)
    with ThreadPoolExecutor(2) as workers:
        done = [each.result() for each in [workers.submit(send_hooks, tools) for _ in "ab"]]
    assert sum(each.get("delivered", 0) for each in done) == len(receiver.came) == 20
    assert len({headers["webhook-id"] for _, headers, _ in receiver.came}) == 20


def test_a_worker_that_dies_after_sending_leaves_the_delivery_to_another(
    tools: Tools, actor: Actor, receiver: Receiver, engine: Engine
) -> None:
    endpoint = add(tools, actor, receiver.url)
    happen(tools, actor)
    with tools.units(actor) as work:
        (parcel,) = claim_deliveries(work)
    answer = tools.courier.carry(parcel, real_now())
    assert send_hooks(tools) == {}
    with engine.begin() as connection:
        connection.execute(text("UPDATE hook_delivery SET lease_until = now()"))
    assert send_hooks(tools) == {"delivered": 1}
    assert len({headers["webhook-id"] for _, headers, _ in receiver.came}) == 1
    with tools.units(actor) as work:
        assert record_answer(work, parcel, answer) is None
    assert listed(tools, endpoint)[0].tries == 1


def test_a_delivery_can_be_replayed_and_is_known_by_the_same_name(
    tools: Tools, actor: Actor, receiver: Receiver
) -> None:
    endpoint = add(tools, actor, receiver.url)
    with tools.units(actor) as work:
        send_test(work, endpoint.id)
    send_hooks(tools)
    with tools.units(actor) as work:
        replay_delivery(work, endpoint.id, listed(tools, endpoint)[0].id)
    send_hooks(tools)
    first, second = (headers["webhook-id"] for _, headers, _ in receiver.came)
    assert first == second
    assert json.loads(receiver.came[0][2])["type"] == "webhook.test"


def test_bad_addresses_and_types_are_refused_in_words(tools: Tools, actor: Actor) -> None:
    wanted = {
        ("http://example.com/", ("*",)): HookRefusal.BAD_URL,
        ("https://10.0.0.1/", ("*",)): HookRefusal.BAD_URL,
        ("https://example.com/", ()): HookRefusal.NO_TYPES,
        ("https://example.com/", ("invoice.eaten",)): HookRefusal.BAD_TYPE,
        ("https://example.com/", ("nothing.*",)): HookRefusal.BAD_TYPE,
    }
    for (url, types), refusal in wanted.items():
        with pytest.raises(Refused) as refused, tools.units(actor) as work:
            save_endpoint(work, EndpointFields("Books", url, types), tools.courier.refusal)
        assert refused.value.refusal is refusal
    with pytest.raises(Refused), tools.units(actor) as work:
        rotate_secret(work, uuid.uuid4())


def test_secrets_never_reach_the_audit_trail(
    tools: Tools, actor: Actor, receiver: Receiver, engine: Engine
) -> None:
    endpoint = add(tools, actor, receiver.url)
    with tools.units(actor) as work:
        rotate_secret(work, endpoint.id)
    with engine.connect() as connection:
        trail = connection.execute(
            text("SELECT change::text FROM audit_entry WHERE table_name = 'hook_endpoint'")
        ).scalars()
        assert "whsec_" not in " ".join(trail)


def test_what_is_long_done_is_thrown_away(
    tools: Tools, actor: Actor, receiver: Receiver, engine: Engine
) -> None:
    endpoint = add(tools, actor, receiver.url)
    happen(tools, actor)
    happen(tools, actor, "i-2")
    send_hooks(tools)
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE hook_delivery SET done_at = now() - interval '31 days' WHERE event_id IN"
                " (SELECT id FROM hook_event WHERE reference = 'i-1')"
            )
        )
        connection.execute(text("UPDATE hook_event SET written_at = now() - interval '31 days'"))
    with tools.units(actor) as work:
        assert forget_deliveries(work) == 1
    assert len(listed(tools, endpoint)) == 1
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM hook_event")) == 1
