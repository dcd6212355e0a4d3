"""Places of a plan: the last guard, a change of plan, limits without sense, leaving the line."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.refusals import Refused
from app.fulfilment.services.activate_subscription import activate_subscription
from app.fulfilment.services.change_plan import change_plan
from app.people.services.save_address import save_address
from app.subscriptions.place_queries import full_plans, full_sizes, in_line, place_rows
from app.subscriptions.place_rules import WHOLE, Limit, PlaceRefusal, Taken
from app.subscriptions.rules import Pricing, SubscriptionRefusal, SubscriptionStatus
from app.subscriptions.services.join_wait_list import (
    WaitWish,
    join_wait_list,
    leave_wait_list,
)
from app.subscriptions.services.offer_places import offer_all
from app.subscriptions.services.set_places import set_places
from app.subscriptions.services.sign_up import SignUp, sign_up
from tests.cast import HOME, WEEKLY, add_plan, register, subscribe

OTHER = replace(WEEKLY, code="other")


@pytest.fixture
def plan(units, actor):
    """A plan whose only place of two Ada has."""
    with units(actor) as work:
        plan = add_plan(work)
        subscribe(work, "Ada", plan)
        return set_places(work, "weekly", [Limit(2, 1)], 3)


def test_the_database_lets_no_second_one_in(units, actor, plan):
    with units(actor) as work:
        ben = subscribe(work, "Ben", add_plan(work, OTHER))
    with pytest.raises(IntegrityError), units(actor) as work:
        # Whatever code forgets to ask: the change itself is refused.
        work.session.execute(
            text("UPDATE subscription SET plan_id = :plan, place_until = now() WHERE id = :id"),
            {"plan": plan.id, "id": ben.id},
        )


def test_a_full_plan_cannot_be_changed_to_and_what_is_left_gets_free(units, actor, plan):
    with units(actor) as work:
        ben = subscribe(work, "Ben", add_plan(work, OTHER))
        with pytest.raises(Refused) as full:
            change_plan(work, ben.subscriber_id, ben.id, plan.id, 2)
        assert full.value.refusal is PlaceRefusal.FULL
        assert full_sizes(work.session, plan, work.now) == {2: 0}
        # Another size is not limited; Ben takes it, and gives the place of his plan up.
        change_plan(work, ben.subscriber_id, ben.id, plan.id, 4)
        rows = {each.size: each.taken for each in place_rows(work.session, plan, work.now)}
        assert rows == {WHOLE: Taken(2, 8600), 1: Taken(), 2: Taken(1, 3000), 4: Taken(1, 5600)}


def test_who_signed_up_before_there_was_a_limit_is_let_in(units, actor):
    with units(actor) as work:
        plan = add_plan(work)
        person_id = register(work, "Ada")
        address = save_address(work, person_id, HOME)
        waiting = sign_up(work, SignUp(person_id, plan.id, 2, address.id)).id
        set_places(work, "weekly", [Limit(WHOLE, 0)], 3)
    with units(actor) as work:
        assert activate_subscription(work, waiting).status is SubscriptionStatus.ACTIVE


@pytest.mark.parametrize(
    ("limits", "days", "why"),
    [
        ([Limit(2, -1)], 3, PlaceRefusal.BAD_PLACES),
        ([Limit(2, None, -1)], 3, PlaceRefusal.BAD_TURNOVER),
        ([Limit(2, 1), Limit(2, 2)], 3, PlaceRefusal.TWICE),
        ([Limit(3, 1)], 3, SubscriptionRefusal.UNKNOWN_SIZE),
        ([Limit(2, 1)], 31, PlaceRefusal.BAD_HOLD),
    ],
)
def test_limits_that_make_no_sense_are_refused(units, actor, plan, limits, days, why):
    with pytest.raises(Refused) as refused, units(actor) as work:
        set_places(work, "weekly", limits, days)
    assert refused.value.refusal is why


def test_a_turnover_needs_one_price(units, actor):
    with units(actor) as work:
        add_plan(work, pricing=Pricing.CONTENTS)
        with pytest.raises(Refused) as refused:
            set_places(work, "weekly", [Limit(WHOLE, None, 9000)], 3)
    assert refused.value.field == "turnover_0"


def test_whoever_leaves_the_line_gives_their_turn_to_the_next(units, actor, plan):
    with units(actor) as work:
        first, second = (
            join_wait_list(work, WaitWish(plan.id, 2, f"{name}@example.com", name)).id
            for name in ("ann", "bea")
        )
        with pytest.raises(Refused) as refused:
            join_wait_list(work, WaitWish(plan.id, 1, "cat@example.com", "cat"))
        assert refused.value.refusal is PlaceRefusal.NOT_FULL
        assert [(each.name, each.turn) for each in in_line(work.session, plan.id)] == [
            ("ann", 1),
            ("bea", 2),
        ]
        (full,) = full_plans(work.session)
        assert (full.size, full.waiting) == (2, 2)
        set_places(work, "weekly", [Limit(2, 2)], 3)
        leave_wait_list(work, first)
        assert offer_all(work) == 0, "the next was asked at once"
        assert [(each.id, each.status) for each in in_line(work.session, plan.id)] == [
            (second, "offered")
        ]
        # Without any limit nobody has to wait.
        set_places(work, "weekly", [], 3)
        assert full_sizes(work.session, plan, work.now) == {}
