"""Random orders, and the laws that every one of them must keep.

Shared by the tests of pricing and by the long run over a million orders.
"""

import random
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from app.billing.coupon_rules import boxes_left
from app.billing.pricing_rules import Delivery, Item, LineKind, Off, Order, Quote, QuoteLine, quote
from app.billing.refund_rules import PaidLine, refund_by_amount, refund_by_line
from app.core.money import split_evenly
from app.subscriptions.term_rules import Period, instalment_cents, proration_cents, unused_cents

RATES = (0, 0, 500, 625, 700, 887, 1600, 1900, 2100, 2700)
KINDS = (LineKind.BOX, LineKind.ADD_ON)
HALF = Fraction(1, 2)
_LAST: dict[str, Any] = {}


def make_order(seed: int) -> Order:
    """Return the order of a number: the same one every time."""
    dice = random.Random(seed)
    rates = [dice.choice(RATES) for _ in range(dice.choice((1, 1, 2, 3)))]
    return Order(
        items=tuple(_item(dice, rates) for _ in range(dice.choice((1, 1, 2, 3, 6)))),
        offs=tuple(_off(dice) for _ in range(dice.choice((0, 0, 1, 2)))),
        delivery=_delivery(dice, rates) if dice.random() < 0.4 else None,
        inclusive=dice.random() < 0.4,
        exempt=dice.random() < 0.1,
        covered=dice.random() < 0.1,
        credit_cents=dice.choice((0, 0, 1, 500, 3000, 10**7)),
    )


def _item(dice: random.Random, rates: list[int]) -> Item:
    cents = dice.choice((0, 1, 99, 1500, 2999, dice.randrange(1, 50_000), dice.randrange(10**7)))
    return Item(
        dice.choice(KINDS), "Thing", dice.choice((0, 1, 1, 2, 7)), cents, dice.choice(rates)
    )


def _off(dice: random.Random) -> Off:
    kinds = frozenset(dice.sample([*KINDS, LineKind.SHIPPING], dice.choice((1, 1, 2, 3))))
    if dice.random() < 0.5:
        return Off("Off", off_bp=dice.choice((1, 333, 1000, 5000, 10_000)), kinds=kinds)
    return Off("Off", off_cents=dice.choice((1, 500, 1999, 10**8)), kinds=kinds)


def _delivery(dice: random.Random, rates: list[int]) -> Delivery:
    free = dice.choice((None, 0, 2500, 10_000))
    return Delivery("Delivery", dice.choice((0, 1, 495, 1250)), free, dice.choice(rates))


def priced(order: Order) -> Quote:
    """Return the quote of an order; several laws in a row ask for the same one."""
    if _LAST.get("order") is not order:
        _LAST.update(order=order, quote=quote(order))
    return _LAST["quote"]


def lines_add_up(order: Order) -> None:
    """The lines come to the total, none costs less than nothing, credit pays at most all of it."""
    found = priced(order)
    assert found.total == sum(each.gross_cents for each in found.lines)
    assert sum(each.amount_cents for each in found.lines) == (
        found.total if found.inclusive else found.net
    )
    for each in found.lines:
        assert each.net_cents >= 0
        assert each.tax_cents >= 0
        assert (each.kind is LineKind.REDUCTION) == (each.amount_cents < 0)
        assert 0 <= each.discount_cents <= max(0, each.amount_cents)
    assert sum(each.discount_cents for each in found.lines) == -sum(
        each.amount_cents for each in found.lines if each.kind is LineKind.REDUCTION
    )
    assert 0 <= found.credit_cents <= min(order.credit_cents, found.total)
    assert found.due + found.credit_cents == found.total


def tax_is_rounded_once(order: Order) -> None:
    """The tax of each rate is within half a cent of the exact one; whoever is exempt pays none."""
    found = priced(order)
    for rate, (net, tax) in by_rate(found).items():
        base = 10_000 + rate if found.inclusive else 10_000
        worth = net + tax if found.inclusive else net
        assert abs(2 * (tax * base - worth * rate)) <= base
    assert not (order.exempt and found.tax)


def refunds_come_to_what_was_paid(order: Order) -> None:
    """Refunds never exceed what was paid, and all of them together give back each line's split."""
    found = priced(order)
    dice = random.Random(found.total)
    lines = [PaidLine(each.net_cents, each.tax_cents) for each in found.lines]
    back = [[0, 0] for _ in lines]
    while left := sum(line.left_cents for line in lines):
        cents = dice.choice((1, left, dice.randint(1, left), max(1, left // 2)))
        parts = refund_by_amount(lines, cents) if dice.random() < 0.5 else _by_line(dice, lines)
        for at, part in parts.items():
            assert part.net_cents >= 0
            assert part.tax_cents >= 0
            lines[at] = replace(lines[at], back_cents=lines[at].back_cents + part.gross_cents)
            back[at][0] += part.net_cents
            back[at][1] += part.tax_cents
            assert lines[at].left_cents >= 0
        _refuses_more(lines)
        if dice.random() < 0.4:
            parts = refund_by_amount(lines, rest) if (rest := _left(lines)) else {}
            for at, part in parts.items():
                lines[at] = replace(lines[at], back_cents=lines[at].back_cents + part.gross_cents)
                back[at][0] += part.net_cents
                back[at][1] += part.tax_cents
    assert back == [[each.net_cents, each.tax_cents] for each in found.lines]


def _left(lines: list[PaidLine]) -> int:
    return sum(line.left_cents for line in lines)


def _by_line(dice: random.Random, lines: list[PaidLine]):
    at = dice.choice([place for place, line in enumerate(lines) if line.left_cents])
    return refund_by_line(lines, {at: dice.randint(1, lines[at].left_cents)})


def _refuses_more(lines: list[PaidLine]) -> None:
    try:
        refund_by_amount(lines, _left(lines) + 1)
    except ValueError:
        return
    raise AssertionError("more was given back than was paid")


def inclusive_and_exclusive_agree(order: Order) -> None:
    """The gross prices of an exclusive quote, priced as inclusive ones, have the same tax."""
    found = quote(replace(order, inclusive=False, exempt=False, credit_cents=0))
    gross = tuple(
        Item(each.kind, each.text, 1, each.gross_cents, each.tax_bp)
        for each in found.lines
        if each.kind is not LineKind.REDUCTION
    )
    again = quote(Order(gross, inclusive=True))
    assert by_rate(again) == by_rate(found)
    assert (again.net, again.tax) == (found.net, found.tax)


def an_exemption_is_applied_once(order: Order) -> None:
    """Whoever is exempt pays the net price of everybody else, however often it is priced."""
    exempt = quote(replace(order, exempt=True, credit_cents=0))
    plain = quote(replace(order, exempt=False, credit_cents=0))
    assert exempt.total == plain.net
    left = tuple(
        Item(each.kind, each.text, 1, each.gross_cents, each.tax_bp)
        for each in exempt.lines
        if each.kind is not LineKind.REDUCTION
    )
    assert quote(Order(left, inclusive=True, exempt=True)).total == exempt.total


def a_discount_never_makes_it_dearer(order: Order) -> None:
    """With a coupon the goods cost no more than without; delivery may only lose its free line."""
    plain = quote(replace(order, offs=(), delivery=None, credit_cents=0))
    less = quote(replace(order, delivery=None, credit_cents=0))
    assert less.net <= plain.net
    assert less.total <= plain.total


def instalments_add_up(order: Order) -> None:
    """A total split over shipments is exact; the remainder falls on the last one."""
    total = priced(order).total
    parts = 1 + total % 13
    split = split_evenly(total, parts)
    assert sum(split) == total
    assert set(split[:-1]) <= {total // parts}
    assert split[-1] - total // parts == total % parts
    sent = total % (parts + 1)
    assert sum(split[:sent]) + sum(split[sent:]) == total


def coupons_are_used_as_often_as_paid(order: Order) -> None:
    """However payments end, a coupon for n boxes makes exactly n paid ones cheaper, or all so far.

    An invoice that is called off or given back whole returns its use; one that is open keeps it.
    """
    dice = random.Random(priced(order).total + 7)
    boxes = dice.choice((None, 1, 2, 3, 6))
    cheaper: list[str] = []
    plain = 0
    for _ in range(dice.randint(1, 20)):
        live = sum(state in ("open", "paid") for state in cheaper)
        if boxes_left(boxes, live):
            cheaper.append("open")
        else:
            plain += 1
        for at, state in enumerate(cheaper):
            if state == "open" and dice.random() < 0.7:
                cheaper[at] = dice.choice(("paid", "paid", "void"))
            elif state == "paid" and dice.random() < 0.05:
                cheaper[at] = "refunded"
        assert boxes is None or sum(state in ("open", "paid") for state in cheaper) <= boxes
    assert not plain or boxes is not None


def terms_and_switches_lose_no_cent(order: Order) -> None:
    """What is given back of a term is what its boxes did not earn; a switch there and back is free.

    A switch is within half a cent of days left times the difference of a day's price.
    """
    total = priced(order).total
    dice = random.Random(total + 11)
    boxes = dice.randint(1, 13)
    used = dice.sample(range(1, boxes + 1), dice.randint(0, boxes))
    earned = sum(instalment_cents(total, boxes, number) for number in used)
    assert earned + unused_cents(total, boxes, used) == total
    old, new = Period(total, dice.choice((7, 30, 365))), Period(dice.randrange(10**6), 30)
    left = dice.randint(0, 30)
    cost = proration_cents(old, new, left)
    assert cost == -proration_cents(new, old, left)
    assert abs(cost - left * (new.per_day - old.per_day)) <= HALF


def by_rate(found: Quote) -> dict[int, tuple[int, int]]:
    """Return (net, tax) for each rate that is there."""
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for each in priced_lines(found):
        sums[each.tax_bp][0] += each.net_cents
        sums[each.tax_bp][1] += each.tax_cents
    return {rate: (net, tax) for rate, (net, tax) in sums.items()}


def priced_lines(found: Quote) -> list[QuoteLine]:
    """Return the lines that cost something, without those that only tell what came off."""
    return [each for each in found.lines if each.kind is not LineKind.REDUCTION]


LAWS = (
    lines_add_up,
    tax_is_rounded_once,
    refunds_come_to_what_was_paid,
    inclusive_and_exclusive_agree,
    an_exemption_is_applied_once,
    a_discount_never_makes_it_dearer,
    instalments_add_up,
    coupons_are_used_as_often_as_paid,
    terms_and_switches_lose_no_cent,
)
ORDERS = st.integers(0, 2**48).map(make_order)
