"""Reads a change of stock as people write it: -20%, +240 or =0. Pure."""

import re

CHANGE = re.compile(r"([-+=])\s*(\d{1,7})\s*(%?)")
MOST = 10_000_000


def changed_stock(now: int, change: str) -> int | None:
    """Return how many there would be, never below none; None where the change makes no sense."""
    typed = change.strip().replace("−", "-").replace("％", "%")
    found = CHANGE.fullmatch(typed if typed[:1] in "-+=" else f"={typed}")
    if found is None or (found[1] == "=" and found[3]):
        return None
    amount = int(found[2])
    if found[3]:
        amount = now * amount // 100
    then = {"-": now - amount, "+": now + amount, "=": amount}[found[1]]
    return min(max(then, 0), MOST)
