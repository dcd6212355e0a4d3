"""Days to think it over: nothing is charged before they end, and whoever leaves pays nothing."""

from dataclasses import replace
from datetime import date

import pytest

from app.billing.models import Invoice, Payment
from app.billing.rules import InvoiceStatus
from app.billing.services.begin_visit import begin_visit
from app.billing.services.save_card import save_card
from app.core.refusals import Refused
from app.fulfilment.services.activate_subscription import activate_subscription
from app.fulfilment.services.cancel_subscription import cancel_subscription
from app.fulfilment.services.ship_now import ship_now
from app.people.services.save_address import save_address
from app.subscriptions.cooling_rules import CoolingRefusal
from app.subscriptions.services.offer_plan import offer_plan
from app.subscriptions.services.save_plan import Selling
from app.subscriptions.services.sign_up import SignUp, sign_up
from tests.cast import HOME, WEEKLY
from tests.stories.quoted import THIRD, ZONE, local
from tests.stories.shop import card_facts


def test_nothing_is_charged_before_the_days_end_and_who_leaves_pays_nothing(open_shop):
    shop = open_shop(local(2, 26, 15))
    shop.stock()
    plan = shop.plan(WEEKLY)
    with shop.tools.units(shop.actor) as work:
        offer_plan(work, "weekly", Selling(prepaid=((3, 0),), cooling_days=14))

    def ahead(name):
        person = shop.person(name)
        with shop.tools.units(shop.actor) as work:
            address = save_address(work, person.id, replace(HOME, name=name))
            wish = SignUp(person.id, plan.id, 2, address.id, boxes_ahead=3, renews=False)
            save_card(work, person.id, card_facts(person))
            return person, activate_subscription(work, sign_up(work, wish).id)

    ada, ben = shop.subscribe("Ada", plan), shop.subscribe("Ben", plan)
    cleo, dev = ahead("Cleo"), ahead("Dev")
    # Two weeks end with 12 March; the Wednesday whose cut-off lies after that is the 17th.
    for _, own in (ada, ben, cleo, dev):
        assert shop.boxes(own)[0].ships_on == THIRD
        assert own.charged_from.astimezone(ZONE).date() == date(2027, 3, 13)
    letters = {each.person_id: each.facts for each in shop.letters("welcome")}
    assert letters[ada[0].id]["free_until"] == "2027-03-12"
    (told, _) = shop.letters("term_ordered_ahead")
    assert told.facts["charged_on"].startswith("2027-03-13")

    shop.live_at(local(3, 8))
    shop.give_new_card(cleo[0])
    (owed,) = shop.rows(Invoice, Invoice.subscriber_id == cleo[0].id)
    (waiting,) = shop.rows(Payment, Payment.invoice_id == owed.id)
    with shop.tools.units(shop.actor) as work:
        with pytest.raises(Refused) as sooner:
            ship_now(work, ada[0].id, ada[1].id)
        with pytest.raises(Refused) as pays:
            begin_visit(work, waiting.id)
    assert sooner.value.refusal is pays.value.refusal is CoolingRefusal.TOO_EARLY
    shop.live_at(local(3, 12, 23))
    assert shop.taken() == []
    with shop.tools.units(shop.actor) as work:
        for person, own in (ben, dev):
            cancel_subscription(work, person.id, own.id)

    shop.live_at(local(3, 13))
    assert [each.amount_cents for each in shop.taken()] == [9000], "Cleo's term"
    shop.live_at(local(3, 15))
    assert sorted(each.amount_cents for each in shop.taken()) == [3000, 9000]
    for _, own in (ada, cleo):
        assert shop.shipped_days(own) == [THIRD]
    for person, own in (ben, dev):
        assert shop.shipped_days(own) == []
        left = shop.rows(Invoice, Invoice.subscriber_id == person.id)
        assert all(each.status is InvoiceStatus.VOID for each in left)
