"""Plays one batch of the real files from cut-off to export, with the shop's own processes.

`python -m bench.real_input` imports both files, subscribes everybody, lets the batch lock, be
composed, charged, released and exported by web server, workers and ticker, proves the books, and
then does all of it again: nothing may be new. The boxes are composed by a model that was learnt
from the ratings and passed the gate; every one of them is composed again from what was kept and
compared to the bit, and the model is rolled back once. The last line is one JSON object.
"""

import argparse
import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.cli.up import Running, running
from app.core.job_names import Job
from app.fulfilment.money_queries import batch_money
from app.fulfilment.queries import batch_row, batches
from app.fulfilment.services.export_batch import ExportReceipt
from app.jobs.advance import clock_now, put
from app.jobs.events import fetch_missed_events
from app.jobs.exporting import export
from app.wiring.prove_books import prove_books
from app.wiring.settings import Settings
from app.wiring.tools import Tools, build_tools
from bench.real_checks import count_rows, look_at, successes_at_provider
from bench.real_model import go_back_and_forth, look_at_model
from bench.real_shop import ACTOR, Made, make_shop

START = datetime(2027, 1, 4, 15, 0, tzinfo=UTC)
PATIENCE_SECONDS = 900.0
QUIET_SECONDS = 1.0
GLANCE_SECONDS = 0.05
FIRST = "prior-1"  # the taste that a shop starts with
ENOUGH = 1000  # people of whom a better one must have been learnt
Sha = str


@dataclass
class Watch:
    """How long each phase took, in seconds."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a phase; a phase that comes again adds up."""
        begun = time.monotonic()
        yield
        self.note(name, time.monotonic() - begun)

    def note(self, name: str, seconds: float) -> None:
        """Add to a phase."""
        self.seconds[name] = round(self.seconds.get(name, 0.0) + seconds, 2)


@dataclass(frozen=True)
class Played:
    """What a run came to."""

    made: Made
    batch_id: uuid.UUID
    receipt: ExportReceipt


def main() -> int:
    """Play the batch twice and print what came of it; return 1 if anything does not hold."""
    asked = _arguments()
    settings = Settings(home=asked.home)
    watch = Watch()
    begun = time.monotonic()
    with running(settings, asked.workers or settings.workers) as house:
        tools = build_tools(house.household.settings)
        watch.note("start", time.monotonic() - begun)
        _put_clock(tools)
        at_first = sum(count_rows(tools).values())
        first = play(tools, house, asked, watch)
        outcome = describe(tools, first, watch)
        once = count_rows(tools)
        outcome["new_rows"] = sum(once.values()) - at_first
        with watch.phase("second_run"):
            second = play(tools, house, asked, Watch())
        twice = count_rows(tools)
        outcome |= go_back_and_forth(tools)
    grown = {name: twice[name] - once[name] for name in twice if twice[name] != once[name]}
    outcome["new_rows_second_run"] = sum(grown.values())
    outcome["grown"] = grown
    outcome["same_sha"] = _same_sha(asked.home, first.receipt.sha256, second.receipt.sha256)
    outcome["seconds"] = watch.seconds | {"total": round(time.monotonic() - begun, 2)}
    _print(outcome)
    return 0 if holds(outcome) else 1


def play(tools: Tools, house: Running, asked: argparse.Namespace, watch: Watch) -> Played:
    """Make the shop, let its first batch run, and export it; what is done is passed over."""
    with watch.phase("import_and_subscribe"):
        made = make_shop(tools, asked.data, asked.people)
    with tools.units(ACTOR) as work:
        batch = min(batches(work.session), key=lambda row: (row.ships_on, row.run))
    put(tools, max(batch.cutoff_at, clock_now(tools)))
    put(tools, max(batch.locks_at, clock_now(tools)))
    tools.queue.ring(Job.FALL_DUE, ())
    _wait(tools, house, batch.id, watch)
    with watch.phase("export"):
        receipt = export(tools, ACTOR, batch.id)
    return Played(made, batch.id, receipt)


def describe(tools: Tools, played: Played, watch: Watch) -> dict[str, Any]:
    """Count what came of a run, and check it in as many ways as there are."""
    with watch.phase("check_books"):
        violations = prove_books(tools, ACTOR, timedelta(0))
    for each in violations[:20]:
        sys.stderr.write(f"{each.invariant} {each.subject}: {each.sentence}\n")
    with tools.units(ACTOR) as work:
        row = batch_row(work.session, played.batch_id)
        money = batch_money(work.session, played.batch_id)
    made, seen = played.made, look_at(tools, played.batch_id)
    collected, of_boxes = successes_at_provider(tools)
    return {
        "people": made.people.new + made.people.changed + made.people.unchanged,
        "coffees": made.coffees.new + made.coffees.changed + made.coffees.unchanged,
        "coffees_dropped": made.coffees.dropped,
        "problems_named": len(made.coffees.problems) + len(made.people.problems),
        "people_with_exclusions": made.picky,
        "units_wanted": made.units,
        "stock": made.stock,
        "boxes": row.boxes,
        "charged": money.charged,
        "declined": money.declined,
        "undecided": money.undecided,
        "charged_cents": money.charged_cents,
        "declining_cards": made.declining,
        "collected_at_provider": collected,
        "boxes_collected_at_provider": of_boxes,
        "released": row.counts.get("released", 0) + row.counts.get("shipped", 0),
        "exported": played.receipt.orders,
        "export_sha256": played.receipt.sha256,
        "violations": len(violations),
        **seen,
        **look_at_model(tools, played.batch_id),
    }


def holds(outcome: dict[str, Any]) -> bool:
    """Say whether a run came out as it must."""
    none = (
        "violations",
        "exclusions_broken",
        "oversold",
        "repeated_in_a_box",
        "undecided",
        "new_rows_second_run",
    )
    boxes = outcome["boxes"]
    return (
        outcome["same_sha"]
        and not any(outcome[name] for name in none)
        and outcome["people"] == boxes + outcome["held"] == boxes
        and outcome["charged"] + outcome["declined"] == boxes
        and outcome["declined"] == outcome["declining_cards"]
        and outcome["charged"] == outcome["released"] == outcome["exported"]
        and outcome["charged"] == outcome["collected_at_provider"]
        and outcome["charged"] == outcome["boxes_collected_at_provider"]
        and outcome["rederived_equal"] == outcome["rederived"] == boxes
        and outcome["rederived_by_same_code"]
        and outcome["rederived_same_proof"]
        and (outcome["model"] != FIRST or outcome["people"] < ENOUGH)
        and outcome["rolled_back_to"] == (FIRST if outcome["model"] != FIRST else "")
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/coffee"))
    parser.add_argument("--home", type=Path, default=Path(".boxwright/real-input"))
    parser.add_argument("--people", type=int, help="only so many of them")
    parser.add_argument("--workers", type=int, help="worker processes; as in the settings if unset")
    asked = parser.parse_args()
    if not (asked.data / "taste_test.csv").exists():
        parser.error(f"{asked.data} does not hold coffees.csv and taste_test.csv")
    return asked


def _put_clock(tools: Tools) -> None:
    if clock_now(tools) < START:
        put(tools, START)


def _wait(tools: Tools, house: Running, batch_id: uuid.UUID, watch: Watch) -> None:
    """Wait until the workers have nothing left to do, and note how long they were at what."""
    begun = last = time.monotonic()
    phase = "lock"
    while time.monotonic() - begun < PATIENCE_SECONDS and house.tend(GLANCE_SECONDS):
        now, before = time.monotonic(), phase
        phase = _phase(tools, batch_id)
        if phase == "quiet" and before == "quiet" and now - last > QUIET_SECONDS:
            if not _more_events(tools):
                return
            phase = before = "events"
        if phase != before:
            if before != "quiet":
                watch.note(before, now - last)
            last = now


def _more_events(tools: Tools) -> bool:
    """Have everything delivered that the provider still holds back; say whether there was any."""
    delivered = bool(tools.backstage and tools.backstage.deliver())
    return bool(fetch_missed_events(tools)) or delivered


def _phase(tools: Tools, batch_id: uuid.UUID) -> str:
    with tools.units(ACTOR) as work:
        status = batch_row(work.session, batch_id).status
        undecided = batch_money(work.session, batch_id).undecided
    if status != "composed":
        return "compose" if status == "locked" else "lock"
    if undecided:
        return "charge_and_settle"
    return "events_and_letters" if tools.others_at_work() or tools.bells() else "quiet"


def _same_sha(home: Path, *shas: Sha) -> bool:
    """Compare with each other, and with what an earlier call in this home came to."""
    note = home / "real-input.sha256"
    earlier = {note.read_text().strip()} if note.exists() else set()
    note.write_text(shas[0])
    return len({*shas, *earlier}) == 1


def _print(outcome: dict[str, Any]) -> None:
    for name, value in outcome.items():
        if isinstance(value, dict):
            value = "  ".join(f"{key} {each}" for key, each in value.items()) or "-"
        sys.stdout.write(f"{name:28} {value}\n")
    sys.stdout.write(json.dumps(outcome) + "\n")


if __name__ == "__main__":
    # Other shops of this machine keep their ports; this one takes what is free.
    os.environ.setdefault("BOXWRIGHT_STAND_IN_PORT", "0")
    sys.exit(main())
