"""Keys, scopes, limits, and every way to be refused: always a problem document."""

import importlib
import pkgutil
import re
import uuid
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

import app as product
from app.billing.ports import OutcomeUnknown, ProviderRefused
from app.core.refusals import Refusal, Refused
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.people.queries import api_keys
from app.people.rules import Scope
from app.people.services.api_keys import revoke_api_key
from app.web.api import calling
from app.web.api.contents import CHAPTERS
from app.web.api.problems import offered, status_of
from app.web.app import create_app
from app.wiring.settings import Settings
from app.wiring.tools import assemble
from tests.conftest import HOME, RecordingMailer, RecordingQueue
from tests.web.api_program import NewProgram, Program, prove_problem, well
from tests.web.conftest import PaperDesk, SignIn

OPERATIONS = [each for chapter in CHAPTERS for each in chapter.operations]


def filled(rule: str) -> str:
    """Return a rule as an address of things that do not exist."""
    parts = rule.split("/")
    return "/".join(
        str(uuid.uuid4()) if each.startswith("<uuid:") else re.sub("<.*>", "x", each)
        for each in parts
    )


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.operation_id)
def test_each_operation_asks_for_its_own_scope(app: Flask, program: NewProgram, operation) -> None:
    path = filled(operation.rule)
    assert Program(app, None).call(operation.method, path).status_code == 401
    others = program(set(Scope) - {operation.scope})
    refused = others.call(operation.method, path)
    assert (refused.status_code, refused.json["type"]) == (403, "urn:boxwright:key:scope")
    allowed = program([operation.scope]).call(operation.method, path)
    assert allowed.headers["Cache-Control"] == "no-store"
    assert allowed.status_code not in (401, 403, 500)


def test_unknown_and_revoked_keys_are_refused_alike(
    app: Flask, api: Program, units: UnitOfWorkFactory, actor: Actor
) -> None:
    well(api.get("/products"))
    assert Program(app, "bw_guess").get("/products").status_code == 401
    with units(actor) as work:
        revoke_api_key(work, api_keys(work.session)[0].id)
    refused = api.get("/products")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_signed_in_browser_is_no_program(sign_in: SignIn) -> None:
    from_browser = sign_in("ada@example.com").get("/api/v1/products")
    assert from_browser.status_code == 401


def test_what_a_program_does_is_signed_with_its_key(
    api: Program, units: UnitOfWorkFactory, actor: Actor
) -> None:
    answer = api.put("/products/sidamo", {"name": {"en": "Sidamo"}, "roast": "light"})
    with units(actor) as work:
        key = api_keys(work.session)[0]
        rows = work.session.execute(
            text("SELECT DISTINCT actor FROM audit_entry WHERE request_id = :id"),
            {"id": answer.headers["X-Request-ID"]},
        ).all()
    assert {row[0] for row in rows} <= {f"api:{key.id}"}


def test_too_many_requests_of_one_key_are_stopped(app: Flask, program: NewProgram) -> None:
    app.config["API_RATE"] = "3 per minute"
    busy, other = program(), program()
    codes = [busy.get("/products").status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    assert int(busy.get("/products").headers["Retry-After"]) > 0
    assert other.get("/products").status_code == 200


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"name": "\\ud800"}', "application/json", 400),
        (b"name=x", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b'"{}"', "application/json", 422),
        (b"{}", "application/json; charset=utf-8", 422),
        (b" " * (calling.LONGEST_JSON + 1), "application/json", 413),
    ],
)
def test_bodies_that_cannot_be_read(api: Program, body: bytes, media: str, status: int) -> None:
    headers = {"Content-Type": media}
    answer = api.call("PUT", "/products/x", data=body, headers=headers)
    assert answer.status_code == status


def test_each_wrong_field_is_named(api: Program) -> None:
    product_in = {"name": {"en": "x"}, "roast": "purple", "acidity": 11, "colour": "red"}
    refused = api.put("/products/x", product_in)
    assert refused.status_code == 422
    named = {each["field"] for each in refused.json["errors"]}
    assert named == {"roast", "acidity", "colour"}
    assert "purple" not in refused.text


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/products?page=0", "page"),
        ("/products?page=1.0", "page"),
        ("/products?limit=101", "limit"),
        ("/products?limit=5&limit=6", "limit"),
        ("/products?colour=red", "colour"),
        ("/products?status=sold", "status"),
        ("/quiz?x=1", "x"),
    ],
)
def test_queries_are_strict(api: Program, path: str, field: str) -> None:
    refused = api.get(path)
    assert (refused.status_code, refused.json["field"]) == (422, field)


def test_a_call_without_body_takes_none(api: Program) -> None:
    box = api.boxes(api.subscription())[0]
    refused = api.post(f"/boxes/{box['id']}/skip", {"reason": "away"})
    assert refused.status_code == 400
    assert well(api.get(f"/boxes/{box['id']}"))["status"] == "planned"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/nothing", 404),
        ("GET", "/api/v1/boxes/not-an-id", 404),
        ("GET", "/api/v1/products/", 404),
        ("PATCH", "/api/v1/products", 405),
        ("DELETE", "/api/v1/products/x", 405),
    ],
)
def test_addresses_that_do_not_exist(api: Program, method: str, path: str, status: int) -> None:
    answer = api.call(method, path)
    assert answer.status_code == status
    assert status != 405 or "GET" in answer.headers["Allow"]


def test_pages_still_answer_with_pages(api: Program) -> None:
    answer = api.app.test_client().get("/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (RuntimeError("secret detail"), 500),
        (OperationalError("SELECT secret", {}, Exception("gone")), 503),
        (OutcomeUnknown("secret"), 503),
        (ConnectionError("secret"), 503),
        (ProviderRefused("resource_missing", "secret"), 409),
    ],
)
def test_faults_are_problems_that_tell_no_secrets(
    api: Program, desk: PaperDesk, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int
) -> None:
    subscription = api.subscription()

    def fail(*_: object) -> str:
        raise fault

    monkeypatch.setattr(desk, "setup_page", fail)
    answer = api.post(f"/subscriptions/{subscription['id']}/card-setup", {}, once="k")
    prove_problem(answer)
    assert answer.status_code == status and "secret" not in answer.text
    monkeypatch.undo()
    well(api.post(f"/subscriptions/{subscription['id']}/card-setup", {}, once="k"))


def refusals() -> list[Refusal]:
    """Return every refusal of the product."""
    for module in pkgutil.walk_packages(product.__path__, "app."):
        if not module.name.startswith("app.sandbox") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return [each for kind in Refusal.__subclasses__() for each in kind]


def test_every_refusal_has_its_status_by_rule() -> None:
    for each in refusals():
        status = status_of(Refused(each))
        assert status in (404, 409, 422)
        assert status == 404 or each.name != "UNKNOWN"


def test_every_kind_of_offer_is_put_into_words() -> None:
    key, moment = uuid.uuid4(), datetime(2027, 1, 1, tzinfo=UTC)
    assert offered(None) is None
    assert offered(key).id == key and offered(moment).at == moment
    assert offered(7).most == 7 and offered("USD").text == "USD"


def test_the_clock_exists_in_the_sandbox_alone(
    engine: Engine, queue: RecordingQueue, mailer: RecordingMailer
) -> None:
    settings = Settings(
        mode="live",
        home=HOME,
        secret_key="x" * 40,
        password_salt="y" * 40,
        stripe_api_key="sk_live_x",
        stripe_webhook_secrets="whsec_x",
        stripe_thin_webhook_secrets="whsec_y",
    )
    live = create_app(assemble(settings, engine, queue, mailer))
    assert Program(live, None).get("/clock").status_code == 404
    document = live.test_client().get("/api/v1/openapi.json").json
    assert document["paths"] and not [path for path in document["paths"] if "clock" in path]
