"""Learns habits from what people had and kept, on a taste, and puts that beside the live model."""

from sqlalchemy import select

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.personalization import learning
from app.personalization.brain import TasteModel
from app.personalization.habits import History, sha_of
from app.personalization.learning import CANDIDATE, Contender
from app.personalization.model_queries import file_of, lessons, live_row, people_with_history
from app.personalization.model_rules import (
    LEAST_HISTORIES,
    ModelKind,
    ModelRefusal,
    ModelStatus,
    judge,
)
from app.personalization.models import ModelRow
from app.personalization.services.read_history import read_history
from app.personalization.services.train_model import (
    Trained,
    ensure_first,
    hold_models,
    store_model,
)


def train_history(work: UnitOfWork) -> Trained:
    """Learn habits from the whole diary; refuse while too few people have had boxes enough.

    What was learnt before from the same is not new, and its file stays as it is.
    """
    hold_models(work)
    ensure_first(work)
    _refuse_too_little(work)
    live = live_row(work.session)
    assert live is not None
    history = read_history(work)
    taste = _footing(work, history, live)
    input_sha = sha_of(history, taste)
    version = f"history-{input_sha[:12]}"
    known = history.lessons
    new = not _is_known(work, version)
    if new:
        learnt = learning.learn_history(history, taste, version, input_sha)
        store_model(work, learnt, ModelStatus.SHADOW, known)
    return Trained(version, new, len(known.people), len(known.ratings), len(history.products))


def has_history(work: UnitOfWork) -> bool:
    """Say whether enough people have had boxes enough for habits to be learnt from."""
    return people_with_history(work.session) >= LEAST_HISTORIES


def _refuse_too_little(work: UnitOfWork) -> None:
    if not has_history(work):
        found = people_with_history(work.session)
        raise Refused(ModelRefusal.TOO_LITTLE_HISTORY, offer=f"{found} of {LEAST_HISTORIES}")


def _footing(work: UnitOfWork, history: History, live: ModelRow) -> TasteModel:
    """Return the taste that habits stand on: the live one, or what is learnt anew where habits
    are live already and the new taste is as good as the one under them."""
    model = learning.open_model(file_of(work.session, live))
    old = learning.taste_in(model)
    if live.kind is ModelKind.TASTE:
        return old
    fresh = Contender(history.lessons, None)
    seen = lessons(work.session, live.last_event_id)
    judged, gains = learning.trial(
        history.lessons, fresh, Contender(seen, learning.hand_set_taste(model))
    )
    passed = judge(judged[CANDIDATE], gains).passed
    return learning.fresh_taste(history.lessons) if passed else old


def _is_known(work: UnitOfWork, version: str) -> bool:
    found = work.session.scalar(select(ModelRow.id).where(ModelRow.version == version))
    return found is not None
