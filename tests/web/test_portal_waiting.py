"""A plan that is full: staff limit it, shoppers are told in words and wait, the next takes over."""

import re
import uuid

from flask.testing import FlaskClient

from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.fulfilment.services.cancel_subscription import cancel_subscription
from app.jobs.letters import send_mail
from app.people.rules import Role
from app.subscriptions.services.offer_places import offer_all
from app.wiring.tools import Tools
from tests.conftest import RecordingMailer
from tests.web.conftest import SignIn, Subscribe
from tests.web.test_portal_sign_up import join

LIMITS = {"places_0": "", "places_2": "1", "turnover_3": "90.00", "hold_days": "2"}


def letter_to(tools: Tools, mailer: RecordingMailer, email: str) -> str:
    """Send what waits; return the newest letter to somebody."""
    send_mail(tools)
    return next(post.text for post in reversed(mailer.posts) if post.to == email)


def link_in(letter: str) -> str:
    found = re.search(r"/wait-list/\S+", letter)
    assert found
    return found[0]


def test_a_full_box_is_told_and_its_next_place_goes_to_whoever_waits(
    client: FlaskClient,
    plan_id: uuid.UUID,
    sign_in: SignIn,
    subscribe: Subscribe,
    units: UnitOfWorkFactory,
    actor: Actor,
    tools: Tools,
    mailer: RecordingMailer,
) -> None:
    member = subscribe("ben@example.com")
    buyer = sign_in("mo@example.com", Role.MERCHANDISING)
    places = f"/staff/plans/{plan_id}/places"
    assert buyer.post(places, data=LIMITS | {"places_2": "-1"}).status_code == 422
    assert buyer.post(places, data=LIMITS | {"places_0": "0"}).status_code == 303
    assert "Join the wait-list" in client.get("/").text
    assert buyer.post(places, data=LIMITS).status_code == 303
    assert "1 of 1 boxes" in buyer.get(places).text
    assert "A plan is full" in buyer.get("/staff/").text

    page = client.get(f"/sign-up/{plan_id}").text
    assert "Full for the coming cycle, Wed 6 Jan" in page
    assert 'value="2"' not in page and 'value="3"' in page
    answer = join(client, plan_id)
    assert answer.location == f"/sign-up/{plan_id}/wait?size=2"
    page = client.get(answer.location).text
    assert "We are sorry: this box is full" in page and "those for Wednesday, January 6" in page
    assert client.post(answer.location, data={"name": "Ann", "email": "ann"}).status_code == 422
    page = client.post(answer.location, data={"name": "Ann", "email": "ann@example.com"}).text
    assert "Your turn:" in page
    turn = link_in(letter_to(tools, mailer, "ann@example.com"))
    assert "Leave the list" in client.get(turn).text
    assert "Ann" in buyer.get(places).text
    assert "One person waits" in buyer.get("/staff/").text

    with units(actor) as work:
        cancel_subscription(work, member.id, member.subscription_id)
    with units(actor) as work:
        assert offer_all(work) == 1
    letter = letter_to(tools, mailer, "ann@example.com")
    assert "A place is free, and it is yours if you like." in letter and "Wed 6 Jan" in letter
    page = client.get(link_in(letter)).text
    chosen = re.search(r'href="(/sign-up/[^"]+)"', page)
    assert chosen and "kept for you until Wed 6 Jan 2027, 23:59" in page
    page = client.get(chosen[1]).text
    assert 'value="2"' in page and 'value="3"' not in page
    token = chosen[1].partition("place=")[2]
    assert join(client, plan_id).location.endswith("wait?size=2"), "it is kept for Ann alone"
    assert join(client, plan_id, place=token).location.endswith("/taste")
    assert "You have taken your place" in client.get(turn).text


def test_a_forged_turn_is_not_found(client: FlaskClient, plan_id: uuid.UUID) -> None:
    assert client.get("/wait-list/made-up").status_code == 404
    assert client.get(f"/sign-up/{plan_id}/wait?size=99").status_code == 404
    answer = client.post(
        f"/sign-up/{plan_id}/wait?size=2", data={"name": "Ann", "email": "a@example.com"}
    )
    assert answer.location == f"/sign-up/{plan_id}", "there is a place: nobody has to wait"
