"""Models are learnt beside the live one, take over through the gate, and give way in one step."""

import threading

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.core.records import AuditEntry
from app.core.refusals import Refused
from app.personalization.learning import live_model
from app.personalization.model_queries import live_row, models
from app.personalization.model_rules import ModelRefusal, ModelStatus
from app.personalization.models import ModelRow
from app.personalization.services.evaluate_model import evaluate_model
from app.personalization.services.release_model import release_model
from app.personalization.services.retrain_model import retrain_if_due, retrain_model
from app.personalization.services.roll_back_model import roll_back_model
from app.personalization.services.train_model import train_model
from tests.services.tasters import let_taste


@pytest.fixture
def tasted(units, actor):
    """Sixty people who answered and rated all coffees, as light or as dark as they like."""
    with units(actor) as work:
        return let_taste(work, 60)


def versions(work):
    return [(each.version, each.status) for each in models(work.session)]


def test_the_first_live_model_is_the_hand_set_one(units, actor, tasted):
    with units(actor) as work:
        assert live_model(work.session).version == "prior-1"
        trained = train_model(work)
    with units(actor) as work:
        assert versions(work) == [(trained.version, "shadow"), ("prior-1", "live")]
        assert live_model(work.session).version == "prior-1"
    assert (trained.new, trained.people, trained.ratings) == (True, 60, 480)


def test_learning_the_same_again_is_nothing_new(units, actor, tasted):
    with units(actor) as work:
        first = train_model(work)
    with units(actor) as work:
        again = train_model(work)
        assert len(models(work.session)) == 2
    assert (again.version, again.new) == (first.version, False)


def test_a_better_model_takes_over_and_scores_as_it_was_learnt(units, actor, tasted):
    with units(actor) as work:
        done = retrain_model(work)
    with units(actor) as work:
        entry = models(work.session)[0]
        assert live_model(work.session).version == done.trained.version
    assert (entry.status, entry.release_note, entry.replaced) == (
        "live",
        "passed the gate",
        "prior-1",
    )
    judged = entry.metrics["judged"]
    assert set(judged) == {"popularity", "hand-set", "live", "candidate"}
    assert judged["candidate"]["rmse"] < judged["popularity"]["rmse"]
    assert judged["live"] == judged["hand-set"]


def test_a_model_that_is_not_better_stays_beside_until_it_is_forced(units, actor, tasted):
    with units(actor) as work:
        best = retrain_model(work).trained.version
    with units(actor) as work, pytest.raises(Refused) as refused:
        release_model(work, "prior-1")
    assert refused.value.refusal is ModelRefusal.NOT_GOOD_ENOUGH
    assert "worse" in refused.value.offer
    with units(actor) as work:
        assert live_row(work.session).version == best
        released = release_model(work, "prior-1", force="for the fair")
    assert (released.before, released.note) == (best, "forced: for the fair")
    with units(actor) as work:
        written = work.session.scalars(
            select(AuditEntry)
            .where(AuditEntry.table_name == "model_version", AuditEntry.row_id == "prior-1")
            .order_by(AuditEntry.id.desc())
        ).first()
    assert written.actor == "system:test"
    assert written.change["status"] == ["retired", "live"]
    assert written.change["release_note"][1] == "forced: for the fair"
    assert "content" not in written.change


def test_a_rollback_goes_to_what_was_live_before(units, actor, tasted):
    with units(actor) as work:
        learnt = retrain_model(work).trained.version
    with units(actor) as work:
        back = roll_back_model(work)
        assert live_model(work.session).version == "prior-1"
    assert (back.version, back.before) == ("prior-1", learnt)
    with units(actor) as work, pytest.raises(Refused) as refused:
        roll_back_model(work)
    assert refused.value.refusal is ModelRefusal.NONE_BEFORE


def test_too_few_people_never_change_the_live_model_by_themselves(units, actor):
    with units(actor) as work:
        let_taste(work, 10)
        done = retrain_model(work)
        assert live_row(work.session).version == "prior-1"
    assert done.released is None
    assert "only 10 people to judge by" in done.objections


def test_without_ratings_there_is_nothing_to_judge(units, actor):
    with units(actor) as work:
        assert train_model(work).version == "prior-1"
    with units(actor) as work, pytest.raises(Refused) as refused:
        evaluate_model(work)
    assert refused.value.refusal is ModelRefusal.NOTHING_TO_JUDGE
    with units(actor) as work, pytest.raises(Refused) as refused:
        release_model(work, "ridge-unheard-of")
    assert refused.value.refusal is ModelRefusal.UNKNOWN


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ("content || 'x'::bytea", ModelRefusal.TAMPERED),
        ("substring(content for 200)", ModelRefusal.TAMPERED),
        ("''::bytea", ModelRefusal.TAMPERED),
    ],
)
def test_a_tampered_file_scores_nothing_and_a_rollback_helps(
    units, actor, tasted, content, refusal
):
    with units(actor) as work:
        sha = live_sha(work, retrain_model(work).trained.version)
        work.session.execute(text("ALTER TABLE artefact DISABLE TRIGGER artefact_fixed"))
        work.session.execute(
            text(f"UPDATE artefact SET content = {content} WHERE sha256 = :sha"), {"sha": sha}
        )
        work.session.execute(text("ALTER TABLE artefact ENABLE TRIGGER artefact_fixed"))
    with units(actor) as work, pytest.raises(Refused) as refused:
        live_model(work.session)
    assert refused.value.refusal is refusal
    with units(actor) as work:
        roll_back_model(work)
        assert live_model(work.session).version == "prior-1"
    with units(actor) as work, pytest.raises(Refused) as refused:
        release_model(work, models(work.session)[0].version, force="anyway")
    assert refused.value.refusal is refusal


def live_sha(work, version):
    return next(each.artefact_sha for each in models(work.session) if each.version == version)


def test_the_database_keeps_files_and_one_live_model(units, actor, tasted):
    with units(actor) as work:
        train_model(work)
    with units(actor) as work, pytest.raises(DBAPIError, match="diary"):
        work.session.execute(text("UPDATE artefact SET content = ''"))
    with units(actor) as work, pytest.raises(DBAPIError, match="uq_model_version_live"):
        work.session.execute(update(ModelRow).values(status=ModelStatus.LIVE))


def test_two_who_learn_at_once_learn_one_model(units, actor, tasted):
    found = []

    def learn():
        with units(actor) as work:
            found.append(retrain_if_due(work))

    both = [threading.Thread(target=learn) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    with units(actor) as work:
        assert [status for _, status in versions(work)] == ["live", "retired"]
    assert sum(each is not None for each in found) == 1
