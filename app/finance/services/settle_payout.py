"""Write down what the provider sent to the bank, and hold each of its lines against the diary."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.unit_of_work import UnitOfWork
from app.finance.dispute_rules import PAYOUT_RANK, RETURNED, payout, payout_back
from app.finance.models import Payout, PayoutLine
from app.finance.ports import Movement, PayoutFacts
from app.finance.rules import Postings, Source, fee
from app.finance.services.post import EntryDraft, post, post_all
from app.finance.services.tell_finance import tell_payout

# The provider's own charges, for its services as such and not for one payment.
PROVIDER_FEES = frozenset({"fee", "network_cost"})
# The name of a line's entry in the diary follows from its category; what it moved at the provider
# must be the same to the cent. A charge's fee is an entry of its own.
MATCH = text("""
UPDATE payout_line AS line SET entry_id = found.entry_id
FROM (
  SELECT each.id, entry.id AS entry_id
  FROM payout_line AS each
  JOIN entry ON (entry.source, entry.source_id) = (
    CASE each.category WHEN 'charge' THEN 'payment' WHEN 'refund' THEN 'refund'
      WHEN 'refund_failure' THEN 'refund_failed' WHEN 'dispute' THEN 'dispute'
      WHEN 'dispute_reversal' THEN 'dispute' WHEN 'payout_reversal' THEN 'payout_back'
      WHEN 'fee' THEN 'provider_fee' WHEN 'network_cost' THEN 'provider_fee' END,
    CASE WHEN each.category IN ('dispute', 'dispute_reversal', 'fee', 'network_cost')
      THEN each.id ELSE each.source_id END)
  JOIN posting AS moved ON moved.entry_id = entry.id AND moved.account = '1100'
  LEFT JOIN entry AS cost ON each.category = 'charge' AND cost.source = 'fee'
    AND cost.source_id = each.source_id
  LEFT JOIN posting AS paid ON paid.entry_id = cost.id AND paid.account = '1100'
  WHERE each.payout_id = :payout AND each.entry_id IS NULL
    AND each.net_cents = moved.amount_cents + coalesce(paid.amount_cents, 0)
) AS found
WHERE line.id = found.id
""")
ADDS_UP = text("""
UPDATE payout SET reconciled_at = :now
WHERE id = :payout AND reconciled_at IS NULL AND read_at IS NOT NULL
  AND amount_cents = (SELECT coalesce(sum(net_cents), 0) FROM payout_line
                      WHERE payout_id = payout.id)
""")


def settle_payout(work: UnitOfWork, facts: PayoutFacts) -> uuid.UUID:
    """Take a payout on to what the provider says of it; return our row's id.

    It leaves the provider's balance when it is made, and comes back when the bank refuses it.
    """
    row = _row(work, facts)
    if PAYOUT_RANK[facts.status] > PAYOUT_RANK[row.status]:
        row.status = facts.status
        row.failure = facts.failure
    row.arrives_on = facts.arrives_on
    work.session.flush()
    _post(work, row, Source.PAYOUT, payout(row.amount_cents))
    if row.status in RETURNED:
        _post(work, row, Source.PAYOUT_BACK, payout_back(row.amount_cents))
    tell_payout(work, row.id)
    return row.id


def reconcile_payout(work: UnitOfWork, facts: PayoutFacts, lines: Sequence[Movement]) -> None:
    """Keep every line of a payout, and match each with the entry that says the same."""
    payout_id = settle_payout(work, facts)
    row = work.session.get_one(Payout, payout_id)
    _post_provider_fees(work, lines)
    if lines:
        work.session.execute(
            insert(PayoutLine).on_conflict_do_nothing(),
            [_line_row(payout_id, each) for each in lines],
        )
    row.read_at = row.read_at or work.now
    work.session.flush()
    match_lines(work, payout_id)


def match_lines(work: UnitOfWork, payout_id: uuid.UUID) -> None:
    """Match the lines of a payout that had no entry so far; mark it when its lines add up."""
    work.session.execute(MATCH, {"payout": payout_id})
    work.session.execute(ADDS_UP, {"payout": payout_id, "now": work.now})
    tell_payout(work, payout_id)


def match_open_lines(work: UnitOfWork) -> int:
    """Try the unmatched lines of all payouts again, whose entry may have come later."""
    payouts = work.session.scalars(
        select(PayoutLine.payout_id).where(PayoutLine.entry_id.is_(None)).distinct()
    ).all()
    for payout_id in payouts:
        match_lines(work, payout_id)
    return len(payouts)


def _row(work: UnitOfWork, facts: PayoutFacts) -> Payout:
    """Return the row of a payout, locked; written now if it is new."""
    work.session.execute(
        insert(Payout)
        .values(
            provider_id=facts.provider_id,
            amount_cents=facts.amount_cents,
            currency=facts.currency,
            status=facts.status,
            made_at=facts.made_at,
            arrives_on=facts.arrives_on,
            failure=facts.failure,
        )
        .on_conflict_do_nothing()
    )
    return work.session.scalars(
        select(Payout)
        .where(Payout.provider_id == facts.provider_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _post(work: UnitOfWork, row: Payout, source: Source, postings: Postings) -> None:
    post(
        work,
        EntryDraft(source, row.provider_id, row.currency, f"Payout {row.provider_id}", postings),
    )


def _post_provider_fees(work: UnitOfWork, lines: Sequence[Movement]) -> None:
    """Write down what the provider took for its services; it is told nowhere else."""
    post_all(
        work,
        [
            EntryDraft(
                Source.PROVIDER_FEE, each.id, each.currency, each.category, fee(-each.net_cents)
            )
            for each in lines
            if each.category in PROVIDER_FEES
        ],
    )


def _line_row(payout_id: uuid.UUID, line: Movement) -> dict[str, object]:
    paid = line.category == "charge" and line.payment_id
    return {
        "id": line.id,
        "payout_id": payout_id,
        "category": line.category,
        "gross_cents": line.gross_cents,
        "fee_cents": line.fee_cents,
        "net_cents": line.net_cents,
        "source_id": line.payment_id if paid else line.source_id,
        "moved_at": line.moved_at,
    }
