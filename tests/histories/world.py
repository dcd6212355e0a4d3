"""A shop and its payment provider in one process, and what may happen between them."""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import stripe
from sqlalchemy import text

from app.billing.ports import CardFacts, ChargeTicket, OutcomeUnknown, ProviderRefused
from app.billing.services.claim_payment import claim_payment
from app.billing.services.record_outcome import record_created
from app.billing.services.save_card import save_card
from app.core.unit_of_work import Actor
from app.finance.event_shape import read_event
from app.finance.rules import KINDS
from app.finance.services.apply_hint import NotKnownYet
from app.finance.services.apply_outcome import apply_outcome
from app.finance.services.claim_event import claim_event, defer_event, finish_event
from app.finance.services.settle_payout import match_open_lines
from app.finance.services.store_event import store_event
from app.fulfilment.services.activate_subscription import activate_subscription
from app.fulfilment.services.bill_ahead import bill_ahead
from app.jobs.provider_answers import ask
from app.people.services.save_address import save_address
from app.sandbox import disputes, payouts, refunds
from app.sandbox.errors import ApiError
from app.sandbox.state import Book, dumps, public
from app.subscriptions.services.sign_up import SignUp, sign_up
from app.wiring.tools import Tools
from tests import cast

ACTOR = Actor("system", "histories")
GOOD, BROKE = "4242424242424242", "4000000000009995"


@dataclass
class History:
    """One payment and what happens to it at the provider."""

    ticket: ChargeTicket
    steps: list[str]
    intent: str = ""


@dataclass
class World:
    """A shop with a database of its own, and the provider inside this process."""

    tools: Tools
    book: Book
    client: stripe.StripeClient
    rng: random.Random
    good: str = ""
    broke: str = ""
    seen: int = 0
    pending: list[bytes] = field(default_factory=list)
    late: list[tuple[str, Callable[..., Any]]] = field(default_factory=list)
    deliveries: int = 0

    # What happens at the provider

    def take(self, count: int) -> list[ChargeTicket]:
        """Let so many boxes be owed, and return their payments as a worker would claim them."""
        with self.tools.units(ACTOR) as work:
            plan = cast.add_plan(work, replace(cast.WEEKLY, code=f"p{uuid.uuid4().hex[:8]}"))
            person = cast.register(work, f"p{uuid.uuid4().hex[:8]}")
            address = save_address(work, person, cast.HOME)
            customer = self._customer()
            save_card(work, person, CardFacts(customer, self.good, "visa", "4242", 12, 2040))
            for _ in range(count):
                made = sign_up(work, SignUp(person, plan.id, 2, address.id))
                activate_subscription(work, made.id)
            work.session.execute(
                text(
                    "UPDATE box SET bill_at = :now WHERE invoice_id IS NULL AND id IN"
                    " (SELECT DISTINCT ON (subscription_id) id FROM box"
                    "  ORDER BY subscription_id, cycle)"
                ),
                {"now": work.now},
            )
            work.session.flush()
            assert bill_ahead(work) == count
        return [self._claimed() for _ in range(count)]

    def _claimed(self) -> ChargeTicket:
        with self.tools.units(ACTOR) as work:
            ticket = claim_payment(work)
        assert ticket is not None
        return ticket

    def _customer(self) -> str:
        customer = self.client.v1.customers.create({"email": "ada@example.com"})
        for name, number in (("good", GOOD), ("broke", BROKE)):
            from_token = "pm_card_visa" if number == GOOD else "pm_card_chargeCustomerFail"
            made = self.client.v1.payment_methods.attach(from_token, {"customer": customer.id})
            with self.book.work():
                method = self.book.find("payment_method", made.id)
                method["_number"] = number
                self.book.put(method)
            setattr(self, name, made.id)
        return str(customer.id)

    def step(self, history: History) -> None:
        """Let the next thing of a history happen; the provider may refuse it."""
        name = history.steps.pop(0)
        try:
            getattr(self, f"do_{name}")(history)
        except (ApiError, ProviderRefused, OutcomeUnknown, stripe.StripeError):
            return

    def do_create(self, history: History) -> None:
        """The payment is made known; our worker may die before it writes the name down."""
        made = self.tools.gateway.create(history.ticket)
        history.intent = made.provider_id
        history.ticket = replace(history.ticket, provider_id=made.provider_id)
        if self.rng.random() < 0.8:
            with self.tools.units(ACTOR) as work:
                record_created(work, history.ticket, made.provider_id)

    def do_decline(self, history: History) -> None:
        self._confirm(history, self.broke)

    def do_pay(self, history: History) -> None:
        self._confirm(history, self.good)

    def _confirm(self, history: History, card: str) -> None:
        key = f"{history.ticket.idempotency_key}-{self.rng.randrange(10**9)}"
        ticket = replace(history.ticket, card_id=card, idempotency_key=key)
        outcome = self.tools.gateway.confirm(ticket)
        if self.rng.random() < 0.5:  # else the answer is lost
            with self.tools.units(ACTOR) as work:
                apply_outcome(work, outcome, history.ticket)

    def do_refund(self, history: History) -> None:
        """Somebody gives money back on the provider's own pages."""
        amount = self.rng.choice((1, 700, 1499, 1500, 3000))
        self.client.v1.refunds.create({"payment_intent": history.intent, "amount": amount})

    def do_bounce(self, history: History) -> None:
        given = self.book.linked("refund", "payment_intent", history.intent)
        if given:
            self.at(lambda: refunds.fail(self.book, self.rng.choice(given)))

    def do_dispute(self, history: History) -> None:
        amount = self.rng.choice((None, 1000))
        reason = "product_not_received"
        self.at(lambda: disputes.open_dispute(self.book, history.intent, amount, reason))

    def do_evidence(self, history: History) -> None:
        for name in self.book.linked("dispute", "payment_intent", history.intent):
            self.client.v1.disputes.update(name, {"evidence": {"uncategorized_text": "sent"}})

    def do_won(self, history: History) -> None:
        self._close(history, "won")

    def do_lost(self, history: History) -> None:
        self._close(history, "lost")

    def _close(self, history: History, status: str) -> None:
        for name in self.book.linked("dispute", "payment_intent", history.intent):
            self.at(lambda name=name: disputes.close_dispute(self.book, name, status))

    def pay_out(self) -> None:
        """The provider sends its balance to the bank; the bank may refuse it."""
        try:
            made = self.at(lambda: payouts.pay_out(self.book, "usd"))
        except ApiError:
            return
        if self.rng.random() < 0.2:
            self.at(lambda: payouts.fail(self.book, made["id"]))

    def at(self, change: Callable[[], Any]) -> Any:
        with self.book.work():
            return change()

    # What reaches the shop

    def hear(self) -> None:
        """Take up the events that are new at the provider: one to five copies of each."""
        ids = self.book.ids("event")
        for name in ids[self.seen :]:
            event = self.book.get(name)
            if event and event["type"] in KINDS:
                body = dumps(public(event)).encode()
                self.pending += [body] * self.rng.randint(1, 5)
                if self.rng.random() < 0.05:  # the provider may tell one change twice
                    self.pending.append(body.replace(name.encode(), f"{name}twin".encode()))
        self.seen = len(ids)

    def deliver(self) -> None:
        """Bring one waiting copy of an event, whichever."""
        if not self.pending:
            return
        at = self.rng.randrange(len(self.pending))
        self.pending[at], self.pending[-1] = self.pending[-1], self.pending[at]
        self.bring(self.pending.pop())

    def bring(self, body: bytes) -> None:
        """Store one event as the door does."""
        self.deliveries += 1
        with self.tools.units(ACTOR) as work:
            store_event(work, read_event(body, livemode=False))

    def apply(self, stale: float = 0.3) -> bool:
        """Ask about one stored event; the answer may be kept back and applied much later."""
        with self.tools.units(ACTOR) as work:
            event = claim_event(work)
        if event is None:
            return False
        answer = ask(self.tools, event)
        if self.rng.random() < stale:
            self.late.append((event.id, answer))
        else:
            self._apply(event.id, answer)
        return True

    def apply_late(self) -> None:
        """Apply an answer that was given a while ago."""
        if self.late:
            self._apply(*self.late.pop(self.rng.randrange(len(self.late))))

    def _apply(self, event_id: str, answer: Callable[..., Any]) -> None:
        try:
            with self.tools.units(ACTOR) as work:
                finish_event(work, event_id, answer(work))
        except NotKnownYet as unknown:
            with self.tools.units(ACTOR) as work:
                defer_event(work, event_id, str(unknown), early=True)

    def settle(self) -> None:
        """Let everything arrive and be applied."""
        self.hear()
        while self.pending:
            self.deliver()
        while self.late:
            self.apply_late()
        for _ in range(3):
            with self.tools.units(ACTOR) as work:
                work.session.execute(
                    text(
                        "UPDATE provider_event SET next_try_at = clock_timestamp()"
                        ", lease_until = NULL WHERE status = 'waiting'"
                    )
                )
            while self.apply(stale=0.0):
                pass
        with self.tools.units(ACTOR) as work:
            match_open_lines(work)
