"""Declined charges that wait for a program's decision: try again, or give the box up."""

from app.billing.payment_queries import Undecided, waiting_for_decision
from app.billing.services.decide_retry import reject_payment, retry_payment
from app.core.unit_of_work import UnitOfWork
from app.people.rules import Scope
from app.web.api.chapter import Chapter, Effect
from app.web.api.shapes import (
    GivenMoment,
    Id,
    Moment,
    Money,
    Page,
    Paging,
    Params,
    Strict,
    cut,
    shown,
)

DECISIONS = Chapter(
    "Decisions",
    "Declined charges that wait for a program's word, in shops that leave it to one.",
)


class PaymentPath(Params):
    """Names a payment."""

    payment_id: Id


class Waiting(Strict):
    """A declined charge: `kind` is what its reason asks for, soft ones may be tried again."""

    payment_id: Id
    invoice_id: Id
    subscription_id: Id
    amount: Money
    reason: str
    kind: str
    tries: int
    since: Moment


class WaitingPage(Page[Waiting]):
    """One page of declined charges."""


class RetryIn(Strict):
    """When it is tried again; at once for null."""

    model_config = shown(at="2027-03-04T09:00:00Z")

    at: GivenMoment | None = None


class RejectIn(Strict):
    """Nothing needs to be said."""


class Decided(Strict):
    """What follows: the moment of the next try, or null for a box that is given up."""

    payment_id: Id
    next_try_at: Moment | None


@DECISIONS.get("/payments/waiting", Scope.BILLING_READ)
def list_waiting_payments(work: UnitOfWork, query: Paging) -> WaitingPage:
    """List declined charges that wait for a decision, the oldest first."""
    page = cut(query, waiting_for_decision(work.session))
    return WaitingPage(**{**page, "items": [shown_waiting(each) for each in page["items"]]})


@DECISIONS.post("/payments/<uuid:payment_id>/retry", Scope.BILLING_WRITE)
def retry_declined_payment(work: UnitOfWork, path: PaymentPath, body: RetryIn) -> Decided:
    """Try a declined charge again, now or at a moment before the box can be packed no more."""
    next_try_at = retry_payment(work, path.payment_id, body.at)
    return Decided(payment_id=path.payment_id, next_try_at=next_try_at)


@DECISIONS.post("/payments/<uuid:payment_id>/reject", Scope.BILLING_WRITE, Effect.DESTRUCTIVE)
def reject_declined_payment(work: UnitOfWork, path: PaymentPath, body: RejectIn) -> Decided:
    """Give the box of a declined charge up."""
    reject_payment(work, path.payment_id)
    return Decided(payment_id=path.payment_id, next_try_at=None)


def shown_waiting(each: Undecided) -> Waiting:
    """Return a waiting charge in the API's words."""
    return Waiting(
        payment_id=each.payment_id,
        invoice_id=each.invoice_id,
        subscription_id=each.subscription_id,
        amount=Money(amount=each.amount_cents, currency=each.currency),
        reason=each.code,
        kind=each.kind.value,
        tries=each.tries,
        since=each.since,
    )
