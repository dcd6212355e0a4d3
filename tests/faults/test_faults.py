"""A kill at any named point changes nothing in the end; `make faults` tries each five times."""

import uuid
from collections.abc import Iterator

import pytest

from app.core.fail_points import FAIL_POINTS
from tests.faults.money_cells import MONEY_POINTS
from tests.faults.runs import POINTS, killed_at, orphaned_at, undisturbed
from tests.faults.scene import Scene, build_scene

SHORT_CUT = (
    "lock.before_commit:1",
    "compose.boxes_written:1",
    "compose.after_commit:1",
    "charge.created:4",
    "charge.confirmed:9",
    "settle.before_commit:9",
    "webhook.before_commit:4",
    "export.before_commit:1",
    "mail.sent:4",
)
State = dict[str, list[str]]


@pytest.fixture(scope="module")
def scene(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    # A name of its own, since two runs of these tests may share a server.
    name = f"faults_{uuid.uuid4().hex[:8]}"
    built = build_scene(postgres_url, name, tmp_path_factory.mktemp("provider"))
    yield built
    built.drop(built.name)


@pytest.fixture(scope="module")
def wanted(scene: Scene) -> State:
    return undisturbed(scene, f"{scene.name}_undisturbed")


def test_the_undisturbed_shop_charges_all_but_the_bad_cards(wanted: State) -> None:
    paid = [row for row in wanted["payments"] if "succeeded" in row]
    assert (len(wanted["payments"]), len(paid), len(wanted["parcels"])) == (24, 21, 21)


@pytest.mark.parametrize("fail_at", SHORT_CUT)
def test_a_kill_changes_nothing_in_the_end(scene: Scene, wanted: State, fail_at: str) -> None:
    verdict = killed_at(scene, fail_at, f"{scene.name}_run", wanted)
    assert verdict.killed
    assert verdict.difference == "{}"
    assert (verdict.paid, verdict.paid_twice) == (21, 0)


def test_a_worker_whose_parent_is_killed_is_replaced(scene: Scene, wanted: State) -> None:
    verdict = orphaned_at(scene, "charge.created", f"{scene.name}_parent", wanted)
    assert verdict.killed
    assert verdict.difference == "{}"
    assert (verdict.paid, verdict.paid_twice) == (21, 0)


def test_a_kill_between_two_shards_changes_nothing_in_the_end(scene: Scene) -> None:
    wanted = undisturbed(scene, f"{scene.name}_large", large=True)
    verdict = killed_at(scene, "shards.composed:2", f"{scene.name}_run", wanted)
    assert verdict.killed
    assert verdict.difference == "{}"
    assert (verdict.paid, verdict.paid_twice) == (21, 0)


def test_every_fail_point_is_tried() -> None:
    # Storing an event is a single statement of the web door; its stories cover it there. Telling
    # other programs moves no money; `tests/jobs/test_hook_deliveries.py` lets a worker die there.
    # Nor does asking for a tax, by the key of its invoice.
    assert set(FAIL_POINTS) - set(POINTS) - set(MONEY_POINTS) == {
        "tax.before_ask",
        "tax.answered",
        "webhook.stored",
        "hook.sent",
    }
