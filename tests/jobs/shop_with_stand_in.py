"""A small shop whose payment provider is the stand-in, over HTTP, as in the sandbox."""

import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import requests
from sqlalchemy import select

from app.billing.models import Account
from app.billing.ports import CardFacts
from app.billing.services.save_card import save_card
from app.core.clock import real_now
from app.core.outbox import Letter
from app.core.unit_of_work import Actor
from app.finance.models import Posting
from app.finance.rules import Violation
from app.fulfilment.models import Batch
from app.fulfilment.services.activate_subscription import activate_subscription
from app.jobs.batches import run_batch
from app.jobs.letters import send_mail
from app.people.services.save_address import save_address
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.services.sign_up import SignUp, sign_up
from app.wiring.prove_books import prove_books
from app.wiring.tools import Tools
from tests import cast
from tests.conftest import FrozenClock

GOOD = "4242424242424242"
BROKE = "4000000000000341"
ASKS = "4000002760003184"
STOLEN = "4000000000009979"
SECRET = "whsec_sandbox"
ACTOR = Actor("system", "test")


@dataclass
class ShopWithStandIn:
    """The shop, its clock, and the levers of the stand-in."""

    tools: Tools
    clock: FrozenClock
    url: str
    plan: Plan

    def pull(self, path: str, **body: Any) -> dict[str, Any]:
        """Pull one of the stand-in's levers."""
        answer = requests.post(f"{self.url}/_sandbox/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return dict(answer.json())

    def fault(self, kind: str, path: str, times: int = 1, seconds: float = 0.0) -> None:
        """Let the next matching requests fail."""
        self.pull("faults", kind=kind, path_prefix=path, times=times, seconds=seconds)

    def new_card(self, number: str, email: str = "x@example.com") -> tuple[str, str]:
        """Return a customer of the stand-in with a saved card."""
        made = self.pull("customers/bulk", customers=[{"email": email, "card": number}])
        row = made["customers"][0]
        return row["customer"], row["payment_method"]

    def subscribe(self, name: str, card: str | None = GOOD) -> Subscription:
        """Let somebody sign up with a card that behaves like `card`."""
        customer = self.new_card(card, f"{name.lower()}@example.com") if card else None
        with self.tools.units(ACTOR) as work:
            person = cast.register(work, name)
            address = save_address(work, person, replace(cast.HOME, name=name))
            made = sign_up(work, SignUp(person, self.plan.id, 2, address.id))
            if customer:
                save_card(work, person, CardFacts(*customer, "visa", card[-4:], 12, 2040))
            return activate_subscription(work, made.id)

    def change_card(self, subscription: Subscription, number: str) -> None:
        """Let the card on file behave like another test card."""
        with self.tools.units(ACTOR) as work:
            account = self.account(work, subscription)
        self.pull(f"payment_methods/{account.card_id}/card", card=number)

    def account(self, work, subscription: Subscription):
        """Return the account of a subscriber at the provider."""
        return work.session.get_one(Account, subscription.subscriber_id)

    def close_first_batch(self) -> date:
        """Let the clock stand at the lock of the next batch and run it."""
        with self.tools.units(ACTOR) as work:
            batch = work.session.scalars(
                select(Batch).where(Batch.composed_at.is_(None)).order_by(Batch.ships_on)
            ).first()
        assert batch is not None
        self.clock.move_to(batch.locks_at)
        run_batch(self.tools, batch.id)
        return batch.ships_on

    def move_to(self, moment: datetime) -> None:
        """Move the shop's clock."""
        self.clock.move_to(moment)

    def rows(self, kind: type) -> list[Any]:
        """Return all rows of a table."""
        with self.tools.units(ACTOR) as work:
            return list(work.session.scalars(select(kind)).all())

    def one(self, kind: type) -> Any:
        """Return the only row of a table."""
        (row,) = self.rows(kind)
        return row

    def letters(self, *kinds: str) -> list[Letter]:
        """Return the letters of some kinds in the order they were promised."""
        found = [each for each in self.rows(Letter) if each.kind in kinds]
        return sorted(found, key=lambda each: each.id)

    def balance(self) -> dict[str, int]:
        """Return every account's balance."""
        sums: dict[str, int] = {}
        for row in self.rows(Posting):
            sums[row.account.value] = sums.get(row.account.value, 0) + row.amount_cents
        return {account: cents for account, cents in sums.items() if cents}

    def wrong(self) -> tuple[Violation, ...]:
        """Send what was promised, and return what does not hold in the books."""
        send_mail(self.tools)
        return prove_books(self.tools, ACTOR)

    def successes(self) -> list[str]:
        """Return the provider's own list of successful charges, by our payment."""
        found = self.tools.books.payments()
        return [str(each.payment_id) for each in found if each.status.value == "succeeded"]


def signed(event: dict[str, Any], secret: str = SECRET, at: int | None = None) -> tuple[bytes, str]:
    """Return an event's body and the header that proves it."""
    body = json.dumps(event).encode()
    moment = int(real_now().timestamp()) if at is None else at
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return body, f"t={moment},v1={digest}"


def event(kind: str, thing: dict[str, Any], name: str = "evt_1", **more: Any) -> dict[str, Any]:
    """Return an event as the provider would send it."""
    return {
        "id": name,
        "object": "event",
        "type": kind,
        "created": 100,
        "livemode": False,
        "data": {"object": thing},
        **more,
    }
