"""The provider's door: forged, truncated, repeated and good events."""

import json
import time

import stripe
from flask.testing import FlaskClient
from sqlalchemy import text

from app.core.job_names import Job
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.wiring.settings import SANDBOX_WEBHOOK_SECRET
from tests.conftest import RecordingQueue

ADDRESS = "/webhooks/stripe"


def event(**changes: object) -> bytes:
    told = {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": 1,
        "livemode": False,
        "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
    }
    return json.dumps(told | changes).encode()


def signed(payload: bytes, secret: str = SANDBOX_WEBHOOK_SECRET) -> dict[str, str]:
    now = int(time.time())
    body = payload.decode("latin-1")
    mark = stripe.WebhookSignature._compute_signature(f"{now}.{body}", secret)
    return {"Stripe-Signature": f"t={now},v1={mark}"}


def stored(units: UnitOfWorkFactory, actor: Actor) -> int:
    with units(actor) as work:
        return work.session.scalar(text("SELECT count(*) FROM provider_event")) or 0


def test_a_good_event_is_stored_once_and_rung_for(
    client: FlaskClient, units: UnitOfWorkFactory, actor: Actor, queue: RecordingQueue
) -> None:
    for fresh in (True, False, False):
        answer = client.post(ADDRESS, data=event(), headers=signed(event()))
        assert (answer.status_code, answer.json) == (200, {"stored": fresh})
    assert stored(units, actor) == 1
    assert queue.rings == [(Job.APPLY_EVENTS, ())]


def test_what_is_not_the_providers_leaves_nothing_behind(
    client: FlaskClient, units: UnitOfWorkFactory, actor: Actor
) -> None:
    live, broken = event(livemode=True), event()[:-9]
    tries = (
        (event(), {}),
        (event(), signed(event(), "whsec_other")),
        (live, signed(live)),
        (broken, signed(broken)),
    )
    for payload, headers in tries:
        assert client.post(ADDRESS, data=payload, headers=headers).status_code == 400
    assert stored(units, actor) == 0
