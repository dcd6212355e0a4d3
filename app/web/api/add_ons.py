"""What somebody adds to their boxes: one time, or every time."""

from typing import Annotated

from app.catalog.queries import sku_by_code
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.add_on_queries import WishRow, wishes_of_all
from app.fulfilment.services.add_to_box import MOST_UNITS, add_to_box, take_off_box
from app.people.rules import Scope
from app.subscriptions.queries import any_subscription
from app.web.api.blame import blaming
from app.web.api.chapter import Chapter
from app.web.api.shapes import Code, Id, Money, Params, Strict, Whole, shown
from app.web.api.subscription_shapes import SubscriptionPath

ADD_ONS = Chapter("Add-ons", "What somebody adds to their next box, or to every one.")


class AddOnPath(Params):
    """Names something that was added to the boxes of a subscription."""

    subscription_id: Id
    add_on_id: Id


class AddOnIn(Strict):
    """Units of a SKU for the next box, or for every one; again changes how many."""

    model_config = shown(sku="yirga-250", units=1, every_box=False)

    sku: Code
    units: Annotated[int, Whole(1, MOST_UNITS)]
    every_box: bool = False


class AddOn(Strict):
    """What was added, at today's price a unit."""

    id: Id
    sku: str
    name: dict[str, str]
    units: int
    unit_price: Money
    every_box: bool


class AddOns(Strict):
    """All that was added and is still to come."""

    items: list[AddOn]


@ADD_ONS.get("/subscriptions/<uuid:subscription_id>/add-ons", Scope.SUBSCRIPTIONS_READ)
def list_add_ons(work: UnitOfWork, path: SubscriptionPath) -> AddOns:
    """List what is added to the boxes of a subscription."""
    any_subscription(work.session, path.subscription_id)
    return _shown(work, path.subscription_id)


@ADD_ONS.post(
    "/subscriptions/<uuid:subscription_id>/add-ons", Scope.SUBSCRIPTIONS_WRITE, undo="removeAddOn"
)
def add_add_on(work: UnitOfWork, path: SubscriptionPath, body: AddOnIn) -> AddOns:
    """Add something to the next box, or to every one; stock is taken when the box locks."""
    subscription = any_subscription(work.session, path.subscription_id)
    with blaming("sku"):
        sku = sku_by_code(work.session, body.sku)
    whose = (subscription.subscriber_id, subscription.id)
    add_to_box(work, whose, sku.id, body.units, body.every_box)
    return _shown(work, subscription.id)


@ADD_ONS.post(
    "/subscriptions/<uuid:subscription_id>/add-ons/<uuid:add_on_id>/remove",
    Scope.SUBSCRIPTIONS_WRITE,
    undo="addAddOn",
)
def remove_add_on(work: UnitOfWork, path: AddOnPath) -> AddOns:
    """Take something out again; boxes that are locked keep what they have."""
    subscription = any_subscription(work.session, path.subscription_id)
    take_off_box(work, subscription.subscriber_id, path.add_on_id)
    return _shown(work, path.subscription_id)


def _shown(work: UnitOfWork, subscription_id: Id) -> AddOns:
    """Return what is still to come in the API's words."""
    wishes = wishes_of_all(work.session, {subscription_id}).get(subscription_id, [])
    return AddOns(items=[_add_on(wish, code, work.shop.currency) for wish, code in wishes])


def _add_on(wish: WishRow, code: str, currency: str) -> AddOn:
    return AddOn(
        id=wish.id,
        sku=code,
        name=wish.name,
        units=wish.units,
        unit_price=Money(amount=wish.unit_cents, currency=currency),
        every_box=wish.lasting,
    )
