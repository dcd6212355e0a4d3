"""Learns again when it is time, and lets what was learnt take over only through the gate."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.catalog.queries import products_by_id
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.personalization import learning
from app.personalization.model_queries import (
    Rating,
    answer_counts,
    coffees_on_sale,
    events_after,
    lessons,
    live_row,
    model_row,
    newest_row,
    ratings_after,
    ratings_before,
)
from app.personalization.model_rules import Drift, ModelKind, RetrainReason, reasons_to_retrain
from app.personalization.models import ModelRow
from app.personalization.queries import profiles
from app.personalization.services.evaluate_model import Evaluation, evaluate_model
from app.personalization.services.release_model import Released, release_model
from app.personalization.services.train_history import has_history, train_history
from app.personalization.services.train_model import (
    Trained,
    ensure_first,
    hold_models,
    train_model,
)


@dataclass(frozen=True)
class Retrained:
    """What came of learning again: `objections` say why it stays beside the live one.

    `history` is what came of learning habits, None where people have too few boxes for that.
    """

    reasons: tuple[RetrainReason, ...]
    trained: Trained
    released: Released | None
    objections: tuple[str, ...]
    history: "Retrained | None" = None


def retrain_if_due(work: UnitOfWork) -> Retrained | None:
    """Learn again if the rules say so; return None while it is not time."""
    hold_models(work)
    ensure_first(work)
    reasons = reasons_to_retrain(drift_now(work))
    return retrain_model(work, reasons) if reasons else None


def retrain_model(work: UnitOfWork, reasons: tuple[RetrainReason, ...] = ()) -> Retrained:
    """Learn, judge, and release what passes; whatever is live stays if it does not."""
    done = _taken_over(work, train_model(work), reasons)
    return replace(done, history=_retrain_history(work, reasons))


def _retrain_history(work: UnitOfWork, reasons: tuple[RetrainReason, ...]) -> Retrained | None:
    """Do the same with habits; there is no harm in it while they cannot be learnt."""
    try:
        trained = train_history(work) if has_history(work) else None
    except Refused:
        trained = None
    return _taken_over(work, trained, reasons) if trained else None


def _taken_over(
    work: UnitOfWork, trained: Trained, reasons: tuple[RetrainReason, ...]
) -> Retrained:
    """Release what passes. A taste does not oust live habits: they take it up when they learn."""
    live, row = live_row(work.session), model_row(work.session, trained.version)
    habits_stay = live is not None and (live.kind, row.kind) == (
        ModelKind.HISTORY,
        ModelKind.TASTE,
    )
    if habits_stay or (live is not None and live.version == trained.version):
        return Retrained(reasons, trained, None, ())
    objections = _objections(work, trained.version)
    released = None if objections else release_model(work, trained.version)
    return Retrained(reasons, trained, released, objections)


def drift_now(work: UnitOfWork) -> Drift:
    """Return what has changed since the newest model was learnt."""
    newest, session = newest_row(work.session), work.session
    learnt = newest if newest is not None and newest.last_event_id is not None else None
    if newest is None or learnt is None:
        return Drift(None, 0, events_after(session, None), 0, {}, {}, {})
    then = learnt.learnt_from
    return Drift(
        age=work.now - learnt.created_at,
        events_then=int(then["ratings"]),
        new_events=events_after(session, learnt.last_event_id),
        new_coffees=len(set(coffees_on_sale(session)) - set(then["on_sale"])),
        expected=_expected(work, learnt),
        answers_then=then["answers"],
        answers_now=answer_counts(profiles(session, None)),
    )


def _objections(work: UnitOfWork, version: str) -> tuple[str, ...]:
    try:
        evaluation: Evaluation = evaluate_model(work, version)
    except Refused as refused:
        return (str(refused.refusal.value),)
    return evaluation.verdict.objections


def _expected(work: UnitOfWork, newest: ModelRow) -> dict[str, tuple[float, float, int]]:
    """Return expected and real liking of what was rated since, by how much people had said."""
    since = newest.last_event_id or 0
    fresh = ratings_after(work.session, since)
    if not fresh:
        return {}
    known = lessons(work.session, since)
    codes = {product for _, product, _ in fresh} | {each.id for each in known.products}
    products = sorted(products_by_id(work.session, codes).values(), key=lambda each: each.code)
    model = learning.live_model(work.session)
    hoped = learning.expectations(model, known, fresh, products)
    return _summed(fresh, hoped, ratings_before(work.session, since, [who for who, _, _ in fresh]))


def _summed(
    fresh: Sequence[Rating], hoped: Sequence[float], before: dict[uuid.UUID, int]
) -> dict[str, tuple[float, float, int]]:
    sums: dict[str, tuple[float, float, int]] = defaultdict(lambda: (0.0, 0.0, 0))
    for (person, _, liking), expected in zip(fresh, hoped, strict=True):
        told = before.get(person, 0)
        segment = "new" if not told else "1-3 ratings" if told <= 3 else "more ratings"
        for name in ("everybody", segment):
            one, other, count = sums[name]
            sums[name] = (one + expected - 1, other + liking - 1, count + 1)
    return dict(sums)
