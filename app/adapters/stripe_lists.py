"""Stripe's own lists of payments, refunds and events, read page by page."""

import json
from datetime import datetime
from typing import Any

from app.adapters.stripe_calls import StripeCalls
from app.adapters.stripe_gateway import outcome_of, refund_of
from app.billing.ports import Outcome, RefundOutcome

PAGE = 100


class StripeLists:
    """The provider's books on Stripe's list calls; what other programs made is left out."""

    def __init__(self, calls: StripeCalls) -> None:
        self.calls = calls
        self.v1 = calls.client.v1

    def payments(self, since: datetime | None = None) -> list[Outcome]:
        """List our payments."""
        expand = ["data.latest_charge.balance_transaction"]
        rows = all_pages(
            self.calls, "payment_intents", self.v1.payment_intents, since, expand=expand
        )
        return [found for found in map(outcome_of, rows) if found.ours]

    def refunds(self, since: datetime | None = None) -> list[RefundOutcome]:
        """List refunds, those that people made on the provider's own pages too."""
        return [
            refund_of(each) for each in all_pages(self.calls, "refunds", self.v1.refunds, since)
        ]

    def events(self, since: datetime | None = None) -> list[bytes]:
        """List events as they would be delivered, oldest first."""
        rows = all_pages(self.calls, "events", self.v1.events, since)
        return [json.dumps(each.to_dict(for_json=True)).encode() for each in reversed(rows)]

    def find_payment(self, payment_id: str, customer_id: str) -> Outcome | None:
        """Look a payment up by our own number, for when the answer to its creation was lost."""
        rows = all_pages(
            self.calls, "payment_intents", self.v1.payment_intents, None, customer=customer_id
        )
        found = (outcome_of(each) for each in rows)
        return next((each for each in found if each.ours and each.payment_id == payment_id), None)


def all_pages(
    calls: StripeCalls, kind: str, service: Any, since: datetime | None, **more: Any
) -> list[Any]:
    """Read every page of one of the provider's lists, each in its turn, the newest first."""
    params: dict[str, Any] = {"limit": PAGE, **more}
    if since is not None:
        params["created"] = {"gte": int(since.timestamp())}
    rows: list[Any] = []
    while True:
        page = calls.ask(f"{kind}.list", lambda: service.list(dict(params)))
        rows += page.data
        if not page.has_more or not page.data:
            return rows
        params["starting_after"] = page.data[-1].id
