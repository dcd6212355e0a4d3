"""Composes a locked batch: all boxes at once, stock reserved, invoices issued, in one go."""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, true, update

from app.billing.rules import InvoiceDraft
from app.billing.services.issue_invoices import issue_invoices
from app.catalog.models import Product, Sku
from app.catalog.services.move_stock import release, reserve_many
from app.core.database import copy_rows, think_long
from app.core.fail_points import reach
from app.core.job_names import Job
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.composition_report import report_of
from app.fulfilment.models import Batch, Box, ComposeRun
from app.fulfilment.outcome import (
    BoxOutcome,
    LineOutcome,
    added_line,
    outcome_sha,
    outcomes_of,
    units_by_sku,
)
from app.fulfilment.price_queries import price_book
from app.fulfilment.queries import batch_of
from app.fulfilment.requests import requests_for
from app.fulfilment.rules import BatchRefusal, BatchStatus, BoxStatus
from app.fulfilment.services.charge_switch import note_switches
from app.fulfilment.services.credit_missing import credit_missing
from app.fulfilment.services.hold_box import hold_boxes
from app.fulfilment.services.release_box import release_paid
from app.fulfilment.services.tell_composed import tell_substitutions
from app.fulfilment.services.void_box import HOLDER
from app.personalization.curation_queries import offers_on
from app.personalization.rules import Composition, Offer
from app.personalization.services.compose_boxes import Terms, compose_boxes
from app.personalization.services.train_model import keep_artefact
from app.subscriptions.models import Subscription

LINE_COLUMNS = (
    "box_id",
    "position",
    "sku_id",
    "product_id",
    "name",
    "units",
    "unit_cents",
    "score",
    "source",
    "instead_of",
    "repeat",
    "reasons",
)
JUDGEMENT_COLUMNS = (
    "box_id",
    "satisfaction",
    "value",
    "ideal_value",
    "credit",
    "missed_skus",
)
Pair = tuple[Box, Subscription]
Shelf = Callable[[Sequence[Offer]], list[Offer]]


@dataclass(frozen=True)
class Composed:
    """What became of a batch: boxes composed and held, units, what is missing, cents charged."""

    boxes: int
    held: int
    units: int
    missing: int
    total_cents: int
    gap: float
    outcome_sha: str


def compose_batch(work: UnitOfWork, batch_id: uuid.UUID, kind: str = "real") -> Composed | None:
    """Compose a locked batch; return None when it was composed before."""
    think_long(work.session)
    batch = batch_of(work.session, batch_id, lock=True)
    if batch.status is BatchStatus.COMPOSED:
        return None
    if batch.status is not BatchStatus.LOCKED:
        raise Refused(BatchRefusal.NOT_DUE, offer=batch.locks_at)
    pairs = locked_boxes(work, batch_id)
    composition, outcomes = compose(work, pairs)
    reach("compose.solved")
    write_boxes(work, pairs, outcomes)
    receipt = note_run(work, batch, (kind, composition), outcomes)
    batch.status, batch.composed_at = BatchStatus.COMPOSED, work.now
    work.session.flush()
    work.after_commit(Job.CHARGE_DUE)
    reach("compose.before_commit")
    return receipt


def locked_boxes(
    work: UnitOfWork,
    batch_id: uuid.UUID,
    status: BoxStatus = BoxStatus.LOCKED,
    part: ColumnElement[bool] | None = None,
) -> list[Pair]:
    """Return the boxes of a batch in one status, with their subscriptions, in a stable order.

    `part` leaves out those of other shards.
    """
    rows = work.session.execute(
        select(Box, Subscription)
        .join(Subscription, Subscription.id == Box.subscription_id)
        .where(Box.batch_id == batch_id, Box.status == status, true() if part is None else part)
        .order_by(Subscription.number, Box.cycle)
        .with_for_update(of=Box)
        .execution_options(populate_existing=True)
    ).all()
    return [(box, subscription) for box, subscription in rows]


def compose(
    work: UnitOfWork, pairs: Sequence[Pair], shelf: Shelf | None = None
) -> tuple[Composition, list[BoxOutcome]]:
    """Compose boxes and price them, without writing anything; `shelf` changes what is there."""
    day = min((box.ships_on for box, _ in pairs), default=work.now.date())
    offers, curation = offers_on(work.session, day)
    offers = shelf(offers) if shelf else offers
    terms = Terms(work.shop.seed, work.shop.swap_price_cents, curation)
    composition = compose_boxes(work.session, requests_for(work.session, pairs), offers, terms)
    skus = _skus(work, composition)
    book = price_book(work, pairs, lock=any(box.locked_at for box, _ in pairs))
    return composition, outcomes_of(pairs, composition, skus, book)


def _skus(work: UnitOfWork, composition: Composition) -> dict[uuid.UUID, tuple[Sku, Product]]:
    rows = work.session.execute(
        select(Sku, Product).join(Product).where(Sku.id.in_(list(composition.prices)))
    )
    return {sku.id: (sku, product) for sku, product in rows}


def write_boxes(work: UnitOfWork, pairs: Sequence[Pair], outcomes: Sequence[BoxOutcome]) -> None:
    """Reserve stock, write lines, issue invoices, and bring each box to its next status."""
    boxes = {box.id: box for box, _ in pairs}
    full = [outcome for outcome in outcomes if outcome.lines]
    # What was added was held since the lock; from now on it is a part of the box.
    release(work, HOLDER, [each.box_id for each in full if each.added])
    reserve_many(
        work, "box", [(o.box_id, sku, units) for o in full for sku, units in o.reserved().items()]
    )
    reach("compose.stock_reserved")
    copy_rows(work.session, "box_line", LINE_COLUMNS, _line_rows(full))
    copy_rows(work.session, "box_composition", JUDGEMENT_COLUMNS, _judgement_rows(full))
    invoices = _invoices(work, boxes, full)
    if full:
        work.session.execute(
            update(Box),
            [
                {
                    "id": each.box_id,
                    "status": BoxStatus.COMPOSED,
                    "missing": each.missing,
                    "invoice_id": invoices[each.box_id],
                }
                for each in full
            ],
        )
    hold_boxes(work, [boxes[each.box_id] for each in outcomes if not each.lines])
    reach("compose.boxes_written")
    tell_substitutions(work, full, boxes)
    release_paid(work, [each.box_id for each in full])


def _line_rows(outcomes: Sequence[BoxOutcome]) -> list[tuple[object, ...]]:
    return [
        (
            outcome.box_id,
            position,
            line.sku_id,
            line.product_id,
            line.name,
            line.units,
            line.unit_cents,
            line.score,
            line.source,
            line.instead_of,
            line.repeat,
            json.dumps(line.reasons, sort_keys=True),
        )
        for outcome in outcomes
        for position, line in enumerate(_packed(outcome), start=1)
    ]


def _packed(outcome: BoxOutcome) -> list[LineOutcome]:
    return [*outcome.lines, *(added_line(each) for each in outcome.added)]


def _judgement_rows(outcomes: Sequence[BoxOutcome]) -> list[tuple[object, ...]]:
    return [
        (
            outcome.box_id,
            judged.satisfaction,
            judged.value,
            judged.ideal_value,
            judged.credit,
            json.dumps([{"sku": str(sku), "units": units} for sku, units in judged.missed]),
        )
        for outcome in outcomes
        if (judged := outcome.judgement)
    ]


def _invoices(
    work: UnitOfWork, boxes: dict[uuid.UUID, Box], full: Sequence[BoxOutcome]
) -> dict[uuid.UUID, uuid.UUID]:
    """Return each box's invoice: issued now, or ahead, less what turned out to be missing."""
    ahead = {each.box_id: boxes[each.box_id].invoice_id for each in full}
    new = [each for each in full if ahead[each.box_id] is None]
    issued = issue_invoices(work, [_draft(boxes[each.box_id], each) for each in new])
    found = {each.box_id: issued[each.subscription_id, each.cycle] for each in new}
    note_switches(work, {each.subscription_id: found[each.box_id] for each in new})
    for each in full:
        invoice_id = ahead[each.box_id]
        if invoice_id is not None:
            found[each.box_id] = invoice_id
            if each.missing:
                credit_missing(work, invoice_id, boxes[each.box_id], each.missing)
    return found


def _draft(box: Box, outcome: BoxOutcome) -> InvoiceDraft:
    return InvoiceDraft(
        subscription_id=outcome.subscription_id,
        subscriber_id=outcome.payer or box.subscriber_id,
        cycle=outcome.cycle,
        ships_on=box.ships_on,
        quote=outcome.quote,
        discount_ids=outcome.discount_ids,
        credit_of=outcome.payer,
    )


def note_run(
    work: UnitOfWork,
    batch: Batch,
    made: tuple[str, Composition],
    outcomes: Sequence[BoxOutcome],
) -> Composed:
    """Write down how boxes were composed: `made` is the kind of run and the composition."""
    kind, composition = made
    receipt = Composed(
        boxes=sum(1 for each in outcomes if each.lines),
        held=sum(1 for each in outcomes if not each.lines),
        units=sum(line.units for each in outcomes for line in each.lines),
        missing=sum(each.missing for each in outcomes),
        total_cents=sum(each.sum.total for each in outcomes if each.lines),
        gap=(composition.bound - composition.value) / (abs(composition.bound) or 1.0),
        outcome_sha=outcome_sha(outcomes),
    )
    work.session.add(
        ComposeRun(
            batch_id=batch.id,
            kind=kind,
            seed=work.shop.seed,
            input_sha=composition.input_sha,
            outcome_sha=receipt.outcome_sha,
            boxes=receipt.boxes,
            held=receipt.held,
            units=receipt.units,
            missing=receipt.missing,
            total_cents=receipt.total_cents,
            value=composition.value,
            bound=composition.bound,
            method=composition.method,
            model_version=composition.model_version,
            prices={str(sku): price for sku, price in composition.prices.items() if price},
            needs=units_by_sku(outcomes),
            curation=composition.curation,
            snapshot_sha=_keep(work, kind, composition),
            report=report_of(outcomes, composition.curation.get("hero")),
            created_at=work.now,
        )
    )
    return receipt


def _keep(work: UnitOfWork, kind: str, composition: Composition) -> str | None:
    """Keep everything that decided a real run; a rehearsal is thrown away with all it read."""
    kept = composition.keep() if kind != "dry" else None
    if kept is None:
        return None
    keep_artefact(work, *kept)
    return kept[0]
