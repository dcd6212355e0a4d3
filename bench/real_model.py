"""Looks at the model that composed the real batch, composes the batch again, and goes back."""

import uuid
from typing import Any

from app.fulfilment.queries import run_of
from app.fulfilment.services.rederive_batch import rederive_batch
from app.personalization.model_queries import live_row, model_row
from app.personalization.services.release_model import release_model
from app.personalization.services.roll_back_model import roll_back_model
from app.wiring.tools import Tools
from bench.real_shop import ACTOR


def look_at_model(tools: Tools, batch_id: uuid.UUID) -> dict[str, Any]:
    """Return by which model the batch was composed, how it was judged, and how it comes out again.

    Every box is compared to the bit, and one of them named.
    """
    with tools.units.rehearse(ACTOR) as work:
        run = run_of(work.session, batch_id)
        assert run is not None
        row = model_row(work.session, run.model_version)
        again = rederive_batch(work, batch_id)
        judged = row.metrics.get("judged", {}).get("candidate", {})
        return {
            "model": row.version,
            "model_note": row.release_note,
            "model_learnt_from": row.learnt_from.get("ratings", 0),
            "model_pairs": judged.get("pairs"),
            "model_calibration": judged.get("calibration"),
            "rederived": again.boxes,
            "rederived_equal": again.equal,
            "rederived_by_same_code": again.same_code,
            "rederived_same_proof": again.same_value and again.same_prices,
            "rederived_box": str(again.compared[0].box_id) if again.compared else "",
        }


def go_back_and_forth(tools: Tools) -> dict[str, Any]:
    """Roll the live model back, then let it take over again."""
    with tools.units(ACTOR) as work:
        before = live_row(work.session)
        if before is None or before.replaced is None:
            return {"rolled_back_to": ""}
        version = before.version
    with tools.units(ACTOR) as work:
        back = roll_back_model(work)
    with tools.units(ACTOR) as work:
        release_model(work, version, force="the rollback was a rehearsal")
    return {"rolled_back_to": back.version, "rolled_back_from": back.before}
