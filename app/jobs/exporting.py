"""Exports a batch for the warehouse; asked again with nothing changed, it adds nothing."""

import uuid

from app.core.fail_points import reach
from app.core.unit_of_work import Actor
from app.fulfilment.services.export_batch import ExportReceipt, export_batch
from app.wiring.tools import Tools


def export(tools: Tools, actor: Actor, batch_id: uuid.UUID) -> ExportReceipt:
    """Store the export of a batch's paid boxes, and say which version stands."""
    with tools.units(actor) as work:
        receipt = export_batch(work, batch_id)
        reach("export.before_commit")
    reach("export.after_commit")
    return receipt
