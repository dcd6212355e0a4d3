"""What credit and vouchers write into the diary. Pure: facts in, postings out."""

from app.finance.rules import Ledger, Postings, Split, sale


def partly_by_credit(sold: Postings, credit_cents: int) -> Postings:
    """Return a sale of which credit paid a part: no money came for that, a liability went."""
    return {
        **sold,
        Ledger.STRIPE: sold.get(Ledger.STRIPE, 0) - credit_cents,
        Ledger.CREDIT: sold.get(Ledger.CREDIT, 0) + credit_cents,
    }


def credit_given(cents: int) -> Postings:
    """Return what credit out of kindness writes: the shop owes it, and forgoes as much."""
    return {Ledger.REFUNDS: cents, Ledger.CREDIT: -cents}


def paid_by_credit(split: Split) -> Postings:
    """Return what an invoice writes that credit paid as a whole."""
    return partly_by_credit(sale(split), split.gross)


def carried_by_credit(cents: int) -> Postings:
    """Return what paying a rest that was carried over from credit writes."""
    return {Ledger.CREDIT: cents, Ledger.RECEIVABLE: -cents}


def back_as_credit(split: Split, shipped: bool) -> Postings:
    """Return what a refund into somebody's credit writes; before shipping it was not earned."""
    side = Ledger.REFUNDS if shipped else Ledger.DEFERRED
    return {side: split.net, Ledger.TAX: split.tax, Ledger.CREDIT: -split.gross}


def voucher_made(cents: int, sold: bool) -> Postings:
    """Return what a new voucher writes: money that came elsewhere, or a present of the shop."""
    return {Ledger.BANK if sold else Ledger.REFUNDS: cents, Ledger.CREDIT: -cents}


def voucher_expired(cents: int, sold: bool) -> Postings:
    """Return what is left of a voucher that ended: earned if it was sold, else taken back."""
    return {Ledger.CREDIT: cents, Ledger.BREAKAGE if sold else Ledger.REFUNDS: -cents}
