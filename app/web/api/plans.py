"""Plans: how often, until when, how large, at what price; and days without delivery."""

from datetime import date

from pydantic import Field

from app.billing.dunning_queries import terms_of_plan
from app.billing.services.save_dunning import save_dunning
from app.catalog.rules import SaleStatus
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.services.close_day import close_day
from app.people.rules import Scope
from app.subscriptions.queries import all_plans, calendar, first_dates, plan_by_code
from app.subscriptions.services.save_plan import save_plan
from app.web.api.chapter import Chapter
from app.web.api.plan_shapes import (
    Plan,
    PlanIn,
    UnpaidTerms,
    fields_of,
    shown_plan,
    shown_terms,
    unpaid_terms_of,
)
from app.web.api.shapes import (
    Code,
    GivenDay,
    InputRefusal,
    Page,
    Paging,
    Params,
    Prose,
    Strict,
    cut,
    shown,
)

PLANS = Chapter("Plans", "What people subscribe to, and the days on which nothing ships.")


class PlanPath(Params):
    """Names a plan."""

    code: Code


class DayPath(Params):
    """Names a day."""

    day: GivenDay


class PlanQuery(Paging):
    """Which plans are wanted."""

    status: SaleStatus | None = Field(None, description="Only those of this status.")


class PlanPage(Page[Plan]):
    """One page of plans."""


class FirstDates(Strict):
    """When the first boxes would ship for somebody who starts now."""

    dates: list[date]


class ClosedDayIn(Strict):
    """Where the boxes of a closed day go: out on another day, or nowhere for null."""

    model_config = shown(ships_on="2027-07-06", reason="stocktaking")

    ships_on: GivenDay | None
    reason: Prose = ""


class ClosedDay(Strict):
    """A day on which nothing ships; `boxes` were moved or fell out by closing it just now."""

    day: date
    ships_on: date | None
    boxes: int


class ShutDay(Strict):
    """A day on which nothing ships, and where its boxes go."""

    day: date
    ships_on: date | None


class ShutDayPage(Page[ShutDay]):
    """One page of days without delivery."""


@PLANS.get("/plans", Scope.CATALOG_READ)
def list_plans(work: UnitOfWork, query: PlanQuery) -> PlanPage:
    """List plans by their codes."""
    found = [
        each
        for each in all_plans(work.session)
        if query.status is None or each.status is query.status
    ]
    page = cut(query, found)
    return PlanPage(**{**page, "items": [shown_plan(work, each) for each in page["items"]]})


@PLANS.get("/plans/<code>", Scope.CATALOG_READ)
def get_plan(work: UnitOfWork, path: PlanPath) -> Plan:
    """Get a plan."""
    return shown_plan(work, plan_by_code(work.session, path.code))


@PLANS.get("/plans/<code>/first-dates", Scope.CATALOG_READ)
def get_first_dates(work: UnitOfWork, path: PlanPath) -> FirstDates:
    """Get the first three days on which somebody who starts now gets a box."""
    plan = plan_by_code(work.session, path.code)
    return FirstDates(dates=list(first_dates(plan, work.now, work.shop.zone)))


@PLANS.put("/plans/<code>", Scope.CATALOG_WRITE)
def put_plan(work: UnitOfWork, path: PlanPath, body: PlanIn) -> Plan:
    """Add a plan, or change the one with this code; agreed prices stay as they are."""
    fields = fields_of(body, path.code, work.shop.currency)
    return shown_plan(work, save_plan(work, fields))


@PLANS.get("/plans/<code>/unpaid", Scope.CATALOG_READ)
def get_unpaid_terms(work: UnitOfWork, path: PlanPath) -> UnpaidTerms:
    """Get what happens to unpaid boxes of a plan: its own terms, or else the shop's."""
    plan = plan_by_code(work.session, path.code)
    return shown_terms(terms_of_plan(work.session, work.shop, plan.id))


@PLANS.put("/plans/<code>/unpaid", Scope.CATALOG_WRITE)
def put_unpaid_terms(work: UnitOfWork, path: PlanPath, body: UnpaidTerms) -> UnpaidTerms:
    """Give a plan its own terms for unpaid boxes; they hold from the next decline on."""
    plan = plan_by_code(work.session, path.code)
    save_dunning(work, plan.id, unpaid_terms_of(body))
    return body


@PLANS.get("/closed-days", Scope.CATALOG_READ)
def list_closed_days(work: UnitOfWork, query: Paging) -> ShutDayPage:
    """List the days on which nothing ships."""
    page = cut(query, sorted(calendar(work.session).items()))
    days = [ShutDay(day=day, ships_on=ships_on) for day, ships_on in page["items"]]
    return ShutDayPage(**{**page, "items": days})


@PLANS.put("/closed-days/<day>", Scope.CATALOG_WRITE)
def put_closed_day(work: UnitOfWork, path: DayPath, body: ClosedDayIn) -> ClosedDay:
    """Ship nothing on a day; its boxes move or fall out, and people are told."""
    if body.ships_on == path.day:
        raise Refused(InputRefusal.SAME_DAY, field="ships_on")
    boxes = close_day(work, path.day, body.ships_on, body.reason)
    return ClosedDay(day=path.day, ships_on=body.ships_on, boxes=boxes)
