"""Tries held boxes of a composed batch again, after stock came in or an exclusion was lifted."""

import uuid

from app.core.unit_of_work import UnitOfWork
from app.fulfilment.queries import batch_of, kept_back
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.compose_batch import compose, locked_boxes, note_run, write_boxes


def try_held(work: UnitOfWork, batch_id: uuid.UUID) -> int:
    """Compose and charge the held boxes that can be filled now; return how many.

    Those whose subscription is kept back for another reason stay as they are.
    """
    batch = batch_of(work.session, batch_id, lock=True)
    pairs = locked_boxes(work, batch_id, BoxStatus.HELD, ~kept_back())
    if not pairs:
        return 0
    composition, outcomes = compose(work, pairs)
    full = [outcome for outcome in outcomes if outcome.lines]
    chosen = {outcome.box_id for outcome in full}
    write_boxes(work, [pair for pair in pairs if pair[0].id in chosen], full)
    if full:
        note_run(work, batch, ("late", composition), full)
    return len(full)
