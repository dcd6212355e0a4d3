"""The demonstration's shop is made once, whole, with cards at the payment provider."""

from sqlalchemy import func, select

from app.billing.models import Account
from app.catalog.models import Product, Sku
from app.cli.demo_shop import COFFEES, GUESTS, PLANS, STAFF
from app.cli.seed import seed_shop
from app.core.records import AuditEntry
from app.people.queries import staff
from app.subscriptions.models import Subscription
from app.subscriptions.rules import SubscriptionStatus
from tests.jobs.shop_with_stand_in import ACTOR


def count(work, table):
    return work.session.scalar(select(func.count()).select_from(table))


def test_a_second_seed_adds_nothing(shop_of):
    tools = shop_of.tools
    assert seed_shop(tools) == len(GUESTS)
    with tools.units(ACTOR) as work:
        before = count(work, AuditEntry)
        statuses = work.session.scalars(select(Subscription.status)).all()
        accounts = count(work, Account)
        roles = {role for person in staff(work.session) for role in person.roles}
    assert set(statuses) == {SubscriptionStatus.ACTIVE}
    assert len(statuses) == accounts == len(GUESTS)
    assert roles >= {role.value for _, role in STAFF.values()}
    assert seed_shop(tools) == 0
    with tools.units(ACTOR) as work:
        assert count(work, AuditEntry) == before


def test_every_coffee_is_there_in_every_grind_and_has_a_chinese_name(shop_of):
    seed_shop(shop_of.tools)
    with shop_of.tools.units(ACTOR) as work:
        codes = [coffee.code for coffee in COFFEES]
        made = work.session.scalars(select(Product).where(Product.code.in_(codes))).all()
        bags = work.session.scalar(
            select(func.count()).where(Sku.product_id.in_([each.id for each in made]))
        )
    assert len(made) == len(COFFEES)
    assert bags == 6 * len(COFFEES)
    assert all(each.name["zh"] != each.name["en"] for each in made)
    assert any(each.allergens is None for each in made)
    assert {plan.code for plan in PLANS} == {guest.plan for guest in GUESTS}
