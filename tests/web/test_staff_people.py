"""The owner's page: staff, what they may do, and keys that are shown once."""

import re

import pytest

from app.people.queries import api_keys, key_of, person_by_email, person_row
from app.people.rules import Role
from tests.web.conftest import PASSWORD
from tests.web.staff_shop import ACTOR

PATH = "/staff/people/"


@pytest.fixture
def owner(sign_in):
    return sign_in("olive@example.com", Role.OWNER)


def roles(units, email):
    with units(ACTOR) as work:
        person = person_by_email(work.session, email)
        return person.id, person_row(person).roles


def test_a_stranger_is_turned_away(client):
    assert client.get(PATH).status_code == 303


def test_a_role_without_the_right_is_turned_away(sign_in):
    assert sign_in("sue@example.com", Role.SUPPORT).get(PATH).status_code == 403


def test_somebody_new_may_work_here_and_sign_in(app, owner, units):
    form = {"email": "fay@example.com", "name": "Fay", "roles": "fulfilment", "password": PASSWORD}
    page = owner.post(PATH, data=form, follow_redirects=True).text
    assert "fay@example.com works here now." in page
    assert "fulfilment" in roles(units, "fay@example.com")[1]
    fresh = app.test_client()
    fresh.post("/sign-in", data={"identity": "fay@example.com", "passcode": PASSWORD})
    assert fresh.get("/staff/batches/").status_code == 200


def test_a_wrong_form_keeps_what_was_typed(owner):
    form = {"email": "nobody", "name": "Fay", "password": "short"}
    answer = owner.post(PATH, data=form)
    assert answer.status_code == 422 and 'value="Fay"' in answer.text
    assert 'id="password-wrong"' in answer.text and 'value="short"' not in answer.text
    form = {"email": "nobody", "roles": "support"}
    assert 'id="email-wrong"' in owner.post(PATH, data=form).text


def test_roles_are_taken_away_at_once(owner, sign_in, units):
    sue = sign_in("sue@example.com", Role.SUPPORT)
    assert sue.get("/staff/subscribers/").status_code == 200
    person_id, _ = roles(units, "sue@example.com")
    page = owner.post(f"{PATH}{person_id}/roles", data={}, follow_redirects=True).text
    assert "does not work here any more" in page
    assert sue.get("/staff/subscribers/").status_code == 403


def test_the_last_owner_stays(owner, units):
    person_id, _ = roles(units, "olive@example.com")
    page = owner.post(
        f"{PATH}{person_id}/roles", data={"roles": "support"}, follow_redirects=True
    ).text
    assert "The shop needs an owner." in page
    assert "owner" in roles(units, "olive@example.com")[1]


def test_a_key_is_shown_once_and_revoked(owner, units):
    form = {"key_name": "warehouse", "scopes": ["batches:read", "batches:run"]}
    answer = owner.post(f"{PATH}keys", data=form)
    key = re.search(r'class="key">(bw_[\w-]+)<', answer.text)
    assert key and answer.headers["Cache-Control"] == "no-store"
    assert key[1] not in owner.get(PATH).text
    with units(ACTOR) as work:
        row = api_keys(work.session)[0]
        assert key_of(work.session, key[1])
    owner.post(f"{PATH}keys/{row.id}/revoke")
    with units(ACTOR) as work:
        assert key_of(work.session, key[1]) is None


def test_a_key_needs_a_name_and_something_it_may_do(owner, units):
    answer = owner.post(f"{PATH}keys", data={})
    assert answer.status_code == 422 and 'id="key_name-wrong"' in answer.text
    with units(ACTOR) as work:
        assert not api_keys(work.session)
