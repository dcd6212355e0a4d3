"""Weeks of a small shop whose workers are killed in the middle of moving money, one week a run.

Each week the shop locks and composes a batch, owes a refund, and then one or three workers start
and are killed at a named point. After an outage they start again. The provider's own list and the
proof of the books say whether anybody paid twice, or paid for nothing.
"""

import os
import signal
import traceback
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import requests
from sqlalchemy import func, select

from app.billing.dunning_rules import DunningTerms, EndAction
from app.billing.models import Invoice, Payment, Refund
from app.billing.rules import InvoiceStatus, RefundStatus
from app.billing.services.ask_refund import ask_refund
from app.billing.services.save_dunning import save_dunning
from app.core.clock import put_clock
from app.fulfilment.models import Batch, Box
from app.fulfilment.rules import BatchStatus, BoxStatus
from app.jobs import charging
from app.jobs.charging import charge_due
from app.jobs.events import apply_events, fetch_missed_events
from app.jobs.fall_due import fall_due
from app.jobs.letters import send_mail
from app.jobs.refunding import refund_due
from app.subscriptions.models import Plan, Subscription
from app.wiring.prove_books import prove_books
from app.wiring.tools import Tools
from tests.faults.life import let_leases_pass, tools_for
from tests.faults.money_cells import ACTOR, LIVES, MONEY_POINTS, PART_CENTS, PAYS, Cell, Week
from tests.faults.scene import Scene


@contextmanager
def money_shop(scene: Scene, name: str) -> Iterator["MoneyShop"]:
    """Give a copy of the scene with one undisturbed week behind it, and throw it away after."""
    url = scene.copy(name)
    try:
        with scene.provider(name) as provider_url:
            shop = MoneyShop(url, provider_url)
            shop.settle_down()
            yield shop
    finally:
        scene.drop(name)


class MoneyShop:
    """A small shop that lives from week to week."""

    def __init__(self, url: str, provider_url: str) -> None:
        self.url = url
        self.provider_url = provider_url

    def settle_down(self) -> None:
        """Let unpaid boxes have no consequences, and live one week in peace."""
        tools = tools_for(self.url, self.provider_url)
        with tools.units(ACTOR) as work:
            for plan in work.session.scalars(select(Plan)):
                save_dunning(work, plan.id, DunningTerms(days=(), end=EndAction.NOTHING))
        self._open_week(tools)
        work_through(tools)
        tools.engine.dispose()

    def week(self, cell: Cell, run: int) -> Week:
        """Live a week in which workers are killed; return what it came to."""
        tools = tools_for(self.url, self.provider_url)
        batch_id = self._open_week(tools)
        refunds = self._owe_refunds(tools, run)
        tools.engine.dispose()
        kills = self._kill(cell, run)
        self._work(cell.workers, "")
        tools = tools_for(self.url, self.provider_url)
        let_leases_pass(tools)
        work_through(tools)
        try:
            return self._judge(tools, cell.name, run, kills, (batch_id, refunds))
        finally:
            tools.engine.dispose()

    def _open_week(self, tools: Tools) -> object:
        """Go to the next lock, lock and compose; nothing is charged yet."""
        with tools.units(ACTOR) as work:
            due = work.session.execute(
                select(Batch.id, Batch.locks_at)
                .where(
                    Batch.status == BatchStatus.PLANNED,
                    select(Box.id)
                    .where(Box.batch_id == Batch.id, Box.status == BoxStatus.PLANNED)
                    .exists(),
                )
                .order_by(Batch.locks_at)
                .limit(1)
            ).one()
        self._stand(tools, due.locks_at)
        fall_due(tools)
        return due.id

    def _kill(self, cell: Cell, run: int) -> int:
        """Let workers die at the point, one life after the other; return how many died.

        Each death is followed by the outage. It ends when a life passes the point no more.
        """
        counts = MONEY_POINTS[cell.point]
        kills = 0
        for life in range(LIVES):
            early = life > 0 or cell.workers > 1
            count = 1 if early else counts[run % len(counts)]
            died = self._work(cell.workers, f"{cell.point}:{count}")
            if not died:
                break
            kills += died
            tools = tools_for(self.url, self.provider_url)
            self._go_on(tools, timedelta(hours=cell.hours))
            tools.engine.dispose()
        return kills

    def _owe_refunds(self, tools: Tools, run: int) -> list[uuid.UUID]:
        """Ask for a part of some earlier boxes' money, to be given back this week."""
        with tools.units(ACTOR) as work:
            invoices = work.session.scalars(
                select(Invoice.id)
                .where(Invoice.status == InvoiceStatus.PAID, Invoice.refunded_cents == 0)
                .order_by(Invoice.number.desc())
                .limit(LIVES)
            ).all()
            return [
                ask_refund(work, each, PART_CENTS, "test", f"run:{run}:{each}").id
                for each in invoices
            ]

    def _go_on(self, tools: Tools, outage: timedelta) -> None:
        let_leases_pass(tools)
        with tools.units(ACTOR) as work:
            now = work.now
        self._stand(tools, now + outage)

    def _stand(self, tools: Tools, moment: datetime) -> None:
        with tools.units(ACTOR) as work:
            put_clock(work.session, moment)
        answer = requests.post(
            f"{self.provider_url}/_sandbox/clock", json={"now": int(moment.timestamp())}, timeout=30
        )
        answer.raise_for_status()

    def _work(self, workers: int, fail_at: str) -> int:
        """Let so many workers work side by side; return how many were killed."""
        # Each worker goes step by step, so that every death leaves another payment in doubt.
        charging.SIDE_BY_SIDE = 1
        children = [self._child(fail_at) for _ in range(workers)]
        ends = [os.waitpid(child, 0)[1] for child in children]
        broken = [end for end in ends if end and not os.WIFSIGNALED(end)]
        if broken:
            raise RuntimeError(f"a worker ended by itself: {broken}")
        return sum(os.WIFSIGNALED(end) and os.WTERMSIG(end) == signal.SIGKILL for end in ends)

    def _child(self, fail_at: str) -> int:
        child = os.fork()
        if child:
            return child
        status = 1
        try:
            os.environ["BOXWRIGHT_FAIL_AT"] = fail_at
            work_through(tools_for(self.url, self.provider_url))
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)

    def _judge(
        self, tools: Tools, cell: str, run: int, kills: int, ids: tuple[object, list[uuid.UUID]]
    ) -> Week:
        batch_id, refunds = ids
        taken = _taken(tools)
        with tools.units(ACTOR) as work:
            rows = work.session.execute(
                select(Payment.id, Payment.status, Box.status, Subscription.number)
                .join(Box, Box.invoice_id == Payment.invoice_id)
                .join(Subscription, Subscription.id == Box.subscription_id)
                .where(Box.batch_id == batch_id)
            ).all()
            given = {
                each: work.session.get_one(Refund, each).status is RefundStatus.SUCCEEDED
                for each in refunds
            }
            first = work.session.scalar(select(func.min(Subscription.number))) or 0
        lost = sum(
            (row[1], row[2]) != PAYS or taken[str(row[0])] != 1
            for row in rows
            if row.number - first not in BAD
        )
        made = _refunded(tools)
        everything = prove_books(tools, ACTOR, grace=timedelta(0))
        return Week(
            cell=cell,
            run=run,
            kills=kills,
            charged=len(rows),
            paid_twice=sum(count > 1 for count in taken.values()),
            lost=lost,
            refunded_wrong=sum(not given[each] or made[str(each)] != 1 for each in refunds),
            violations=tuple(
                f"{each.invariant} {each.subject}: {each.sentence}" for each in everything
            ),
        )


# Places of those whose cards do not pay, as in the scene.
BAD = frozenset({3, 7, 11})


def work_through(tools: Tools) -> None:
    """Do what workers do with money, as the sweep rings for it."""
    charge_due(tools)
    refund_due(tools)
    fetch_missed_events(tools)
    apply_events(tools)
    send_mail(tools)


def _listed(tools: Tools) -> dict[str, list[dict[str, object]]]:
    url = f"{tools.settings.stripe_api_base}/_sandbox/export"
    listed: dict[str, list[dict[str, object]]] = requests.get(url, timeout=60).json()
    return listed


def _taken(tools: Tools) -> Counter[str]:
    """Return how often the provider was paid for each of our payments, by its own list."""
    found: Counter[str] = Counter()
    for intent in _listed(tools)["payment_intents"]:
        labels = intent["metadata"]
        if intent["status"] == "succeeded" and isinstance(labels, dict):
            found[str(labels.get("payment_id"))] += 1
    return found


def _refunded(tools: Tools) -> Counter[str]:
    """Return how many refunds the provider made for each of ours."""
    found: Counter[str] = Counter()
    for each in _listed(tools)["refunds"]:
        if isinstance(labels := each["metadata"], dict):
            found[str(labels.get("refund_id"))] += 1
    return found
