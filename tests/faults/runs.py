"""Kills a life of a batch at a named point, lets it start again, and looks at what it came to."""

import os
import signal
import time
import traceback
from dataclasses import dataclass

from app.core.job_names import Job
from app.wiring.tools import Tools
from tests.faults.life import let_leases_pass, live, tools_for
from tests.faults.scene import Scene
from tests.faults.state import difference, state_of, successes_at_provider
from tests.faults.worker import RealWorker

# Where a life may end, and how often the point is passed before it does. Points that are passed
# once for each box are hit early, in the middle and late.
ONCE = (1, 1, 1, 1, 1)
OFTEN = (1, 4, 9, 15, 20)
POINTS: dict[str, tuple[int, ...]] = {
    "lock.boxes_locked": ONCE,
    "lock.before_commit": ONCE,
    "lock.after_commit": ONCE,
    "compose.solved": ONCE,
    "compose.stock_reserved": ONCE,
    "compose.boxes_written": ONCE,
    "compose.before_commit": ONCE,
    "compose.after_commit": ONCE,
    "charge.claimed": OFTEN,
    "charge.before_create": OFTEN,
    "charge.created": OFTEN,
    "charge.recorded": OFTEN,
    "charge.before_confirm": OFTEN,
    "charge.confirmed": OFTEN,
    "settle.before_commit": OFTEN,
    "settle.after_commit": OFTEN,
    "webhook.before_commit": OFTEN,
    "export.rows_built": ONCE,
    "export.before_commit": ONCE,
    "export.after_commit": ONCE,
    "mail.sent": OFTEN,
}
# Tried in a shop in which the same batch counts as large and is composed in four shards.
LARGE_POINTS: dict[str, tuple[int, ...]] = {
    "shards.planned": ONCE,
    "shards.gathered": (1, 2, 3, 1, 3),
    "shards.split": ONCE,
    "shards.composed": (1, 2, 3, 4, 1),
}
POINTS |= LARGE_POINTS
LARGE = {"BOXWRIGHT_SHARD_ABOVE": "5", "BOXWRIGHT_SHARD_BOXES": "6"}
PARENT_POINTS = (
    "compose.boxes_written",
    "charge.created",
    "charge.confirmed",
    "settle.before_commit",
)
PATIENCE = 90.0


@dataclass(frozen=True)
class Verdict:
    """How one run ended: `killed` says that the process really died at its point."""

    fail_at: str
    killed: bool
    difference: str
    paid_twice: int
    paid: int

    @property
    def right(self) -> bool:
        """Say whether the shop came to the same as without the fault."""
        return self.killed and self.difference == "{}" and not self.paid_twice


def is_large(fail_at: str) -> bool:
    """Say whether a point is tried in a shop whose batches are composed in shards."""
    return fail_at.split(":")[0] in LARGE_POINTS


def undisturbed(scene: Scene, name: str, large: bool = False) -> dict[str, list[str]]:
    """Return what the shop comes to when nothing goes wrong."""
    url = scene.copy(name)
    with scene.provider() as provider_url:
        _in_child(url, provider_url, "", large)
        tools = tools_for(url, provider_url)
        state = state_of(tools)
        tools.engine.dispose()
    scene.drop(name)
    return state


def killed_at(scene: Scene, fail_at: str, name: str, wanted: dict[str, list[str]]) -> Verdict:
    """Kill a life at `point[:count]`, let it start again, and compare."""
    url = scene.copy(name)
    with scene.provider() as provider_url:
        status = _in_child(url, provider_url, fail_at, is_large(fail_at))
        tools = tools_for(url, provider_url)
        let_leases_pass(tools)
        tools.engine.dispose()
        _in_child(url, provider_url, "", is_large(fail_at))
        died = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        verdict = _verdict(tools_for(url, provider_url), (fail_at, died), wanted)
    scene.drop(name)
    return verdict


def orphaned_at(scene: Scene, point: str, name: str, wanted: dict[str, list[str]]) -> Verdict:
    """Kill a real worker's parent alone while its child is at `point`, start another, compare."""
    url = scene.copy(name)
    fail_at = f"{point}@parent"
    with scene.provider() as provider_url:
        with RealWorker(url, provider_url, fail_at) as first:
            first.ring(Job.FALL_DUE)
            died = first.wait_for_death(PATIENCE)
            tools = tools_for(url, provider_url)
            let_leases_pass(tools)
            with first.successor() as second:
                second.ring(Job.FALL_DUE)
                _wait_until_paid(tools, second, wanted)
        let_leases_pass(tools)
        live(tools)
        verdict = _verdict(tools, (fail_at, died), wanted)
    scene.drop(name)
    return verdict


def _wait_until_paid(tools: Tools, worker: RealWorker, wanted: dict[str, list[str]]) -> None:
    """Wait until the worker has done what it can, or patience ends; the comparison judges.

    Nobody ticks here, so the bell of every minute is rung meanwhile.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if state_of(tools)["payments"] == wanted["payments"]:
            return
        let_leases_pass(tools)
        worker.ring(Job.SWEEP)
        time.sleep(0.5)


def _verdict(tools: Tools, fate: tuple[str, bool], wanted: dict[str, list[str]]) -> Verdict:
    paid = successes_at_provider(tools)
    found = difference(wanted, state_of(tools))
    tools.engine.dispose()
    twice = sum(1 for count in paid.values() if count > 1)
    return Verdict(fate[0], fate[1], found, twice, len(paid))


def _in_child(url: str, provider_url: str, fail_at: str, large: bool = False) -> int:
    """Live in a child process of its own; return how it ended."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.environ["BOXWRIGHT_FAIL_AT"] = fail_at
            os.environ.update(LARGE if large else {})
            live(tools_for(url, provider_url))
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]
