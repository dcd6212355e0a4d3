"""What Stripe holds for the shop: disputes, payouts with their lines, and the balance."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import stripe

from app.adapters.stripe_calls import OURS, StripeCalls
from app.adapters.stripe_lists import all_pages
from app.finance.dispute_rules import DisputeStatus, PayoutStatus
from app.finance.ports import DisputeFacts, Movement, PayoutFacts

INTENT = "payment_intent"


class StripeMoney:
    """The provider's money on Stripe's calls; everything is asked for anew each time."""

    def __init__(self, calls: StripeCalls) -> None:
        self.calls = calls
        self.v1 = calls.client.v1

    def dispute(self, provider_id: str) -> DisputeFacts:
        """Ask how a dispute stands."""
        return dispute_of(
            self.calls.ask(
                "disputes.retrieve",
                lambda: self.v1.disputes.retrieve(provider_id, {"expand": [INTENT]}),
            )
        )

    def disputes(self, since: datetime | None = None) -> list[DisputeFacts]:
        """List disputes of our payments."""
        rows = all_pages(self.calls, "disputes", self.v1.disputes, since, expand=[f"data.{INTENT}"])
        return [found for found in map(dispute_of, rows) if found.ours]

    def payout(self, provider_id: str) -> PayoutFacts:
        """Ask how a payout stands."""
        return payout_of(
            self.calls.ask("payouts.retrieve", lambda: self.v1.payouts.retrieve(provider_id))
        )

    def payout_lines(self, provider_id: str) -> list[Movement]:
        """List every movement that a payout sends, without the payout's own."""
        rows = all_pages(
            self.calls,
            "balance_transactions",
            self.v1.balance_transactions,
            None,
            payout=provider_id,
            expand=["data.source"],
        )
        found = map(movement_of, rows)
        return [each for each in found if each.source_id != provider_id]

    def balance(self) -> dict[str, int]:
        """Return what the provider holds in each currency, available or on its way."""
        held: Any = self.calls.ask("balance.retrieve", self.v1.balance.retrieve)
        sums: Counter[str] = Counter()
        for part in (*held.available, *held.pending):
            sums[part.currency.upper()] += part.amount
        return dict(sums)


def dispute_of(dispute: stripe.Dispute) -> DisputeFacts:
    """Put a dispute into the product's words."""
    intent = dispute.payment_intent
    known = intent if isinstance(intent, stripe.PaymentIntent) else None
    labels = known.metadata.to_dict() if known and known.metadata else {}
    due = dispute.evidence_details.due_by if dispute.evidence_details else None
    return DisputeFacts(
        provider_id=dispute.id,
        provider_payment_id=known.id if known else None,
        amount_cents=dispute.amount,
        currency=dispute.currency.upper(),
        reason=dispute.reason,
        status=DisputeStatus(dispute.status),
        opened_at=_moment(dispute.created),
        due_by=_moment(due) if due else None,
        movements=tuple(map(movement_of, dispute.balance_transactions)),
        ours=labels.get("app") == OURS,
    )


def payout_of(payout: stripe.Payout) -> PayoutFacts:
    """Put a payout into the product's words."""
    return PayoutFacts(
        provider_id=payout.id,
        amount_cents=payout.amount,
        currency=payout.currency.upper(),
        status=PayoutStatus(payout.status),
        made_at=_moment(payout.created),
        arrives_on=_moment(payout.arrival_date).date(),
        failure=payout.failure_message or payout.failure_code,
    )


def movement_of(row: stripe.BalanceTransaction) -> Movement:
    """Put a balance transaction into the product's words."""
    source: Any = row.source
    plain = source is None or isinstance(source, str)
    paid = None if plain or INTENT not in source else source[INTENT]
    return Movement(
        id=row.id,
        category=row.reporting_category,
        gross_cents=row.amount,
        fee_cents=row.fee,
        net_cents=row.net,
        currency=row.currency.upper(),
        source_id=(source or "") if plain else source.id,
        payment_id=paid.id if isinstance(paid, stripe.PaymentIntent) else paid,
        moved_at=_moment(row.created),
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
