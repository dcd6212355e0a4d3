"""Another address for the boxes of a subscription: priced first, for one box or for all."""

from datetime import date

from app.billing.pricing_rules import GOODS, LineKind, Quote
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.services import send_elsewhere as sending
from app.people.rules import Scope
from app.subscriptions.queries import any_subscription
from app.web.api.chapter import Chapter, Effect
from app.web.api.shapes import Moment, Money, Strict
from app.web.api.subscribers import AddressIn
from app.web.api.subscription_shapes import Subscription, SubscriptionPath, shown_subscription

ELSEWHERE = Chapter("Addresses", "Where boxes go, with what that costs told before.")


class CostThere(Strict):
    """What a box costs at an address: goods and delivery before tax, the tax, and all of it."""

    goods: Money
    delivery: Money
    tax: Money
    total: Money


class NextBoxCost(Strict):
    """What the next box costs now, and what it would cost there."""

    ships_on: date
    cutoff_at: Moment
    before: CostThere
    after: CostThere


class AddressPreview(Strict):
    """What another address does to the next box; null while none is coming."""

    next_box: NextBoxCost | None


@ELSEWHERE.post(
    "/subscriptions/<uuid:subscription_id>/address/preview",
    Scope.SUBSCRIPTIONS_READ,
    Effect.READ,
)
def preview_address(work: UnitOfWork, path: SubscriptionPath, body: AddressIn) -> AddressPreview:
    """Get what the next box would cost at another address; nothing is kept."""
    found = sending.preview_address(work, _whose(work, path), body.fields())
    if found is None:
        return AddressPreview(next_box=None)
    currency = work.shop.currency
    return AddressPreview(
        next_box=NextBoxCost(
            ships_on=found.ships_on,
            cutoff_at=found.cutoff_at,
            before=_cost(found.before, currency),
            after=_cost(found.after, currency),
        )
    )


@ELSEWHERE.put("/subscriptions/<uuid:subscription_id>/next-box/address", Scope.SUBSCRIPTIONS_WRITE)
def put_next_address(work: UnitOfWork, path: SubscriptionPath, body: AddressIn) -> Subscription:
    """Send the next box alone to another address; all others go where they went."""
    sending.send_elsewhere(work, _whose(work, path), body.fields(), only_next=True)
    return shown_subscription(work, path.subscription_id)


def _whose(work: UnitOfWork, path: SubscriptionPath) -> sending.Whose:
    subscription = any_subscription(work.session, path.subscription_id)
    return subscription.subscriber_id, subscription.id


def _cost(priced: Quote, currency: str) -> CostThere:
    def money(cents: int) -> Money:
        return Money(amount=cents, currency=currency)

    return CostThere(
        goods=money(priced.net_of(GOODS)),
        delivery=money(priced.net_of([LineKind.SHIPPING])),
        tax=money(priced.tax),
        total=money(priced.total),
    )
