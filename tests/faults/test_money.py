"""Workers die where money moves; nobody pays twice, nobody for nothing (`--money` tries it all)."""

import uuid

from tests.faults.money import money_shop
from tests.faults.money_cells import Cell
from tests.faults.scene import build_scene


def test_two_weeks_of_dying_workers_leave_the_books_balanced(postgres_url, tmp_path):
    name = f"money_{uuid.uuid4().hex[:8]}"
    scene = build_scene(postgres_url, name, tmp_path, count=5)
    with money_shop(scene, f"{name}_run") as shop:
        forgotten = shop.week(Cell("charge.confirmed", 25, 1), 0)
        given_back = shop.week(Cell("refund.asked", 0, 3), 1)
    scene.drop(name)
    assert forgotten.right, forgotten
    assert given_back.right, given_back
