"""The night's learning: only when it is time, twice changes nothing, worse stays beside."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.jobs.relearning import learn_again
from app.personalization.model_queries import live_row, models
from app.personalization.rules import Rating
from app.personalization.services.rate_product import rate_product
from tests import cast
from tests.jobs.shop_with_stand_in import ACTOR
from tests.services.tasters import let_taste


@pytest.fixture
def shelf(shop_of):
    with shop_of.tools.units(ACTOR) as work:
        rows = work.session.execute(text("SELECT code, id FROM product")).all()
        return {code: key for code, key in rows}


def test_a_new_shop_has_nothing_to_learn(shop_of):
    assert learn_again(shop_of.tools) is None
    with shop_of.tools.units(ACTOR) as work:
        assert live_row(work.session).version == "prior-1"


def test_ratings_are_learnt_from_once_and_again_when_there_are_more(shop_of, shelf, clock):
    with shop_of.tools.units(ACTOR) as work:
        let_taste(work, 60, shelf)
    done = learn_again(shop_of.tools)
    assert done["reasons"] == ["no_model_was_learnt_yet"]
    assert done["released"]
    assert learn_again(shop_of.tools) is None

    clock.move_to(clock.moment + timedelta(days=1))
    with shop_of.tools.units(ACTOR) as work:
        for number in range(25):
            person = cast.register(work, f"Newcomer{number}")
            rate_product(work, person, shelf["kenya"], Rating(1 + number % 5))
    more = learn_again(shop_of.tools)
    assert more["reasons"] == ["many_new_ratings"]
    assert learn_again(shop_of.tools) is None
    with shop_of.tools.units(ACTOR) as work:
        assert [each.status for each in models(work.session)].count("live") == 1


def test_five_new_coffees_are_a_reason(shop_of, shelf):
    with shop_of.tools.units(ACTOR) as work:
        let_taste(work, 60, shelf)
    learn_again(shop_of.tools)
    with shop_of.tools.units(ACTOR) as work:
        cast.stock_shelf(work, tuple(cast.Coffee(f"new{number}") for number in range(5)))
    assert learn_again(shop_of.tools)["reasons"] == ["new_coffees_on_sale"]
