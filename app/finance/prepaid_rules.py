"""What boxes that are paid ahead write into the diary. Pure: facts in, postings out."""

from app.finance.rules import Ledger, Postings, Split


def prepaid_sale(split: Split) -> Postings:
    """Return what selling boxes ahead writes: owed as boxes until each ships; tax is due now."""
    return {Ledger.STRIPE: split.gross, Ledger.PREPAID: -split.net, Ledger.TAX: -split.tax}


def instalment(cents: int) -> Postings:
    """Return what shipping one of these boxes writes: its own part is earned."""
    return {Ledger.PREPAID: cents, Ledger.BOXES: -cents}


def prepaid_refund(amount: int, forgone: int, tax: int) -> Postings:
    """Return what giving back the boxes that never came writes.

    Nothing of `forgone` stays owed as boxes. What was given back for them before, as goodwill,
    stood as a refund and is taken off it.
    """
    return {
        Ledger.PREPAID: forgone,
        Ledger.TAX: tax,
        Ledger.STRIPE: -amount,
        Ledger.REFUNDS: amount - forgone - tax,
    }


def goodwill(split: Split) -> Postings:
    """Return what a refund for boxes paid ahead writes that takes no box away."""
    return {Ledger.REFUNDS: split.net, Ledger.TAX: split.tax, Ledger.STRIPE: -split.gross}
