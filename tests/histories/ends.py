"""What a history came to, in the shop and at the provider."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import text

from app.billing.models import Payment
from app.finance.services.check_books import check_books
from app.wiring.prove_books import provider_facts
from tests.histories.world import ACTOR, History, World

# What is about letters and boxes is proved elsewhere; nothing is sent or packed here.
MONEY = {"I1", "I3", "I5", "I6", "I7"}


def digest(world: World, history: History) -> tuple[Any, ...]:
    """Return the end of one history: statuses, amounts, and every account's sum."""
    with world.tools.sessions() as session:
        payment = session.get_one(Payment, history.ticket.payment_id)
        row = session.execute(
            text("SELECT status, refunded_cents FROM invoice WHERE id = :id"),
            {"id": payment.invoice_id},
        ).one()
        ends = session.execute(
            text(
                "SELECT 'r', status, count(*), sum(amount_cents) FROM refund"
                " WHERE payment_id = :id GROUP BY status UNION ALL"
                " SELECT 'd', status, count(*), sum(amount_cents) FROM dispute"
                " WHERE payment_id = :id GROUP BY status"
            ),
            {"id": payment.id},
        )
        sums = session.execute(
            text(
                "SELECT account, sum(amount_cents) FROM posting JOIN entry"
                " ON entry.id = entry_id WHERE invoice_id = :id GROUP BY account"
                " HAVING sum(amount_cents) <> 0"
            ),
            {"id": payment.invoice_id},
        )
        told = sorted(tuple(map(str, each)) for each in (*ends, *sums))
    return (payment.status.value, row[0], row[1], *told)


def wrong(world: World, histories: list[History]) -> list[str]:
    """Return everything in which the shop and the provider differ at the end."""
    facts = provider_facts(world.tools)
    with world.tools.units.rehearse(ACTOR) as work:
        found = [
            f"{each.invariant} {each.subject}: {each.sentence}"
            for each in check_books(work, facts)
            if each.invariant in MONEY
        ]
        unmatched = work.session.scalar(
            text("SELECT count(*) FROM payout_line WHERE entry_id IS NULL")
        )
        open_payouts = work.session.scalar(
            text("SELECT count(*) FROM payout WHERE reconciled_at IS NULL")
        )
    found += [f"{unmatched} lines of payouts are unmatched"] if unmatched else []
    found += [f"{open_payouts} payouts do not add up"] if open_payouts else []
    return found + [line for each in histories for line in _differs(world, each)]


def _differs(world: World, history: History) -> Iterator[str]:
    """Compare one history with what the provider's own movements say of it."""
    if not history.intent:
        return
    ours = {}
    for each in digest(world, history)[3:]:
        if len(each) == 2:
            ours[each[0]] = int(each[1])
    names = {history.intent}
    for kind in ("charge", "refund", "dispute"):
        names |= set(world.book.linked(kind, "payment_intent", history.intent))
    moves = [
        world.book.find("balance_transaction", wanted)
        for name in names
        for wanted in world.book.linked("balance_transaction", "source", name)
    ]
    theirs = sum(each["net"] for each in moves)
    if ours.get("1100", 0) != theirs:
        yield f"{history.intent}: 1100 holds {ours.get('1100', 0)}, the provider {theirs}"
