"""What a box's contents are worth beside their price, and what a substitute may cost. Pure."""

# How far contents may be worth more or less than they cost before somebody should look, per cent.
PER_CENT = 5


def agreed_price(own_cents: int, replaced_cents: int | None) -> int:
    """Return the unit price of a line: a substitute never costs more than what it replaces."""
    return own_cents if replaced_cents is None else min(own_cents, replaced_cents)


def guard_word(contents_cents: int, price_cents: int) -> str:
    """Say whether contents are worth over 5 % more than their price, over 5 % less, or neither."""
    distance = 100 * (contents_cents - price_cents)
    if distance > PER_CENT * price_cents:
        return "more"
    return "less" if distance < -PER_CENT * price_cents else "fair"
