"""Subscriptions: sign up, card, start, pause, resume, cancel, and what goes with every box."""

from typing import Annotated, Any

from pydantic import StringConstraints

from app.billing.queries import account_of, card_of
from app.billing.rules import BillingRefusal
from app.billing.services.save_card import ensure_account, record_account, save_card
from app.catalog.rules import Grind
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.services.activate_subscription import activate_subscription as start
from app.fulfilment.services.cancel_subscription import cancel_subscription as end
from app.fulfilment.services.change_plan import change_plan
from app.fulfilment.services.pause_subscription import pause_subscription as pause
from app.fulfilment.services.pause_subscription import resume_subscription as resume
from app.fulfilment.services.send_elsewhere import send_elsewhere
from app.people.queries import last_address, person_of, subscriber_of
from app.people.rules import PeopleRefusal, Scope
from app.people.services.save_address import save_address
from app.subscriptions.queries import any_subscription, plan_by_code, subscription_rows
from app.subscriptions.rules import SubscriptionRefusal, SubscriptionStatus
from app.subscriptions.services.change_terms import change_grind, change_note
from app.subscriptions.services.sign_up import SignUp, sign_up
from app.web.api.blame import blaming
from app.web.api.chapter import Chapter, Effect
from app.web.api.shapes import Code, GivenDay, Id, Page, Prose, Strict, Whole, shown, window
from app.web.api.subscribers import AddressIn, SearchQuery
from app.web.api.subscription_shapes import (
    Subscription,
    SubscriptionPath,
    SubscriptionRowShape,
    shown_row,
    shown_subscription,
)
from app.web.doors import actor
from app.wiring.tools import Tools

SUBSCRIPTIONS = Chapter("Subscriptions", "Standing orders, from signing up to the last box.")
WebAddress = Annotated[
    str,
    StringConstraints(
        max_length=1000, pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?$"
    ),
]
Session = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,200}$")]


class SubscriptionPage(Page[SubscriptionRowShape]):
    """One page of subscriptions."""


class SubscriptionIn(Strict):
    """What somebody subscribes to; without an address, the one they gave last.

    `boxes` are paid at once where the plan sells so many ahead, and as many again if it `renews`.
    """

    model_config = shown(
        subscriber_id="0d9a6e3c-52a6-4f0a-8f50-6a3c5d0f4c11", plan="weekly", size=2, grind="whole"
    )

    subscriber_id: Id
    plan: Code
    size: Annotated[int, Whole(1, 100_000)]
    grind: Grind = Grind.WHOLE
    note: Prose = ""
    address: AddressIn | None = None
    boxes: Annotated[int, Whole(2, 60)] | None = None
    renews: bool = True


class CardSetupIn(Strict):
    """Where the provider's page leads afterwards; the shop's own pages unless given."""

    model_config = shown(success_url="https://shop.example.com/thanks")

    success_url: WebAddress | None = None
    cancel_url: WebAddress | None = None


class CardSetup(Strict):
    """The provider's page on which the subscriber leaves a card; send them there."""

    url: str


class ActivationIn(Strict):
    """The provider's session, if the subscriber comes back from its page just now."""

    model_config = shown()

    session: Session | None = None


class PauseIn(Strict):
    """Until the day before `resumes_on`, or until it is resumed."""

    model_config = shown(resumes_on="2027-03-01")

    resumes_on: GivenDay | None = None


class CancelIn(Strict):
    """Why it ends; nobody has to say."""

    model_config = shown(reason="moving abroad")

    reason: Prose = ""


class PlanChangeIn(Strict):
    """Another plan or size, at today's price."""

    model_config = shown(plan="weekly", size=3)

    plan: Code
    size: Annotated[int, Whole(1, 100_000)]


class NoteIn(Strict):
    """The note that is packed with each box."""

    model_config = shown(note="Please leave it with the neighbour.")

    note: Prose


class GrindIn(Strict):
    """How the coffee is ground from the next open box on."""

    model_config = shown(grind="filter")

    grind: Grind


@SUBSCRIPTIONS.get("/subscriptions", Scope.SUBSCRIPTIONS_READ)
def list_subscriptions(work: UnitOfWork, query: SearchQuery) -> SubscriptionPage:
    """List subscriptions, newest first, or search by name, e-mail or number."""
    rows = subscription_rows(work.session, query.search, query.limit + 1, query.offset)
    return SubscriptionPage(**window(query, [shown_row(work, row) for row in rows]))


@SUBSCRIPTIONS.create("/subscriptions", Scope.SUBSCRIPTIONS_WRITE, undo="cancelSubscription")
def create_subscription(work: UnitOfWork, body: SubscriptionIn) -> Subscription:
    """Sign a subscriber up for a plan; nothing ships or costs before there is a card."""
    with blaming("subscriber_id"):
        subscriber_of(work.session, body.subscriber_id)
    plan = plan_by_code(work.session, body.plan)
    if body.address:
        address: Any = save_address(work, body.subscriber_id, body.address.fields())
    else:
        address = last_address(work.session, body.subscriber_id)
    if address is None:
        raise Refused(PeopleRefusal.ADDRESS_INCOMPLETE, field="address")
    wish = SignUp(
        subscriber_id=body.subscriber_id,
        plan_id=plan.id,
        size=body.size,
        address_id=address.id,
        grind=body.grind,
        note=body.note,
        boxes_ahead=body.boxes,
        renews=body.renews,
    )
    return shown_subscription(work, sign_up(work, wish).id)


@SUBSCRIPTIONS.get("/subscriptions/<uuid:subscription_id>", Scope.SUBSCRIPTIONS_READ)
def get_subscription(work: UnitOfWork, path: SubscriptionPath) -> Subscription:
    """Get a subscription."""
    return shown_subscription(work, path.subscription_id)


@SUBSCRIPTIONS.post("/subscriptions/<uuid:subscription_id>/card-setup", Scope.SUBSCRIPTIONS_WRITE)
def set_up_card(tools: Tools, path: SubscriptionPath, body: CardSetupIn) -> CardSetup:
    """Get the provider's page on which the subscriber leaves a card.

    When the card is there, the subscription starts: the provider tells the shop. `activate` starts
    it at once.
    """
    with tools.units(actor()) as work:
        subscription = any_subscription(work.session, path.subscription_id)
        person = person_of(work.session, subscription.subscriber_id)
        account = ensure_account(work, person.id)
    if account is None:
        opened = tools.cards.open_account(person.id, person.email, person.name)
        with tools.units(actor()) as work:
            account = record_account(work, person.id, opened)
    home = tools.units.shop.base_url
    done = f"{home}/start/{path.subscription_id}/done?session={{CHECKOUT_SESSION_ID}}"
    url = tools.cards.setup_page(
        account, str(path.subscription_id), body.success_url or done, body.cancel_url or f"{home}/"
    )
    return CardSetup(url=url)


@SUBSCRIPTIONS.post(
    "/subscriptions/<uuid:subscription_id>/activate",
    Scope.SUBSCRIPTIONS_WRITE,
    undo="cancelSubscription",
)
def activate_subscription(tools: Tools, path: SubscriptionPath, body: ActivationIn) -> Subscription:
    """Start a subscription whose subscriber has a card on file; one that started stays as it is."""
    facts = tools.cards.finished_setup(body.session) if body.session else None
    with tools.units(actor()) as work:
        subscription = any_subscription(work.session, path.subscription_id)
        owner = subscription.subscriber_id
        if facts and facts.customer_id == account_of(work.session, owner):
            save_card(work, owner, facts)
        if subscription.status is SubscriptionStatus.CANCELLED:
            raise Refused(SubscriptionRefusal.CANCELLED)
        if card_of(work.session, owner) is None:
            raise Refused(BillingRefusal.NO_CARD)
        start(work, path.subscription_id)
        return shown_subscription(work, path.subscription_id)


@SUBSCRIPTIONS.post(
    "/subscriptions/<uuid:subscription_id>/pause",
    Scope.SUBSCRIPTIONS_WRITE,
    undo="resumeSubscription",
)
def pause_subscription(work: UnitOfWork, path: SubscriptionPath, body: PauseIn) -> Subscription:
    """Pause a subscription; boxes that are locked already still ship."""
    pause(work, owner_of(work, path), path.subscription_id, body.resumes_on)
    return shown_subscription(work, path.subscription_id)


@SUBSCRIPTIONS.post(
    "/subscriptions/<uuid:subscription_id>/resume",
    Scope.SUBSCRIPTIONS_WRITE,
    undo="pauseSubscription",
)
def resume_subscription(work: UnitOfWork, path: SubscriptionPath) -> Subscription:
    """Resume a paused subscription; one that is active stays as it is."""
    resume(work, owner_of(work, path), path.subscription_id)
    return shown_subscription(work, path.subscription_id)


@SUBSCRIPTIONS.post(
    "/subscriptions/<uuid:subscription_id>/cancel",
    Scope.SUBSCRIPTIONS_WRITE,
    Effect.DESTRUCTIVE,
)
def cancel_subscription(work: UnitOfWork, path: SubscriptionPath, body: CancelIn) -> Subscription:
    """End a subscription for good; ending it again changes nothing."""
    end(work, owner_of(work, path), path.subscription_id, body.reason)
    return shown_subscription(work, path.subscription_id)


@SUBSCRIPTIONS.put("/subscriptions/<uuid:subscription_id>/address", Scope.SUBSCRIPTIONS_WRITE)
def put_subscription_address(
    work: UnitOfWork, path: SubscriptionPath, body: AddressIn
) -> Subscription:
    """Send all boxes that are not locked yet to another address."""
    owner = owner_of(work, path)
    send_elsewhere(work, (owner, path.subscription_id), body.fields())
    return shown_subscription(work, path.subscription_id)


@SUBSCRIPTIONS.put("/subscriptions/<uuid:subscription_id>/plan", Scope.SUBSCRIPTIONS_WRITE)
def put_subscription_plan(
    work: UnitOfWork, path: SubscriptionPath, body: PlanChangeIn
) -> Subscription:
    """Let the boxes that are still open follow another plan or size."""
    plan = plan_by_code(work.session, body.plan)
    change_plan(work, owner_of(work, path), path.subscription_id, plan.id, body.size)
    return shown_subscription(work, path.subscription_id)


@SUBSCRIPTIONS.put("/subscriptions/<uuid:subscription_id>/note", Scope.SUBSCRIPTIONS_WRITE)
def put_subscription_note(work: UnitOfWork, path: SubscriptionPath, body: NoteIn) -> Subscription:
    """Change the note that is packed with each box."""
    change_note(work, owner_of(work, path), path.subscription_id, body.note)
    return shown_subscription(work, path.subscription_id)


@SUBSCRIPTIONS.put("/subscriptions/<uuid:subscription_id>/grind", Scope.SUBSCRIPTIONS_WRITE)
def put_subscription_grind(work: UnitOfWork, path: SubscriptionPath, body: GrindIn) -> Subscription:
    """Change how the coffee is ground from the next open box on."""
    change_grind(work, owner_of(work, path), path.subscription_id, body.grind)
    return shown_subscription(work, path.subscription_id)


def owner_of(work: UnitOfWork, path: SubscriptionPath) -> Id:
    """Return whose subscription this is."""
    return any_subscription(work.session, path.subscription_id).subscriber_id
