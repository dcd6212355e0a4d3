"""Composes the next batch of a shop as another machine would, and prints what came out.

Started as a program of its own, with another hash seed, time zone and locale. Everything it does
is thrown away.
"""

import json
import sys
import uuid
from datetime import UTC, datetime

from sqlalchemy import select

from app.core.database import make_engine, make_sessions
from app.core.shop import Shop
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.fulfilment.models import BoxLine, ComposeRun
from app.fulfilment.services.rehearse_batch import rehearse_batch
from tests.conftest import FrozenClock, RecordingQueue


def compose(database_url: str, batch_id: str, moment: str) -> dict[str, object]:
    """Return fingerprints and lines of the batch, composed here and now."""
    clock = FrozenClock(datetime.fromisoformat(moment).astimezone(UTC))
    sessions = make_sessions(make_engine(database_url))
    units = UnitOfWorkFactory(sessions, clock, Shop(), RecordingQueue().ring)
    with units.rehearse(Actor("system", "machine")) as work:
        rehearsal = rehearse_batch(work, uuid.UUID(batch_id))
        assert rehearsal is not None
        lines = work.session.scalars(select(BoxLine).order_by(BoxLine.box_id, BoxLine.position))
        found = [[str(each.box_id), str(each.sku_id), each.units, each.score] for each in lines]
        run = work.session.scalars(select(ComposeRun)).first()
        assert run is not None
        return {"input": run.input_sha, "outcome": rehearsal.composed.outcome_sha, "lines": found}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(compose(*sys.argv[1:])))
