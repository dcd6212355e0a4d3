"""A cycle takes so many boxes: it closes by itself, and who waits gets what is free in turn."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from app.billing.services.save_card import save_card
from app.core.refusals import Refused
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.activate_subscription import activate_subscription
from app.fulfilment.services.cancel_subscription import cancel_subscription
from app.people.services.save_address import save_address
from app.subscriptions.place_models import Capacity, WaitEntry
from app.subscriptions.place_rules import WHOLE, Limit, PlaceRefusal
from app.subscriptions.rules import SubscriptionStatus
from app.subscriptions.services.join_wait_list import WaitWish, join_wait_list
from app.subscriptions.services.set_places import set_places
from app.subscriptions.services.sign_up import SignUp, sign_up
from tests.cast import HOME, WEEKLY
from tests.stories.quoted import SECOND, local
from tests.stories.shop import card_facts


def test_a_full_plan_takes_nobody_and_gives_what_gets_free_in_turn(open_shop):
    shop = open_shop(local(3, 1, 15))
    plan = shop.plan(WEEKLY)
    with shop.tools.units(shop.actor) as work:
        set_places(work, "weekly", [Limit(WHOLE, 3), Limit(4, None, 5600)], 2)
    people = [shop.person(f"Person{at}") for at in range(6)]

    def want(person, size=2, entry=None):
        try:
            with shop.tools.units(shop.actor) as work:
                address = save_address(work, person.id, replace(HOME, name=person.name))
                wish = SignUp(person.id, plan.id, size, address.id, wait_entry_id=entry)
                return sign_up(work, wish).id
        except Refused as refused:
            return refused.refusal

    def pay(person, subscription_id):
        with shop.tools.units(shop.actor) as work:
            save_card(work, person.id, card_facts(person))
            return activate_subscription(work, subscription_id)

    # One box of the large size reaches its turnover; of six who come at once three get in.
    big, *others = people
    first = want(big, 4)
    assert want(others[0], 4) is PlaceRefusal.FULL
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(want, others))
    assert answers.count(PlaceRefusal.FULL) == 3
    pairs = list(zip(others, answers, strict=True))
    inside = [pair for pair in pairs if pair[1] is not PlaceRefusal.FULL]
    outside = [person for person, got in pairs if got is PlaceRefusal.FULL]
    running = [(person, pay(person, own)) for person, own in [(big, first), *inside]]
    told = [each.facts for each in shop.letters("plan_full") if each.person_id is None]
    assert [(each["size"], each["boxes"]) for each in told] == [(4, 1), (None, 3)]

    def wait(name, size=2):
        with shop.tools.units(shop.actor) as work:
            wish = WaitWish(plan.id, size, f"{name}@example.com", name)
            return join_wait_list(work, wish).id

    ann, bea, cat = wait("Ann"), wait("Bea"), wait("Cat")
    assert wait("ANN") == ann, "who is in line keeps their turn"
    with shop.tools.units(shop.actor) as work:
        cancel_subscription(work, running[1][0].id, running[1][1].id)
    shop.run_due()
    assert want(outside[0]) is PlaceRefusal.FULL, "who waits comes first"
    assert [each.person_id for each in shop.letters("place_free")] == [ann]

    # Ann does not answer for two days: it is Bea's turn, who takes the place and pays.
    shop.live_at(local(3, 4))
    assert [each.person_id for each in shop.letters("place_free")] == [ann, bea]
    assert want(outside[0], entry=ann) is PlaceRefusal.NOT_KEPT
    started = pay(outside[0], want(outside[0], entry=bea))
    assert started.status is SubscriptionStatus.ACTIVE

    # An hour without a card frees the place of a sign-up; who comes back too late waits in line.
    with shop.tools.units(shop.actor) as work:
        set_places(work, "weekly", [Limit(WHOLE, 5)], 2)
    slow = want(outside[1])
    shop.live_at(local(3, 4, 5))
    with shop.tools.units(shop.actor) as work:
        set_places(work, "weekly", [Limit(WHOLE, 4)], 2)
    late = pay(outside[1], slow)
    assert late.status is SubscriptionStatus.CANCELLED
    assert len(shop.letters("place_lost")) == 1
    statuses = {each.id: each.status.value for each in shop.rows(WaitEntry)}
    assert [statuses[each] for each in (ann, bea, cat)] == ["lapsed", "taken", "offered"]
    assert all(each.closed_at for each in shop.rows(Capacity))
    planned = shop.rows(Box, Box.ships_on == SECOND, Box.status == BoxStatus.PLANNED)
    assert len(planned) == 3, "those of the one who left and of the one who came late are off"
