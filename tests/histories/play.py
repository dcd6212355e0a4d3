"""Histories: five events in every order, and random ones with everything in them."""

import random
import uuid
from dataclasses import replace
from typing import Any

from app.billing.services.record_outcome import record_created
from app.sandbox import disputes, refunds
from app.sandbox.state import dumps, public
from tests.histories.ends import digest, wrong
from tests.histories.world import ACTOR, History, World

FIVE = (
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "charge.refunded",
    "refund.failed",
    "charge.dispute.closed",
)


def five_events(world: World, orders: list[tuple[int, ...]]) -> set[tuple[Any, ...]]:
    """Tell five events of one payment in each of these orders; return the different ends."""
    ends = set()
    for ticket, order in zip(world.take(len(orders)), orders, strict=True):
        history = History(ticket, [])
        made = world.tools.gateway.create(ticket)
        history.intent = made.provider_id
        history.ticket = ticket = replace(ticket, provider_id=made.provider_id)
        with world.tools.units(ACTOR) as work:
            record_created(work, ticket, made.provider_id)
        _live_through(world, history)
        told = _told(world, history)
        for at in order:
            for _ in range(world.rng.randint(1, 5)):
                world.bring(told[FIVE[at]])
                while world.apply(stale=0.0):
                    pass
        ends.add(digest(world, history))
    return ends


def _live_through(world: World, history: History) -> None:
    """Declined, paid, given back, bounced, disputed and won, while nobody of ours listens."""
    for card in (world.broke, world.good):
        world.tools.gateway.confirm(
            replace(history.ticket, card_id=card, idempotency_key=uuid.uuid4().hex)
        )
    given = world.client.v1.refunds.create({"payment_intent": history.intent, "amount": 1000})
    world.at(lambda: refunds.fail(world.book, given.id))
    opened = world.at(lambda: disputes.open_dispute(world.book, history.intent, None, "fraudulent"))
    world.at(lambda: disputes.close_dispute(world.book, opened["id"], "won"))


def _told(world: World, history: History) -> dict[str, bytes]:
    """Return the provider's own five events of a history."""
    found: dict[str, bytes] = {}
    ids = world.book.ids("event")
    for name in ids[world.seen :]:
        event = world.book.get(name) or {}
        thing = event["data"]["object"]
        if event["type"] in FIVE and history.intent in (thing["id"], thing.get("payment_intent")):
            found[event["type"]] = dumps(public(event)).encode()
    world.seen = len(ids)
    return found


def random_steps(rng: random.Random) -> list[str]:
    """Draw what happens to one payment; rates are drawn anew for each, so that all mixes occur."""
    steps = ["create", *["decline"] * rng.choice((0, 0, 1, 2))]
    if rng.random() < 0.95:
        steps.append("pay")
    weights = [rng.random() for _ in range(4)]
    more = rng.choices(("refund", "bounce", "dispute", "evidence"), weights, k=rng.randint(0, 4))
    steps += more
    if "dispute" in more:
        steps += rng.choice(([], ["won"], ["lost"], ["evidence", "lost"], ["won", "refund"]))
    return steps


def play(world: World, count: int) -> tuple[list[History], list[str]]:
    """Play so many histories at once; return them and everything that came out wrong."""
    rng = world.rng
    histories = [History(ticket, random_steps(rng)) for ticket in world.take(count)]
    payout_rate, deliver_rate = rng.uniform(0, 0.02), rng.uniform(0.3, 1.5)
    going = list(histories)
    while going:
        history = rng.choice(going)
        world.step(history)
        if not history.steps:
            going.remove(history)
        world.hear()
        if rng.random() < payout_rate:
            world.pay_out()
        for act, rate in ((world.deliver, 3), (world.apply, 1), (world.apply_late, 0.3)):
            for _ in range(int(rng.random() * deliver_rate * rate * 4)):
                act()
    world.pay_out()
    world.settle()
    return histories, wrong(world, histories)
