"""Who may enter which page of the back office, and who may not."""

import re
import uuid

import pytest
from flask import Flask

from app.people.rules import STAFF, Role
from app.web.staff.rights import RIGHTS
from tests.web.conftest import SignIn

# Every page and deed, by the right that opens it.
DOORS = {
    "staff_today.show": "today",
    "staff_today.letters_again": "today",
    "staff_today.events_again": "money",
    "staff_batches.index": "batches",
    "staff_batches.show": "batches",
    "staff_batches.rehearse": "batch_deeds",
    "staff_batches.run": "batch_deeds",
    "staff_batches.try_again": "batch_deeds",
    "staff_batches.make_export": "batch_deeds",
    "staff_batch_files.download": "batch_deeds",
    "staff_batch_files.picking": "batch_deeds",
    "staff_batch_files.slips": "batch_deeds",
    "staff_composition.show": "composition",
    "staff_tracking.show": "tracking",
    "staff_tracking.take": "tracking",
    "staff_boxes.show": "boxes",
    "staff_boxes.refund": "refunds",
    "staff_boxes.call_back": "box_deeds",
    "staff_boxes.address": "box_deeds",
    "staff_subscribers.index": "subscribers",
    "staff_subscribers.show": "subscribers",
    "staff_subscribers.skip": "subscribers",
    "staff_subscribers.unskip": "subscribers",
    "staff_subscribers.pause": "subscribers",
    "staff_subscribers.resume": "subscribers",
    "staff_subscribers.cancel": "subscribers",
    "staff_invoices.index": "invoices",
    "staff_finance.show": "money",
    "staff_finance.prove": "money",
    "staff_finance.close": "money",
    "staff_journal.index": "money",
    "staff_journal.codes": "money",
    "staff_journal.save_codes": "money",
    "staff_journal.correction": "money",
    "staff_journal.write_correction": "money",
    "staff_disputes.index": "invoices",
    "staff_disputes.show": "invoices",
    "staff_disputes.answer": "refunds",
    "staff_disputes.let_go": "refunds",
    "staff_events.index": "money",
    "staff_events.show": "money",
    "staff_events.again": "money",
    "staff_payouts.index": "money",
    "staff_payouts.show": "money",
    "staff_deferred.show": "money",
    "staff_recurring.show": "money",
    "staff_recurring.people": "money",
    "staff_tax_report.tax": "money",
    "staff_given_back.register": "money",
    "staff_owing.unpaid": "money",
    "staff_owing.write_off": "money",
    "staff_catalogue.index": "catalogue",
    "staff_catalogue.new": "catalogue",
    "staff_catalogue.add": "catalogue",
    "staff_catalogue.edit": "catalogue",
    "staff_catalogue.change": "catalogue",
    "staff_catalogue.save_bag": "catalogue",
    "staff_stock.index": "stock",
    "staff_stock.show": "stock",
    "staff_stock.count": "stock",
    "staff_curation.index": "curation",
    "staff_curation.new": "curation",
    "staff_curation.add": "curation",
    "staff_curation.edit": "curation",
    "staff_curation.change": "curation",
    "staff_curation.forget": "curation",
    "staff_what_if.show": "what_if",
    "staff_plans.index": "plans",
    "staff_plans.new": "plans",
    "staff_plans.add": "plans",
    "staff_plans.edit": "plans",
    "staff_plans.change": "plans",
    "staff_plan_terms.show": "plans",
    "staff_plan_terms.save": "plans",
    "staff_places.show": "plans",
    "staff_places.save": "plans",
    "staff_places.remove": "plans",
    "staff_sharing.show": "plans",
    "staff_sharing.ask": "plans",
    "staff_unpaid.show": "plans",
    "staff_unpaid.save": "plans",
    "staff_new_prices.show": "plans",
    "staff_new_prices.announce": "plans",
    "staff_new_prices.withdraw": "plans",
    "staff_coupons.index": "prices",
    "staff_coupons.add": "prices",
    "staff_coupons.end": "prices",
    "staff_leaked.show": "prices",
    "staff_leaked.take_back": "prices",
    "staff_price_lists.show": "prices",
    "staff_price_lists.tax": "prices",
    "staff_price_lists.shipping": "prices",
    "staff_price_lists.drop": "prices",
    "staff_vouchers.index": "vouchers",
    "staff_vouchers.make": "vouchers",
    "staff_vouchers.settle": "vouchers",
    "staff_credit.show": "credit",
    "staff_credit.give": "credit",
    "staff_credit.discount": "credit",
    "staff_credit.pay_no_tax": "credit",
    "staff_calendar.show": "calendar",
    "staff_calendar.close": "calendar",
    "staff_hooks.index": "hooks",
    "staff_hooks.new": "hooks",
    "staff_hooks.add": "hooks",
    "staff_hooks.show": "hooks",
    "staff_hooks.delivery": "hooks",
    "staff_hooks.edit": "hooks",
    "staff_hooks.change": "hooks",
    "staff_hooks.rotate": "hooks",
    "staff_hooks.switch": "hooks",
    "staff_hooks.test": "hooks",
    "staff_hooks.replay": "hooks",
    "staff_hooks.replay_one": "hooks",
    "staff_papers.index": "invoices",
    "staff_papers.show": "invoices",
    "staff_people.show": "people",
    "staff_people.add": "people",
    "staff_people.change_roles": "people",
    "staff_people.create_key": "people",
    "staff_people.revoke_key": "people",
}
ROLES = [*sorted(STAFF), Role.SUBSCRIBER]


def doors(app: Flask) -> list[tuple[str, str, str]]:
    """Return (endpoint, method, address) of the whole back office."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("staff_"):
            address = re.sub(r"<uuid:\w+>", str(uuid.uuid4()), rule.rule)
            address = re.sub(r"<int:\w+>", "1", address).replace("<kind>", "orders")
            found.append((rule.endpoint, "POST" if "POST" in rule.methods else "GET", address))
    return found


def test_every_door_has_its_right(app: Flask) -> None:
    assert {endpoint for endpoint, _, _ in doors(app)} == set(DOORS)


def test_a_stranger_is_turned_away(app: Flask) -> None:
    stranger = app.test_client()
    for endpoint, method, address in doors(app):
        answer = stranger.open(address, method=method)
        assert answer.status_code == 303, endpoint
        assert answer.location.startswith("/sign-in"), endpoint


@pytest.mark.parametrize("role", ROLES)
def test_a_role_without_the_right_is_turned_away(app: Flask, sign_in: SignIn, role: Role) -> None:
    browser = sign_in("somebody@example.com", role)
    for endpoint, method, address in doors(app):
        allowed = role is Role.OWNER or role in RIGHTS[DOORS[endpoint]]
        answer = browser.open(address, method=method)
        assert (answer.status_code != 403) == allowed, endpoint
        assert answer.status_code < 500, endpoint


def test_the_menu_shows_only_what_may_be_entered(sign_in: SignIn) -> None:
    page = sign_in("mo@example.com", Role.MERCHANDISING).get("/staff/").text
    assert "/staff/catalogue/" in page and "/staff/plans/" in page
    assert "/staff/batches/" not in page and "/staff/people/" not in page


def test_sign_in_leads_staff_to_today(sign_in: SignIn) -> None:
    answer = sign_in("fay@example.com", Role.FULFILMENT).get("/enter")
    assert answer.location == "/staff/"
