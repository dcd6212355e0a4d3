"""The demonstration's year: people pay ahead, give, switch; playing it again adds nothing."""

from sqlalchemy import func, select

from app.cli.demo_shop import GUESTS
from app.cli.demo_year import YEAR, begin_year, live_month
from app.cli.seed import seed_shop
from app.subscriptions.models import Gift, Term
from tests.jobs.shop_with_stand_in import ACTOR


def counts(tools):
    with tools.units(ACTOR) as work:
        return [
            work.session.scalar(select(func.count()).select_from(each)) for each in (Term, Gift)
        ]


def test_a_year_begins_once_and_its_first_month_is_lived(shop_of):
    tools = shop_of.tools
    seed_shop(tools)
    for _ in range(2):
        begin_year(tools)
        assert counts(tools) == [6, 2]
    assert live_month(tools, 1) == len(YEAR[1])
    assert live_month(tools, 13) == 0


def test_every_deed_names_somebody_of_the_shop():
    emails = {guest.email for guest in GUESTS}
    assert {email for deeds in YEAR.values() for email, _ in deeds} <= emails
