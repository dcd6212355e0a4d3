"""Quotes before and after their tax is known. Pure: a quote and taxes in, a quote out."""

from collections.abc import Sequence
from dataclasses import replace

from app.billing.pricing_rules import TOLD, Quote, QuoteLine, taxed_lines
from app.core.money import BASIS_POINTS, share_of


def untaxed(priced: Quote) -> Quote:
    """Return a quote before its tax is known; it keeps the rates, and uses no credit yet."""
    lines = [
        line.changed(line.discount_cents, line.left_cents, 0, line.tax_bp) for line in _real(priced)
    ]
    return replace(priced, lines=(*lines, *_told(priced)), credit_cents=0)


def taxed(priced: Quote, taxes: Sequence[int] | None) -> Quote:
    """Return an untaxed quote with the tax of each real line in cents; None is by its own rates.

    A line's rate becomes what its tax comes to, in whole basis points.

    Raises:
        ValueError: There are more or fewer taxes than lines.
    """
    if taxes is None:
        lines = taxed_lines(_real(priced), priced.inclusive)
        return replace(priced, lines=(*lines, *_told(priced)))
    made = []
    for line, tax in zip(_real(priced), taxes, strict=True):
        net = line.left_cents - (tax if priced.inclusive else 0)
        rate = share_of(tax, BASIS_POINTS, net) if net else 0
        made.append(line.changed(line.discount_cents, net, tax, rate))
    return replace(priced, lines=(*made, *_told(priced)))


def _real(priced: Quote) -> list[QuoteLine]:
    return [line for line in priced.lines if line.kind not in TOLD]


def _told(priced: Quote) -> list[QuoteLine]:
    return [line for line in priced.lines if line.kind in TOLD]
