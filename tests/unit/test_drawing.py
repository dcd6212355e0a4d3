"""Columns: gains stand on the line, losses hang from it, and nothing leaves the picture."""

from app.web.staff.drawing import columns


def test_gains_stand_on_the_line_and_losses_hang_from_it():
    drawn = columns(["a", "b"], [[("good", 300, "x"), ("live", 0, ""), ("bad", -100, "y")], []])
    up, down = drawn.bars
    assert drawn.zero == 75 == up.y + up.height == down.y
    assert (up.height, down.height) == (75, 25)


def test_nothing_leaves_the_picture():
    stacks = [[("good", 7 * n, ""), ("live", 13, ""), ("bad", -n, "")] for n in range(24)]
    drawn = columns([str(n) for n in range(24)], stacks)
    assert all(bar.x >= 0 and bar.x + bar.width <= 100 for bar in drawn.bars)
    assert all(bar.y >= -0.02 and bar.y + bar.height <= 100.02 for bar in drawn.bars)
    assert len(drawn.labels) == 12 and sum(minor for _, _, minor in drawn.labels) == 6


def test_an_empty_picture_can_be_drawn():
    assert columns([], []).bars == ()
    assert columns(["a"], [[("good", 0, "")]]).bars == ()
