"""Two palates share a box: neither comes off badly, and what either rules out stays out."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.core.refusals import Refused
from app.fulfilment.due_queries import batches_due
from app.fulfilment.models import BoxLine, ComposeRun
from app.fulfilment.services.compose_batch import compose_batch
from app.fulfilment.services.forget_own_taste import forget_own_taste
from app.fulfilment.services.lock_batch import lock_batch
from app.fulfilment.services.rederive_batch import rederive_batch
from app.people.models import Person
from app.personalization import brain
from app.personalization.household_queries import household_of
from app.personalization.household_rules import HouseholdRefusal
from app.personalization.model_queries import content_of
from app.personalization.models import ExclusionRow
from app.personalization.queries import exclusions, own_exclusions
from app.personalization.replay import read_snapshot
from app.personalization.rules import Exclusion, ExclusionKind, QuizAnswers, Rating
from app.personalization.services.answer_quiz import answer_quiz
from app.personalization.services.keep_household import (
    add_member,
    change_member,
    rate_for_member,
    remove_member,
)
from app.personalization.services.rate_product import rate_product
from app.personalization.services.set_exclusions import set_exclusions
from ml.composer.palates import FAIR, shares_of
from tests.cast import SHELF, add_plan, stock_shelf, subscribe
from tests.services.test_rederive import LOCKED

LIGHT, DARK = QuizAnswers(roast="Light", style="Floral"), QuizAnswers(roast="Dark", style="Bold")


@pytest.fixture
def home(units, actor):
    """Five subscriptions; Ada, who likes it light, shares her box with Ana, who likes it dark."""
    with units(actor) as work:
        products = stock_shelf(work, tuple(replace(each, stock=6) for each in SHELF))
        plan = add_plan(work)
        ada = subscribe(work, "Ada", plan)
        for at in range(4):
            answer_quiz(work, subscribe(work, f"Person{at}", plan).subscriber_id, LIGHT)
        answer_quiz(work, ada.subscriber_id, LIGHT)
        rate_product(work, ada.subscriber_id, products["ethiopia"], Rating(5))
        ana = add_member(work, ada.subscriber_id, " Ana ", DARK)
        rate_for_member(work, ada.subscriber_id, ana, products["sumatra"], 5)
        rate_for_member(work, ada.subscriber_id, ana, products["kenya"], 1)
    return ada.subscriber_id, ana, products


def composed(units, actor, clock):
    """Compose the first batch; return it."""
    clock.move_to(LOCKED)
    with units(actor) as work:
        batch = batches_due(work.session, work.now)[0]
        lock_batch(work, batch)
    with units(actor) as work:
        compose_batch(work, batch)
    return batch


def test_a_shared_box_is_fair_to_both_says_for_whom_and_comes_out_again(units, actor, clock, home):
    _, _, products = home
    batch = composed(units, actor, clock)
    with units(actor) as work:
        run = work.session.scalars(select(ComposeRun)).one()
        snapshot, _ = read_snapshot(run.snapshot_sha, content_of(work.session, run.snapshot_sha))
        again = rederive_batch(work, batch)
        lines = work.session.scalars(select(BoxLine)).all()
    problem, palates = snapshot.inputs[0], snapshot.inputs[3]
    assert shares_of(problem, brain.solve(*snapshot.inputs), palates).min() >= FAIR
    assert (again.boxes, again.equal, again.same_value) == (5, 5, True)
    told = {line.product_id: line.reasons["for"]["name"] for line in lines if "for" in line.reasons}
    assert told[products["ethiopia"]] == ""
    assert "Ana" in told.values()
    assert products["kenya"] not in told


def test_nobody_shares_nothing_is_kept_as_before(units, actor, clock, home):
    ada, ana, _ = home
    with units(actor) as work:
        remove_member(work, ada, ana)
    composed(units, actor, clock)
    with units(actor) as work:
        run = work.session.scalars(select(ComposeRun)).one()
        snapshot, _ = read_snapshot(run.snapshot_sha, content_of(work.session, run.snapshot_sha))
        assert not [line for line in work.session.scalars(select(BoxLine)) if "for" in line.reasons]
    assert len(snapshot.inputs) == 3


def test_what_either_rules_out_stays_out_also_when_both_are_forgotten(units, actor, home):
    ada, ana, _ = home
    dark = Exclusion(ExclusionKind.ROAST, "dark")
    decaf = Exclusion(ExclusionKind.DECAF)
    with units(actor) as work:
        set_exclusions(work, ada, (decaf,))
        change_member(work, (ada, ana), "Ana", DARK, (dark, decaf))
        assert set(exclusions(work.session, [ada])[ada]) == {dark, decaf}
        assert own_exclusions(work.session, ada) == (decaf,)
        set_exclusions(work, ada, ())
        assert set(exclusions(work.session, [ada])[ada]) == {dark, decaf}
        forget_own_taste(work, ada)
        assert household_of(work.session, ada) == []
        assert set(own_exclusions(work.session, ada)) == {dark, decaf}
        assert work.session.scalars(select(ExclusionRow.member_id)).all() == [None, None]


def test_members_are_changed_and_removed_and_names_stay_apart(units, actor, home):
    ada, ana, products = home
    with units(actor) as work:
        rate_for_member(work, ada, ana, products["kenya"], None)
        rate_for_member(work, ada, ana, products["sumatra"], 4)
        (found,) = household_of(work.session, ada)
        assert (found.name, found.answers) == ("Ana", DARK)
        assert [(cup.product_id, cup.liking) for cup in found.ratings] == [(products["sumatra"], 4)]
        for name, refusal in [
            ("  ", HouseholdRefusal.NAME_NEEDED),
            ("x" * 41, HouseholdRefusal.NAME_TOO_LONG),
            ("aNA", HouseholdRefusal.NAME_TAKEN),
        ]:
            with pytest.raises(Refused) as refused:
                add_member(work, ada, name, DARK)
            assert (refused.value.refusal, refused.value.field) == (refusal, "name")
        add_member(work, ada, "Bo", LIGHT)
        add_member(work, ada, "Cy", LIGHT)
        with pytest.raises(Refused) as refused:
            add_member(work, ada, "Di", LIGHT)
        assert refused.value.refusal is HouseholdRefusal.HOUSEHOLD_FULL
        stranger = work.session.scalars(select(Person.id).where(Person.id != ada)).first()
        with pytest.raises(Refused) as refused:
            remove_member(work, stranger, ana)
        assert refused.value.refusal is HouseholdRefusal.UNKNOWN_MEMBER
