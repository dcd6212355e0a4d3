"""Codes that make boxes cheaper: making and ending them, and who takes them up."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from app.billing.coupon_rules import CouponTerms
from app.billing.offer_queries import (
    CouponRow,
    coupon_row,
    coupons,
)
from app.billing.price_list_queries import discounts_of
from app.billing.services import replace_leaked as leaking
from app.billing.services import save_coupon as saving
from app.billing.services import take_coupon as taking
from app.core.unit_of_work import UnitOfWork
from app.people.rules import Scope
from app.subscriptions.queries import any_subscription
from app.web.api.blame import blaming
from app.web.api.chapter import Chapter, Effect
from app.web.api.shapes import (
    Count,
    GivenDay,
    GivenMoment,
    Id,
    Moment,
    Money,
    Page,
    Paging,
    Params,
    Price,
    Strict,
    TypedCode,
    Whole,
    shown,
    window,
)
from app.web.api.subscription_shapes import SubscriptionPath

OFFERS = Chapter("Codes", "What makes boxes cheaper, and for whom.")
CouponCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{3,40}$")]


class CouponPath(Params):
    """Names a coupon."""

    coupon_id: Id


class CouponIn(Strict):
    """A code: either a part in basis points (1/100 %) off, or an amount.

    `boxes` is for how many boxes of a subscription it is, null for all; `max_people` how many
    subscriptions may have it. No plans means every plan.
    """

    model_config = shown(code="SPRING-20", off_bp=2000, boxes=3)

    code: CouponCode
    off_bp: Annotated[int, Whole(1, 10_000)] | None = None
    off: Price | None = None
    boxes: Count | None = None
    max_people: Count | None = None
    plan_ids: list[Id] = Field(default_factory=list, max_length=100)
    valid_from: GivenDay | None = None
    valid_to: GivenDay | None = None


class Coupon(Strict):
    """A code, how many subscriptions have had it, and for how many invoices it counts."""

    id: Id
    code: str
    off_bp: int
    off: Money
    boxes: int | None
    max_people: int | None
    plan_ids: list[Id]
    valid_from: date | None
    valid_to: date | None
    ended_at: Moment | None
    people: int
    uses: int


class CouponPage(Page[Coupon]):
    """One page of codes."""


class LeakIn(Strict):
    """From when on a code was passed round, and the new one that replaces it, if any."""

    model_config = shown(since="2027-01-03T00:00:00Z", code="SPRING-21")

    since: GivenMoment
    code: CouponCode | None = None


class Leaked(Strict):
    """How many subscriptions lost the code, how many of them had used it, and the new one."""

    taken_back: int
    had_used: int
    replacement: Coupon | None


class TakeIn(Strict):
    """A code as somebody typed it."""

    model_config = shown(code="SPRING-20")

    code: TypedCode


class Discount(Strict):
    """What makes the boxes of a subscription cheaper, and for how many boxes it was used."""

    id: Id
    text: str
    off_bp: int
    off: Money
    boxes: int | None
    used: int


class Discounts(Strict):
    """All that makes the boxes of a subscription cheaper."""

    items: list[Discount]


@OFFERS.get("/coupons", Scope.BILLING_READ)
def list_coupons(work: UnitOfWork, query: Paging) -> CouponPage:
    """List codes, the newest first."""
    rows = coupons(work.session, (query.limit + 1, query.offset))
    return CouponPage(**window(query, [_coupon(work, row) for row in rows]))


@OFFERS.create("/coupons", Scope.BILLING_WRITE, undo="endCoupon")
def create_coupon(work: UnitOfWork, body: CouponIn) -> Coupon:
    """Make a code that can be used at once."""
    terms = CouponTerms(
        code=body.code,
        off_bp=body.off_bp or 0,
        off_cents=body.off.cents(work.shop.currency, "off") if body.off else 0,
        boxes=body.boxes,
        plan_ids=tuple(body.plan_ids),
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        max_people=body.max_people,
    )
    return _coupon(work, coupon_row(work.session, saving.make_coupon(work, terms)))


@OFFERS.post("/coupons/<uuid:coupon_id>/end", Scope.BILLING_WRITE, Effect.DESTRUCTIVE)
def end_coupon(work: UnitOfWork, path: CouponPath) -> Coupon:
    """Give a code to nobody else; who has it keeps it."""
    saving.end_coupon(work, path.coupon_id)
    return _coupon(work, coupon_row(work.session, path.coupon_id))


@OFFERS.post("/coupons/<uuid:coupon_id>/leaked", Scope.BILLING_WRITE, Effect.DESTRUCTIVE)
def replace_leaked(work: UnitOfWork, path: CouponPath, body: LeakIn) -> Leaked:
    """End a code, take it from everybody who took it since then, and make another in its place.

    Boxes that are invoiced already keep their price.
    """
    leak = leaking.replace_leaked(work, path.coupon_id, body.since, body.code)
    row = coupon_row(work.session, leak.coupon_id) if leak.coupon_id else None
    return Leaked(
        taken_back=leak.taken_back,
        had_used=leak.had_used,
        replacement=_coupon(work, row) if row else None,
    )


@OFFERS.get("/subscriptions/<uuid:subscription_id>/discounts", Scope.SUBSCRIPTIONS_READ)
def list_discounts(work: UnitOfWork, path: SubscriptionPath) -> Discounts:
    """List what makes the boxes of a subscription cheaper."""
    any_subscription(work.session, path.subscription_id)
    rows = discounts_of(work.session, [path.subscription_id]).get(path.subscription_id, [])
    currency = work.shop.currency
    return Discounts(
        items=[
            Discount(
                id=row.id,
                text=row.text,
                off_bp=row.off_bp,
                off=Money(amount=row.off_cents, currency=currency),
                boxes=row.boxes,
                used=row.used,
            )
            for row in rows
        ]
    )


@OFFERS.post("/subscriptions/<uuid:subscription_id>/coupon", Scope.SUBSCRIPTIONS_WRITE)
def take_coupon(work: UnitOfWork, path: SubscriptionPath, body: TakeIn) -> Discounts:
    """Give a subscription a code from its next invoice on; twice is once."""
    subscription = any_subscription(work.session, path.subscription_id)
    with blaming("code"):
        taking.take_coupon(work, subscription.subscriber_id, subscription.id, body.code)
    return list_discounts(work, path)


def _coupon(work: UnitOfWork, row: CouponRow) -> Coupon:
    """Return a code in the API's words."""
    return Coupon(
        id=row.id,
        code=row.code,
        off_bp=row.off_bp,
        off=Money(amount=row.off_cents, currency=work.shop.currency),
        boxes=row.boxes,
        max_people=row.max_people,
        plan_ids=list(row.plan_ids),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        ended_at=row.ended_at,
        people=row.people,
        uses=row.uses,
    )
