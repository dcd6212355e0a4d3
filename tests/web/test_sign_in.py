"""Signing in: with a password, with an e-mailed code, and not at all."""

import re

from flask import Flask
from flask.testing import FlaskClient

from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.people.queries import person_by_email
from app.people.rules import Role
from tests.conftest import RecordingMailer
from tests.web.conftest import PASSWORD, SignIn

ADA = "ada@example.com"


def test_a_password_opens_the_door(app: Flask, sign_in: SignIn) -> None:
    sign_in(ADA, Role.SUBSCRIBER)
    browser = app.test_client()
    answer = browser.post("/sign-in", data={"identity": "ADA@example.com", "passcode": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/enter")


def test_a_wrong_password_keeps_the_address_and_tells_nothing(
    client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(ADA, Role.SUBSCRIBER)
    known = client.post("/sign-in", data={"identity": ADA, "passcode": "wrong"})
    unknown = client.post("/sign-in", data={"identity": "no@example.com", "passcode": "wrong"})
    sentence = "This address and password or code do not fit together."
    assert sentence in known.text and sentence in unknown.text
    assert f'value="{ADA}"' in known.text and 'aria-invalid="true"' in known.text


def test_an_emailed_code_opens_the_door_once(
    app: Flask, sign_in: SignIn, mailer: RecordingMailer
) -> None:
    sign_in(ADA, Role.SUBSCRIBER)
    browser = app.test_client()
    answer = browser.post("/sign-in/code", data={"identity": ADA})
    assert "a code is on its way" in answer.text
    letter = mailer.posts[-1]
    assert letter.to == ADA
    code = re.search(r"\b\d{8}\b", letter.text)
    assert code
    typed = {"identity": ADA, "passcode": code.group()}
    assert browser.post("/sign-in", data=typed).status_code == 303
    assert app.test_client().post("/sign-in", data=typed).status_code == 422


def test_asking_for_a_code_does_not_tell_who_is_known(
    client: FlaskClient, mailer: RecordingMailer
) -> None:
    answer = client.post("/sign-in/code", data={"identity": "no@x.org"})
    assert "a code is on its way" in answer.text
    assert not mailer.posts


def test_too_many_tries_for_one_person_are_stopped_in_words(client: FlaskClient) -> None:
    typed = {"identity": "victim@example.com", "passcode": "guess"}
    codes = [client.post("/sign-in", data=typed).status_code for _ in range(7)]
    assert codes[-1] == 429
    assert "There have been many tries" in client.post("/sign-in", data=typed).text


def test_signing_in_needs_no_new_hash(
    app: Flask, sign_in: SignIn, units: UnitOfWorkFactory, actor: Actor
) -> None:
    sign_in(ADA, Role.SUBSCRIBER)
    with units(actor) as work:
        before = person_by_email(work.session, ADA)
    app.test_client().post("/sign-in", data={"identity": ADA, "passcode": PASSWORD})
    with units(actor) as work:
        after = person_by_email(work.session, ADA)
    assert before and after and before.password == after.password


def test_signing_out_closes_the_door(sign_in: SignIn) -> None:
    browser = sign_in(ADA, Role.SUBSCRIBER)
    browser.post("/sign-out")
    with browser.session_transaction() as session:
        assert "_user_id" not in session
