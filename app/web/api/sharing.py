"""Groups that share a discount, and pledges: join, leave, pledge, and how the rounds stand."""

from datetime import date
from typing import Annotated

from pydantic import StringConstraints

from app.core.clock import local_day
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.round_queries import DatedRound, rounds_of
from app.people.rules import Scope
from app.subscriptions.group_queries import GroupView, group_with
from app.subscriptions.queries import any_subscription, plan_by_code
from app.subscriptions.services.change_pledge import change_pledge
from app.subscriptions.services.join_group import join_group, start_group
from app.subscriptions.services.join_group import leave_group as leave
from app.web.api.chapter import Chapter
from app.web.api.plans import PlanPath
from app.web.api.shapes import Moment, Money, Price, Strict, shown
from app.web.api.subscription_shapes import Subscription, SubscriptionPath, shown_subscription

SHARING = Chapter("Groups and pledges", "One discount for several people; prices people name.")
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class GroupIn(Strict):
    """The name of a new group, or as `group` the code of one that is there."""

    model_config = shown(name="The office")

    name: Word | None = None
    group: Word | None = None


class Group(Strict):
    """A group; `people` counts those whose subscription goes on, `missing` those it lacks."""

    code: str
    name: str
    people: int
    missing: int
    holds: bool
    holds_until: Moment | None


class OwnGroup(Strict):
    """The group of a subscription; null where it is in none."""

    group: Group | None


class Pledged(Strict):
    """What somebody pledges for each box that can still be changed."""

    model_config = shown(pledge={"amount": 2800, "currency": "USD"})

    pledge: Price


class PlanRound(Strict):
    """What the boxes of a shipping day bring together, against what they must bring."""

    ships_on: date
    cutoff_at: Moment
    boxes: int
    pledged: Money
    target: Money
    missing: Money


class PlanRounds(Strict):
    """The next rounds of a plan that takes pledges, the nearest first; none for another plan."""

    rounds: list[PlanRound]


@SHARING.get("/subscriptions/<uuid:subscription_id>/group", Scope.SUBSCRIPTIONS_READ)
def get_group(work: UnitOfWork, path: SubscriptionPath) -> OwnGroup:
    """Get the group that a subscription is in."""
    subscription = any_subscription(work.session, path.subscription_id)
    found = group_with(work.session, subscription.id, work.now)
    return OwnGroup(group=_group(found) if found else None)


@SHARING.put("/subscriptions/<uuid:subscription_id>/group", Scope.SUBSCRIPTIONS_WRITE)
def put_group(work: UnitOfWork, path: SubscriptionPath, body: GroupIn) -> OwnGroup:
    """Let a subscription join the group of a code; without a code it starts one."""
    owner = any_subscription(work.session, path.subscription_id).subscriber_id
    if body.group:
        join_group(work, owner, path.subscription_id, body.group)
    else:
        start_group(work, owner, path.subscription_id, body.name or "")
    return get_group(work, path)


@SHARING.post(
    "/subscriptions/<uuid:subscription_id>/group/leave",
    Scope.SUBSCRIPTIONS_WRITE,
    undo="putGroup",
)
def leave_group(work: UnitOfWork, path: SubscriptionPath) -> OwnGroup:
    """Let a subscription leave its group; its open boxes cost the whole price again."""
    owner = any_subscription(work.session, path.subscription_id).subscriber_id
    leave(work, owner, path.subscription_id)
    return get_group(work, path)


@SHARING.put("/subscriptions/<uuid:subscription_id>/pledge", Scope.SUBSCRIPTIONS_WRITE)
def put_pledge(work: UnitOfWork, path: SubscriptionPath, body: Pledged) -> Subscription:
    """Pledge an amount within the plan's range for every box that can still be changed."""
    owner = any_subscription(work.session, path.subscription_id).subscriber_id
    cents = body.pledge.cents(work.shop.currency, "pledge")
    change_pledge(work, owner, path.subscription_id, cents)
    return shown_subscription(work, path.subscription_id)


@SHARING.get("/plans/<code>/rounds", Scope.SUBSCRIPTIONS_READ)
def get_rounds(work: UnitOfWork, path: PlanPath) -> PlanRounds:
    """Get whether the pledges cover the coming rounds of a plan."""
    plan = plan_by_code(work.session, path.code)
    rows = rounds_of(work.session, plan, local_day(work.now, work.shop.zone))
    return PlanRounds(rounds=[_round(each, work.shop.currency) for each in rows])


def _group(view: GroupView) -> Group:
    return Group(
        code=view.code,
        name=view.name,
        people=view.people,
        missing=view.missing,
        holds=view.holds,
        holds_until=view.until_at,
    )


def _round(row: DatedRound, currency: str) -> PlanRound:
    def money(cents: int) -> Money:
        return Money(amount=cents, currency=currency)

    return PlanRound(
        ships_on=row.ships_on,
        cutoff_at=row.cutoff_at,
        boxes=len(row.stands.pledges),
        pledged=money(row.stands.sum_cents),
        target=money(row.stands.target_cents),
        missing=money(row.stands.short_cents),
    )
