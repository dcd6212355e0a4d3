"""Several people share one discount; and people say themselves what they pay for a box."""

import pytest

from app.billing.services.change_price import announce_price
from app.core.refusals import Refused
from app.finance.rules import Ledger
from app.fulfilment.round_queries import rounds_of
from app.fulfilment.services.ask_pledges import ask_pledges
from app.fulfilment.services.cancel_subscription import cancel_subscription
from app.fulfilment.services.refund_box import cancel_box
from app.subscriptions.group_queries import group_with
from app.subscriptions.pledge_rules import PledgeRefusal
from app.subscriptions.price_term_rules import GroupTerms, PledgeTerms, PriceTerms
from app.subscriptions.queries import plan_of
from app.subscriptions.services.change_pledge import change_pledge
from app.subscriptions.services.join_group import join_group, leave_group, start_group
from app.subscriptions.services.price_plan import price_plan
from tests.cast import WEEKLY
from tests.stories.ahead import balance, ship_released
from tests.stories.quoted import (
    FIRST,
    FOURTH,
    SECOND,
    THIRD,
    billed,
    local,
    quoted,
    reductions,
)


@pytest.fixture
def shop(open_shop):
    return open_shop(local(2, 26))


def test_three_people_share_a_discount_until_one_of_them_leaves(shop):
    shop.stock()
    plan = shop.plan(WEEKLY)
    with shop.tools.units(shop.actor) as work:
        price_plan(work, "weekly", PriceTerms(group=GroupTerms(3, 1000)))
    ada, ben, cleo = (shop.subscribe(name, plan) for name in ("Ada", "Ben", "Cleo"))
    with shop.tools.units(shop.actor) as work:
        group = start_group(work, ada[0].id, ada[1].id, "The office")
        join_group(work, ben[0].id, ben[1].id, f" {group.code.lower()} ")
    assert quoted(shop, ada, FIRST).total == 3000
    with shop.tools.units(shop.actor) as work:
        join_group(work, cleo[0].id, cleo[1].id, group.code)
        join_group(work, cleo[0].id, cleo[1].id, group.code)
    everybody = (ada, ben, cleo)
    said = [quoted(shop, each, FIRST) for each in everybody]
    assert [(each.total, reductions(each)) for each in said] == [
        (2700, {"Group: 10 % off": 300})
    ] * 3
    assert len(shop.letters("group_holds")) == 3

    shop.live_at(local(3, 1))
    assert [billed(shop, each, FIRST).lines for each in everybody] == [each.lines for each in said]
    # Friday: the next box closes on Sunday, within the notice, and keeps the discount.
    shop.put(local(3, 5))
    with shop.tools.units(shop.actor) as work:
        leave_group(work, cleo[0].id, cleo[1].id)
    told = shop.letters("group_short")
    assert [each.person_id for each in told] == [ada[0].id, ben[0].id]
    assert {each.facts["ends_at"] for each in told} == {local(3, 8).isoformat()}
    ahead = [quoted(shop, each, SECOND).total for each in (ada, cleo)]
    assert (*ahead, quoted(shop, ada, THIRD).total) == (2700, 3000, 3000)
    ship_released(shop)
    shop.live_at(local(3, 8))
    assert [billed(shop, each, SECOND).total for each in everybody] == [2700, 2700, 3000]

    # A new third one brings it back, until another one cancels.
    dev = shop.subscribe("Dev", plan)
    with shop.tools.units(shop.actor) as work:
        join_group(work, dev[0].id, dev[1].id, group.code)
    again = [quoted(shop, each, THIRD).total for each in (ada, cleo, dev)]
    assert again == [2700, 3000, 2700]
    called_back = shop.box_on(ada[1], SECOND)
    with shop.tools.units(shop.actor) as work:
        cancel_box(work, called_back.id, "she asked")
        cancel_subscription(work, ben[0].id, ben[1].id, "moving")
        left = group_with(work.session, ada[1].id, work.now)
    assert left and (left.people, left.missing) == (2, 1)
    assert [each.name for each in left.seats] == ["Ada", "Dev"]
    shop.run_due()
    assert [each.amount_cents for each in shop.refunds(called_back)] == [2700]
    ship_released(shop)
    # Three first boxes at 27.00; of the second ones Ben's at 27.00 and Cleo's at 30.00.
    assert (balance(shop, Ledger.BOXES), balance(shop, Ledger.DEFERRED)) == (-13_800, 0)


def test_a_round_is_covered_once_those_who_can_have_pledged_more(shop):
    shop.stock()
    plan = shop.plan(WEEKLY)
    with shop.tools.units(shop.actor) as work:
        terms = PledgeTerms(5000, 20_000, 9600)
        price_plan(work, "weekly", PriceTerms(pledge=terms))
    ada, ben, cleo = (shop.subscribe(name, plan) for name in ("Ada", "Ben", "Cleo"))
    with shop.tools.units(shop.actor) as work:
        change_pledge(work, ada[0].id, ada[1].id, 2000)
    assert [quoted(shop, each, FIRST).total for each in (ada, ben, cleo)] == [2000, 3000, 3000]
    with shop.tools.units(shop.actor) as work:
        first = rounds_of(work.session, plan_of(work.session, plan.id), FIRST)[0].stands
        assert (first.sum_cents, first.short_cents, first.short_each_cents) == (8000, 1600, 534)
        assert ask_pledges(work, plan.id) == 3
    for cents in (1499, 6001, True):
        with pytest.raises(Refused) as refused, shop.tools.units(shop.actor) as work:
            change_pledge(work, ada[0].id, ada[1].id, cents)
        assert refused.value.refusal is PledgeRefusal.OUT_OF_RANGE
    with shop.tools.units(shop.actor) as work:
        change_pledge(work, ben[0].id, ben[1].id, 4600)
        change_pledge(work, ben[0].id, ben[1].id, 4600)
    # On Monday, between cut-off and packing, a pledge is for the boxes after this one.
    shop.put(local(3, 1, 1))
    with shop.tools.units(shop.actor) as work:
        change_pledge(work, cleo[0].id, cleo[1].id, 5000)
        change_pledge(work, ada[0].id, ada[1].id, 1500)
    said = [quoted(shop, each, FIRST).total for each in (ada, ben, cleo)]
    assert said == [2000, 4600, 3000]
    assert [quoted(shop, each, SECOND).total for each in (ada, cleo)] == [1500, 5000]
    shop.live_at(local(3, 1))
    assert [billed(shop, each, FIRST).total for each in (ada, ben, cleo)] == said
    with shop.tools.units(shop.actor) as work:
        rounds = rounds_of(work.session, plan_of(work.session, plan.id), FIRST)
        stands = [(each.stands.sum_cents, each.stands.short_cents) for each in rounds[:2]]
        assert stands == [(9600, 0), (11_100, 0)]
        with pytest.raises(Refused):
            announce_price(work, plan.id, 2, 3300, FOURTH)
    called_back = shop.box_on(ben[1], FIRST)
    with shop.tools.units(shop.actor) as work:
        cancel_box(work, called_back.id, "he asked")
    shop.run_due()
    assert [each.amount_cents for each in shop.refunds(called_back)] == [4600]
    ship_released(shop)
    assert (balance(shop, Ledger.BOXES), balance(shop, Ledger.DEFERRED)) == (-5000, 0)
    assert len(shop.letters("pledge_changed")) == 4
