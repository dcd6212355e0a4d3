"""Vouchers and credit: what pays for boxes before a card does."""

from datetime import date
from typing import Annotated

from app.billing.offer_queries import VoucherRow, voucher_row, vouchers
from app.billing.price_list_queries import credit_of
from app.billing.services import redeem_voucher as redeeming
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.finance.services import make_vouchers as making
from app.people.queries import subscriber_of
from app.people.rules import Scope
from app.web.api.chapter import Chapter, Effect
from app.web.api.shapes import (
    GivenDay,
    Id,
    Moment,
    Money,
    OptionalLine,
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
from app.web.api.subscribers import SubscriberPath

VOUCHERS = Chapter("Vouchers", "What pays for boxes before a card does.")


class VoucherPath(Params):
    """Names a voucher."""

    voucher_id: Id


class VoucherIn(Strict):
    """Vouchers to be made; `sold` ones were paid for elsewhere, others are presents."""

    model_config = shown(amount={"amount": 2500, "currency": "USD"}, count=1, sold=True)

    amount: Price
    count: Annotated[int, Whole(1, 500)] = 1
    sold: bool
    valid_to: GivenDay | None = None
    note: OptionalLine = ""


class VoucherCodes(Strict):
    """The codes of new vouchers; they are shown here and nowhere else."""

    codes: list[str]


class Voucher(Strict):
    """A voucher as staff see it: the end of its code only."""

    id: Id
    ending: str
    value: Money
    left: Money
    sold: bool
    note: str
    valid_to: date | None
    made_at: Moment
    ended_at: Moment | None


class VoucherPage(Page[Voucher]):
    """One page of vouchers."""


class RedeemIn(Strict):
    """A voucher's code, and how much of it goes into the credit; all that is left for null."""

    model_config = shown(code="2345-6789-ABCD-EFGH")

    code: TypedCode
    amount: Price | None = None


class Credit(Strict):
    """What somebody has in credit; it pays the next invoices by itself."""

    credit: Money


@VOUCHERS.get("/vouchers", Scope.BILLING_READ)
def list_vouchers(work: UnitOfWork, query: Paging) -> VoucherPage:
    """List vouchers, the newest first; never their codes."""
    rows = vouchers(work.session, (query.limit + 1, query.offset))
    return VoucherPage(**window(query, [_voucher(work, row) for row in rows]))


@VOUCHERS.create("/vouchers", Scope.BILLING_WRITE)
def create_vouchers(work: UnitOfWork, body: VoucherIn) -> VoucherCodes:
    """Make vouchers; their codes are in this answer and nowhere else."""
    cents = body.amount.cents(work.shop.currency, "amount")
    end = (body.valid_to, body.note)
    return VoucherCodes(codes=making.make_vouchers(work, cents, body.count, body.sold, end))


@VOUCHERS.post("/vouchers/<uuid:voucher_id>/settle", Scope.BILLING_WRITE, Effect.DESTRUCTIVE)
def settle_voucher(work: UnitOfWork, path: VoucherPath) -> Voucher:
    """Note that the money of a voucher that ended unused went back to whoever bought it."""
    making.settle_voucher(work, path.voucher_id)
    return _voucher(work, voucher_row(work.session, path.voucher_id))


@VOUCHERS.get("/subscribers/<uuid:subscriber_id>/credit", Scope.BILLING_READ)
def get_credit(work: UnitOfWork, path: SubscriberPath) -> Credit:
    """Get what somebody has in credit."""
    subscriber_of(work.session, path.subscriber_id)
    cents = credit_of(work.session, [path.subscriber_id]).get(path.subscriber_id, 0)
    return Credit(credit=Money(amount=cents, currency=work.shop.currency))


@VOUCHERS.post(
    "/subscribers/<uuid:subscriber_id>/vouchers", Scope.SUBSCRIPTIONS_WRITE, Effect.DESTRUCTIVE
)
def redeem_voucher(work: UnitOfWork, path: SubscriberPath, body: RedeemIn) -> Credit:
    """Put the money of a voucher into somebody's credit, all of it or a part."""
    subscriber_of(work.session, path.subscriber_id)
    cents = body.amount.cents(work.shop.currency, "amount") if body.amount else None
    try:
        redeeming.redeem_voucher(work, path.subscriber_id, body.code, cents)
    except Refused as refused:
        field = "amount" if refused.field == "amount" else "code"
        raise Refused(refused.refusal, refused.offer, field) from refused
    return get_credit(work, path)


def _voucher(work: UnitOfWork, row: VoucherRow) -> Voucher:
    """Return a voucher in the API's words."""
    currency = work.shop.currency
    return Voucher(
        id=row.id,
        ending=row.ending,
        value=Money(amount=row.value_cents, currency=currency),
        left=Money(amount=row.left_cents, currency=currency),
        sold=row.sold,
        note=row.note,
        valid_to=row.valid_to,
        made_at=row.made_at,
        ended_at=row.expired_at,
    )
