"""The shop that the stories live in: real tools, a real provider beside it, a clock to move."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import requests
from sqlalchemy import select, text

from app.billing.models import Attempt, Invoice, Payment, Refund
from app.billing.ports import CardFacts, Outcome
from app.billing.rules import PaymentStatus
from app.billing.services.save_card import save_card
from app.core.clock import put_clock
from app.core.outbox import Letter
from app.core.unit_of_work import Actor
from app.finance.rules import Violation
from app.finance.services.check_books import check_books
from app.fulfilment.models import Batch, Box, BoxLine
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.activate_subscription import activate_subscription
from app.jobs.advance import advance_to
from app.jobs.drain import drain
from app.jobs.events import fetch_missed_events
from app.people.services.save_address import save_address
from app.personalization.services.set_exclusions import set_exclusions
from app.sandbox.serving import Running
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.services.sign_up import SignUp, sign_up
from app.wiring.prove_books import provider_facts
from app.wiring.tools import Tools
from tests.cast import HOME, SHELF, add_plan, register, stock_shelf

GOOD = "4242424242424242"
EMPTY = "4000000000009995"
LOST = "4000000000009987"
STOLEN = "4000000000009979"
ASKS = "4000002500003155"


@dataclass(frozen=True)
class Person:
    """Somebody in a story: who they are here and at the provider."""

    name: str
    id: uuid.UUID
    customer: str
    card: str


@dataclass
class StoryShop:
    """A shop with verbs. Each opens its own units of work, as the doors do."""

    tools: Tools
    provider: Running
    actor: Actor = field(default_factory=lambda: Actor("system", "story"))

    # Time

    @property
    def now(self) -> datetime:
        with self.tools.units(self.actor) as work:
            return work.now

    def put(self, moment: datetime) -> None:
        """Put the clocks of the shop and of the provider at `moment`; nothing runs."""
        with self.tools.units(self.actor) as work:
            put_clock(work.session, moment)
        self.lever("clock", now=int(moment.timestamp()))

    def run_due(self) -> None:
        """Do all that is due by now: resume, plan, bill, lock, compose, charge, refund."""
        drain(self.tools)

    def live_at(self, moment: datetime) -> None:
        """Put the clock at `moment` and do what is due then."""
        self.put(moment)
        self.run_due()

    def advance(self, moment: datetime) -> None:
        """Play the time until `moment` through the product's own loop."""
        advance_to(self.tools, moment)

    # The provider

    def lever(self, path: str, **content: Any) -> Any:
        answer = requests.post(f"{self.provider.url}/_sandbox/{path}", json=content, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def change_card(self, person: Person, number: str) -> None:
        """Let the card on file behave like another test card."""
        self.lever(f"payment_methods/{person.card}/card", card=number)

    def give_new_card(self, person: Person, number: str = GOOD) -> Person:
        """Let somebody put another card on file."""
        made = self._at_provider(person.name, number)
        facts = CardFacts(person.customer, made["payment_method"], "visa", "4242", 12, 2040)
        client = self.tools.cards.calls.client.v1  # type: ignore[attr-defined]
        fresh = client.payment_methods.create(
            {"type": "card", "card": {"token": "tok_visa"}}, {"idempotency_key": uuid.uuid4().hex}
        )
        client.payment_methods.attach(fresh.id, {"customer": person.customer})
        self.lever(f"payment_methods/{fresh.id}/card", card=number)
        with self.tools.units(self.actor) as work:
            save_card(work, person.id, replace(facts, card_id=fresh.id, made_at=fresh.created))
        return replace(person, card=fresh.id)

    def taken(self) -> list[Outcome]:
        """Return every payment that the provider collected."""
        found = self.tools.books.payments()
        return [each for each in found if each.status is PaymentStatus.SUCCEEDED]

    # People

    def stock(self, *shelf: Any) -> dict[str, uuid.UUID]:
        with self.tools.units(self.actor) as work:
            return stock_shelf(work, shelf or SHELF)

    def plan(self, fields: Any, **terms: Any) -> Plan:
        with self.tools.units(self.actor) as work:
            return add_plan(work, fields, **terms)

    def person(self, name: str, card: str = GOOD) -> Person:
        """Register somebody with a card at the provider that is not on file here yet."""
        with self.tools.units(self.actor) as work:
            person_id = register(work, name)
        made = self._at_provider(name, card)
        return Person(name, person_id, made["customer"], made["payment_method"])

    def subscribe(
        self, who: str | Person, plan: Plan, size: int = 2, card: str = GOOD, exclusions: Any = ()
    ) -> tuple[Person, Subscription]:
        """Let somebody sign up, put their card on file and start."""
        person = who if isinstance(who, Person) else self.person(who, card)
        with self.tools.units(self.actor) as work:
            set_exclusions(work, person.id, tuple(exclusions))
            address = save_address(work, person.id, replace(HOME, name=person.name))
            wanted = sign_up(work, SignUp(person.id, plan.id, size, address.id))
            save_card(work, person.id, card_facts(person))
            return person, activate_subscription(work, wanted.id)

    def _at_provider(self, name: str, card: str) -> dict[str, str]:
        wanted = {"id_hint": name, "email": f"{name.lower()}@example.com", "name": name}
        return dict(
            self.lever("customers/bulk", customers=[{**wanted, "card": card}])["customers"][0]
        )

    # What stands in the books

    def check(self) -> tuple[Violation, ...]:
        """Prove the books against the provider's own lists, when all is quiet.

        Events that no door was open for are fetched as every night.
        """
        drain(self.tools)
        if not self.provider.book.endpoint["url"]:
            fetch_missed_events(self.tools)
            drain(self.tools)
        books = self.tools.books
        events = tuple(str(json.loads(each)["id"]) for each in books.events())
        facts = replace(provider_facts(self.tools), event_ids=events)
        with self.tools.units(self.actor) as work:
            return check_books(work, facts)

    def rows(self, kind: Any, *where: Any) -> list[Any]:
        with self.tools.sessions() as session:
            return list(session.scalars(select(kind).where(*where)))

    def boxes(self, subscription: Subscription) -> list[Box]:
        with self.tools.sessions() as session:
            query = select(Box).where(Box.subscription_id == subscription.id).order_by(Box.cycle)
            return list(session.scalars(query))

    def box_on(self, subscription: Subscription, day: date) -> Box:
        return next(box for box in self.boxes(subscription) if box.ships_on == day)

    def shipped_days(self, subscription: Subscription) -> list[date]:
        """Return the days of the boxes that were released or have shipped."""
        gone = (BoxStatus.RELEASED, BoxStatus.SHIPPED)
        return [box.ships_on for box in self.boxes(subscription) if box.status in gone]

    def lines(self, box: Box) -> list[BoxLine]:
        with self.tools.sessions() as session:
            query = select(BoxLine).where(BoxLine.box_id == box.id).order_by(BoxLine.position)
            return list(session.scalars(query))

    def batch(self, day: date, run: int = 1) -> Batch:
        return self.rows(Batch, Batch.ships_on == day, Batch.run == run)[0]

    def payment(self, box: Box) -> Payment:
        return self.rows(Payment, Payment.invoice_id == box.invoice_id)[0]

    def invoice(self, box: Box) -> Invoice:
        return self.rows(Invoice, Invoice.id == box.invoice_id)[0]

    def attempts(self, box: Box) -> list[Attempt]:
        found = self.rows(Attempt, Attempt.payment_id == self.payment(box).id)
        return sorted(found, key=lambda attempt: attempt.number)

    def refunds(self, box: Box) -> list[Refund]:
        return self.rows(Refund, Refund.payment_id == self.payment(box).id)

    def letters(self, kind: str) -> list[Letter]:
        return sorted(self.rows(Letter, Letter.kind == kind), key=lambda letter: letter.id)

    def box_count(self, status: str) -> int:
        return len(self.rows(Box, Box.status == BoxStatus(status)))

    def webhooks_left(self) -> int:
        """Return how many deliveries of the provider's events are still to come."""
        state = requests.get(f"{self.provider.url}/_sandbox/webhooks", timeout=10).json()
        return int(state["planned"] + state["pending"])

    def sql(self, query: str, **values: Any) -> list[Any]:
        with self.tools.sessions() as session:
            return list(session.execute(text(query), values))


def subscribe_many(
    shop: StoryShop, plan: Plan, count: int, card: Callable[[int], str] = lambda at: GOOD
) -> list[tuple[Person, Subscription]]:
    """Let many people sign up at once; `card` chooses each one's test card."""
    names = [f"Person{at}" for at in range(count)]
    rows = [{"email": f"{name}@example.com", "card": card(at)} for at, name in enumerate(names)]
    made = shop.lever("customers/bulk", customers=rows)["customers"]
    found = []
    with shop.tools.units(shop.actor) as work:
        for name, at_provider in zip(names, made, strict=True):
            person = Person(
                name, register(work, name), at_provider["customer"], at_provider["payment_method"]
            )
            address = save_address(work, person.id, replace(HOME, name=name))
            wanted = sign_up(work, SignUp(person.id, plan.id, 2, address.id))
            save_card(work, person.id, card_facts(person))
            found.append((person, activate_subscription(work, wanted.id)))
    return found


def card_facts(person: Person, made_at: int = 0) -> CardFacts:
    """Return somebody's card as the provider reports it."""
    return CardFacts(person.customer, person.card, "visa", "4242", 12, 2040, made_at=made_at)
