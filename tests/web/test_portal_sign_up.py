"""Signing up: plan, person and address, taste, card, first dates."""

import uuid

from flask.testing import FlaskClient

from app.billing.queries import invoices_of
from app.billing.services.set_shipping import save_shipping
from app.billing.shipping_rules import ShippingPrice
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.fulfilment.term_queries import open_terms
from app.people.queries import person_by_email
from app.people.rules import Role
from app.personalization.queries import answers_of, exclusions
from app.subscriptions.queries import subscriptions_of
from app.subscriptions.services.offer_plan import offer_plan
from app.subscriptions.services.save_plan import Selling
from tests.web.conftest import PaperDesk, SignIn, Subscribe

ADA = {
    "email": "ada@example.com",
    "password": "a-calm-cup-of-coffee",
    "name": "Ada Byron",
    "line1": "12 St James Sq",
    "city": "New York",
    "postcode": "10001",
    "country": "US",
    "renews": "yes",
}


def join(client: FlaskClient, plan_id: uuid.UUID, place: str = "", **changes: str) -> object:
    typed = {name: value for name, value in (ADA | changes).items() if value}
    query = f"size=2&grind=filter&place={place}" if place else "size=2&grind=filter"
    return client.post(f"/sign-up/{plan_id}/you?{query}", data=typed)


def test_a_plan_shows_its_sizes_and_its_first_dates(
    client: FlaskClient, plan_id: uuid.UUID
) -> None:
    page = client.get(f"/sign-up/{plan_id}").text
    assert "2 bags" in page and "3 bags" in page and "$36.00" in page
    assert "Wed 13 Jan" in page and "Mon 4 Jan 2027, 23:59" in page


def test_a_whole_sign_up_ends_with_dates(
    client: FlaskClient,
    plan_id: uuid.UUID,
    desk: PaperDesk,
    units: UnitOfWorkFactory,
    actor: Actor,
) -> None:
    answer = join(client, plan_id)
    assert answer.status_code == 303
    taste = answer.location
    assert "What do you like?" in client.get(taste).text
    typed = {"roast": "Light", "brew_methods": ["Espresso"], "no_allergen": ["nuts"]}
    card = client.post(taste, data=typed).location
    assert "Nothing is charged now" in client.get(card).text
    assert client.post(card).location.startswith("https://checkout.stripe.com/")
    done = desk.pages[-1][2].replace("{CHECKOUT_SESSION_ID}", "cs_1")
    welcome = client.get(done.removeprefix("http://127.0.0.1:8000")).location
    page = client.get(welcome).text
    for day in ("Wednesday, January 6, 2027", "January 13", "January 20", "Mon 4 Jan 2027, 23:59"):
        assert day in page
    with units(actor) as work:
        person = person_by_email(work.session, "ada@example.com")
        assert person and person.roles[0].name == Role.SUBSCRIBER
        (subscription,) = subscriptions_of(work.session, person.id)
        assert (subscription.status, subscription.grind) == ("active", "filter")
        answers = answers_of(work.session, person.id)
        assert answers and (answers.roast, answers.brew_methods) == ("Light", ("Espresso",))
        assert exclusions(work.session, [person.id])[person.id][0].value == "nuts"


def test_a_wrong_form_keeps_what_was_typed_and_marks_the_fields(
    client: FlaskClient, plan_id: uuid.UUID
) -> None:
    answer = join(client, plan_id, city="", password="short", renews="")
    page = answer.text
    assert answer.status_code == 422
    assert 'value="ada@example.com"' in page and 'value="12 St James Sq"' in page
    assert "Please choose a password of at least 10 characters." in page
    assert page.count('aria-invalid="true"') == 3 and "short" not in page.split("<form")[1]


def test_the_consent_is_never_ticked_beforehand(client: FlaskClient, plan_id: uuid.UUID) -> None:
    page = client.get(f"/sign-up/{plan_id}/you?size=2").text
    assert "until I cancel" in page and "$26.00" in page
    assert "checked" not in page.split('name="renews"')[1].split(">")[0]


def test_a_known_address_is_asked_to_sign_in(
    client: FlaskClient, plan_id: uuid.UUID, sign_in: SignIn
) -> None:
    sign_in("ada@example.com", Role.SUBSCRIBER)
    answer = join(client, plan_id)
    assert answer.status_code == 422
    assert "There is already an account with this e-mail address." in answer.text


def test_a_size_that_is_not_offered_is_refused(client: FlaskClient, plan_id: uuid.UUID) -> None:
    assert client.get(f"/sign-up/{plan_id}/you?size=99").status_code == 404
    assert client.get(f"/sign-up/{uuid.uuid4()}").status_code == 404


def test_leaving_the_providers_page_without_a_card_starts_nothing(
    client: FlaskClient, plan_id: uuid.UUID, desk: PaperDesk
) -> None:
    desk.finished = False
    start = join(client, plan_id).location.removesuffix("taste")
    client.post(start + "card")
    answer = client.get(start + "done?session=cs_1")
    assert answer.location == start + "card"
    assert "No card has reached us yet" in client.get(answer.location).text


def test_a_second_plan_needs_no_second_account(subscribe: Subscribe, plan_id: uuid.UUID) -> None:
    member = subscribe("ada@example.com")
    page = member.browser.get(f"/sign-up/{plan_id}/you?size=3").text
    assert 'name="password"' not in page
    typed = {name: value for name, value in ADA.items() if name not in {"email", "password"}}
    answer = member.browser.post(f"/sign-up/{plan_id}/you?size=3", data=typed)
    assert answer.status_code == 303


def test_a_stranger_is_turned_away(
    client: FlaskClient, subscribe: Subscribe, sign_in: SignIn
) -> None:
    member = subscribe("ada@example.com")
    other = sign_in("ben@example.com", Role.SUBSCRIBER)
    for part in ("taste", "card", "welcome"):
        address = f"/start/{member.subscription_id}/{part}"
        assert client.get(address).location.startswith("/sign-in?next=")
        assert other.get(address).status_code == 404


def test_boxes_are_paid_ahead_from_the_start_with_the_sum_told_before(
    client: FlaskClient,
    plan_id: uuid.UUID,
    desk: PaperDesk,
    units: UnitOfWorkFactory,
    actor: Actor,
) -> None:
    with units(actor) as work:
        offer_plan(work, "weekly", Selling(prepaid=((6, 500),)))
        save_shipping(work, ShippingPrice("Home", "US", "", 0, 495, None))
    assert "6 boxes ahead, 5 % less" in client.get(f"/sign-up/{plan_id}").text
    assert "$148.20" in client.get(f"/sign-up/{plan_id}/you?size=2&boxes=6").text
    assert client.get(f"/sign-up/{plan_id}/you?size=2&boxes=7").status_code == 303
    typed = ADA | {"after": "ends"}
    taste = client.post(f"/sign-up/{plan_id}/you?size=2&boxes=6", data=typed).location
    card = taste.replace("/taste", "/card")
    page = client.get(card).text
    assert "$148.20" in page and "$29.70" in page and "$177.90" in page
    client.post(card)
    done = desk.pages[-1][2].replace("{CHECKOUT_SESSION_ID}", "cs_1")
    client.get(done.removeprefix("http://127.0.0.1:8000"))
    with units(actor) as work:
        person = person_by_email(work.session, "ada@example.com")
        assert person is not None
        (subscription,) = subscriptions_of(work.session, person.id)
        (term,) = open_terms(work.session, subscription.id)
        assert (term.boxes, term.price_cents, term.renews) == (6, 14820, False)
        (invoice,) = invoices_of(work.session, person.id)
        assert invoice.total_cents == 17790


def test_days_to_think_it_over_are_told_before_anybody_agrees(
    client: FlaskClient,
    plan_id: uuid.UUID,
    desk: PaperDesk,
    units: UnitOfWorkFactory,
    actor: Actor,
) -> None:
    with units(actor) as work:
        offer_plan(work, "weekly", Selling(cooling_days=14))
    page = client.get(f"/sign-up/{plan_id}").text
    assert "Monday, January 18, 2027: if you leave by then" in page and "Wed 20 Jan" in page
    page = client.get(f"/sign-up/{plan_id}/you?size=2").text
    assert "The first charge is on Tuesday, January 19, 2027." in page
    taste = join(client, plan_id).location
    card = taste.replace("/taste", "/card")
    assert "The first charge is on Tuesday, January 19, 2027;" in client.get(card).text
    client.post(card)
    done = desk.pages[-1][2].replace("{CHECKOUT_SESSION_ID}", "cs_1")
    welcome = client.get(done.removeprefix("http://127.0.0.1:8000")).location
    page = client.get(welcome).text
    assert "January 18, 2027: if you leave by then" in page and "January 20, 2027" in page
    assert "Free to leave until" in client.get("/plan/").text
