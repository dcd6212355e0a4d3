"""When a swap is granted: by what is left, and by what the coffee is worth to others."""

from app.fulfilment.swap_rules import WISH, Supply, fitting, grants


def test_plenty_is_granted_whatever_its_price() -> None:
    assert grants(Supply(free=10, open_boxes=10, price=3.0), units=2, gain=-1.0)


def test_what_nobody_else_would_gain_from_is_granted_while_it_lasts() -> None:
    assert grants(Supply(free=1, open_boxes=10), units=1, gain=-2.0)
    assert not grants(Supply(free=1, open_boxes=10), units=2, gain=2.0)
    assert not grants(Supply(free=0, open_boxes=0), units=1, gain=2.0)


def test_what_is_scarce_is_granted_to_who_gains_its_price() -> None:
    scarce = Supply(free=2, open_boxes=10, price=1.0)
    assert grants(scarce, units=1, gain=1.0 - WISH)
    assert not grants(scarce, units=1, gain=0.9 - WISH)


def test_the_best_third_fits() -> None:
    assert fitting([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) == 5.0
    assert fitting([2.5]) == 2.5 and fitting([]) == 0.0
