"""A curator's word: who gets the hero, what stays out, what replaces what, and what is refused."""

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.core.refusals import Refused
from app.fulfilment.models import Box, BoxLine, ComposeRun
from app.fulfilment.queries import batch_of
from app.fulfilment.services.choose_lines import pin_product, take_out
from app.fulfilment.services.compose_batch import compose_batch
from app.fulfilment.services.lock_batch import freeze_batch
from app.fulfilment.services.propose_box import propose_box
from app.fulfilment.services.rehearse_batch import rehearse_batch
from app.personalization.curation import (
    CurationFields,
    CurationKind,
    CurationRefusal,
    CurationRule,
)
from app.personalization.curation_queries import curation_on, curations
from app.personalization.rules import Exclusion, ExclusionKind, QuizAnswers
from app.personalization.services.answer_quiz import answer_quiz
from app.personalization.services.save_curation import forget_curation, save_curation
from app.personalization.services.set_mix import set_mix
from tests import cast

THEME = {"en": "Winter light", "zh-CN": "冬日暖光"}
HERO, EMBARGO = CurationKind.HERO, CurationKind.EMBARGO
LEAVE_OUT, REPLACE = CurationKind.LEAVE_OUT, CurationKind.REPLACE
NO_DARK = (Exclusion(ExclusionKind.ROAST, "dark"),)


class Shop:
    """A shelf, a weekly plan, four people, and the batch that all their first boxes are in."""

    def __init__(self, work, sumatra: int = 100) -> None:
        shelf = tuple(
            cast.Coffee(**{**vars(each), "stock": sumatra}) if each.code == "sumatra" else each
            for each in cast.SHELF
        )
        self.coffee = cast.stock_shelf(work, shelf)
        plan = cast.add_plan(work)
        self.ada = cast.subscribe(work, "Ada", plan, exclusions=NO_DARK)
        self.ben, self.cleo, self.dev = (
            cast.subscribe(work, name, plan) for name in ("Ben", "Cleo", "Dev")
        )
        boxes = select(Box).where(Box.subscription_id == self.ada.id).order_by(Box.ships_on)
        box = work.session.scalars(boxes).first()
        self.day, self.batch_id = box.ships_on, box.batch_id

    def box(self, work, subscription) -> Box:
        """Return somebody's box in the batch."""
        found = select(Box).where(
            Box.subscription_id == subscription.id, Box.batch_id == self.batch_id
        )
        return work.session.scalars(found).one()

    def curate(self, work, *rules: CurationRule) -> uuid.UUID:
        """Settle something for the day of the batch."""
        return save_curation(work, CurationFields(self.day, self.day, THEME, rules))

    def rule(self, kind: CurationKind, code: str, instead: str = "", until=None) -> CurationRule:
        """Return a rule about a coffee."""
        return CurationRule(
            kind, self.coffee[code], self.coffee[instead] if instead else None, until
        )

    def compose(self, work) -> dict[str, dict[str, str]]:
        """Compose the batch; return each person's coffees with where they came from."""
        freeze_batch(work, batch_of(work.session, self.batch_id, lock=True))
        compose_batch(work, self.batch_id)
        return {
            name: self.lines(work, getattr(self, name)) for name in ("ada", "ben", "cleo", "dev")
        }

    def lines(self, work, subscription) -> dict[str, str]:
        """Return the coffees of a composed box with where they came from."""
        codes = {product_id: code for code, product_id in self.coffee.items()}
        rows = work.session.scalars(
            select(BoxLine).where(BoxLine.box_id == self.box(work, subscription).id)
        )
        return {codes[row.product_id]: row.source.value for row in rows}


@pytest.fixture
def scene(units, actor):
    with units(actor) as work:
        return Shop(work)


def test_every_box_that_may_have_the_hero_gets_it(scene, units, actor):
    with units(actor) as work:
        scene.curate(work, scene.rule(HERO, "sumatra"))
        boxes = scene.compose(work)
    assert "sumatra" not in boxes["ada"], "she excludes dark roasts"
    assert all(boxes[name]["sumatra"] == "hero" for name in ("ben", "cleo", "dev"))
    with units(actor) as work:
        assert work.session.scalars(select(ComposeRun.curation)).one()["theme"] == THEME


def test_a_hero_goes_as_far_as_its_stock(units, actor):
    with units(actor) as work:
        scene = Shop(work, sumatra=2)
        scene.curate(work, scene.rule(HERO, "sumatra"))
        boxes = scene.compose(work)
    assert sum("sumatra" in lines for lines in boxes.values()) == 2
    assert all(len(lines) == 2 for lines in boxes.values())


def test_own_choices_come_before_the_hero(scene, units, actor):
    with units(actor) as work:
        scene.curate(work, scene.rule(HERO, "sumatra"))
        mine = {scene.coffee["kenya"]: 1, scene.coffee["brazil"]: 1}
        set_mix(work, scene.ben.subscriber_id, scene.ben.id, mine)
        cleo = scene.box(work, scene.cleo).id
        take_out(work, scene.cleo.subscriber_id, cleo, scene.coffee["sumatra"])
        boxes = scene.compose(work)
    assert set(boxes["ben"]) == {"kenya", "brazil"}
    assert "sumatra" not in boxes["cleo"]
    assert boxes["dev"]["sumatra"] == "hero"


def test_what_is_left_out_goes_nowhere_and_the_choice_is_substituted(scene, units, actor):
    with units(actor) as work:
        before = propose_box(work, scene.ben.subscriber_id, scene.box(work, scene.ben).id)
        first = before.lines[0].product_id
        code = next(code for code, product in scene.coffee.items() if product == first)
        pin_product(work, scene.ben.subscriber_id, before.box_id, first)
        scene.curate(work, scene.rule(LEAVE_OUT, code))
        shown = propose_box(work, scene.ben.subscriber_id, before.box_id)
        boxes = scene.compose(work)
    assert first not in {each.product_id for each in (*shown.lines, *shown.alternatives)}
    assert not any(code in lines for lines in boxes.values())
    assert "substitute" in boxes["ben"].values()


def test_an_embargo_holds_for_every_box_before_its_day(scene, units, actor):
    with units(actor) as work:
        embargo = scene.rule(EMBARGO, "kenya", until=scene.day + timedelta(days=8))
        later = scene.day + timedelta(days=60)
        save_curation(work, CurationFields(later, later, THEME, (embargo,)))
        kenya = scene.coffee["kenya"]
        assert kenya in curation_on(work.session, scene.day).closed
        assert kenya in curation_on(work.session, scene.day + timedelta(days=7)).closed
        assert kenya not in curation_on(work.session, scene.day + timedelta(days=8)).closed
        boxes = scene.compose(work)
    assert not any("kenya" in lines for lines in boxes.values())


def test_a_replacement_goes_where_the_other_would_have_gone(scene, units, actor):
    codes = {product_id: code for code, product_id in scene.coffee.items()}
    with units(actor) as work:
        answers = QuizAnswers("Light", "Floral", "Weak", ("Pour over",), ("No - just black",))
        answer_quiz(work, scene.dev.subscriber_id, answers)
        shown = propose_box(work, scene.dev.subscriber_id, scene.box(work, scene.dev).id)
        best, worst = shown.lines[0].product_id, shown.alternatives[-1].product_id
        scene.curate(work, scene.rule(REPLACE, codes[best], codes[worst]))
        boxes = scene.compose(work)
    assert codes[worst] in boxes["dev"]
    assert not any(codes[best] in lines for lines in boxes.values())


def test_a_chosen_coffee_is_replaced_as_a_substitute(scene, units, actor):
    with units(actor) as work:
        set_mix(work, scene.ben.subscriber_id, scene.ben.id, {scene.coffee["italia"]: 1})
        scene.curate(work, scene.rule(REPLACE, "italia", "kenya"))
        boxes = scene.compose(work)
        kenya = (BoxLine.product_id == scene.coffee["kenya"], BoxLine.source == "substitute")
        line = work.session.scalars(select(BoxLine).where(*kenya)).one()
    assert boxes["ben"]["kenya"] == "substitute" and line.instead_of == "Italia"


def test_exclusions_win_over_a_replacement(scene, units, actor):
    with units(actor) as work:
        scene.curate(
            work, *(scene.rule(REPLACE, code, "sumatra") for code in ("kenya", "ethiopia"))
        )
        boxes = scene.compose(work)
    assert "sumatra" not in boxes["ada"] and len(boxes["ada"]) == 2


def test_a_rehearsal_shows_the_effect(scene, units, actor):
    with units(actor) as work:
        plain = scene.rule(HERO, "sumatra")
        scene.curate(work, plain)
    with units.rehearse(actor) as work:
        run = rehearse_batch(work, scene.batch_id).run
    sumatra = {str(scene.coffee["sumatra"])}
    assert run["curation"]["hero"] in sumatra


CONTRADICTIONS = (
    (CurationRefusal.TWO_HEROES, [(HERO, "kenya"), (HERO, "brazil")]),
    (CurationRefusal.TWICE, [(HERO, "kenya"), (LEAVE_OUT, "kenya")]),
    (CurationRefusal.HERO_KEPT_BACK, [(HERO, "kenya"), (EMBARGO, "kenya", "", 9)]),
    (CurationRefusal.ITSELF, [(REPLACE, "kenya", "kenya")]),
    (
        CurationRefusal.REPLACED_BY_MISSING,
        [(REPLACE, "kenya", "brazil"), (LEAVE_OUT, "brazil")],
    ),
    (
        CurationRefusal.REPLACED_BY_MISSING,
        [(REPLACE, "kenya", "brazil"), (REPLACE, "brazil", "quiet")],
    ),
    (CurationRefusal.NO_DAY, [(EMBARGO, "kenya")]),
    (CurationRefusal.NO_REPLACEMENT, [(REPLACE, "kenya")]),
)


@pytest.mark.parametrize(("refusal", "rules"), CONTRADICTIONS)
def test_what_contradicts_itself_is_refused(scene, units, actor, refusal, rules):
    made = [
        scene.rule(
            kind, code, *rest[:1], until=scene.day + timedelta(days=rest[1]) if rest[1:] else None
        )
        for kind, code, *rest in rules
    ]
    with pytest.raises(Refused) as said, units(actor) as work:
        scene.curate(work, *made)
    assert said.value.refusal is refusal
    with units(actor) as work:
        assert curations(work.session, date(2027, 1, 1)) == []


def test_curations_do_not_contradict_each_other(scene, units, actor):
    later = scene.day + timedelta(days=30)
    with units(actor) as work:
        first = scene.curate(work, scene.rule(HERO, "kenya"))
        kept_back = scene.rule(EMBARGO, "kenya", until=later)
    for refusal, fields in (
        (CurationRefusal.DAYS_TAKEN, CurationFields(scene.day, later, THEME)),
        (CurationRefusal.DAYS_REVERSED, CurationFields(later, scene.day, THEME)),
        (CurationRefusal.DAYS_PAST, CurationFields(date(2026, 1, 1), date(2026, 1, 2), THEME)),
        (CurationRefusal.HERO_ELSEWHERE, CurationFields(later, later, THEME, (kept_back,))),
    ):
        with pytest.raises(Refused) as said, units(actor) as work:
            save_curation(work, fields)
        assert said.value.refusal is refusal
    with units(actor) as work:
        save_curation(work, CurationFields(scene.day, later, THEME), first)
        assert [page.ends_on for page in curations(work.session, scene.day)] == [later]
        forget_curation(work, first)
        assert curations(work.session, scene.day) == []
