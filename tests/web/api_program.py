"""A program that uses the API, and the shop it talks to, for tests of the API."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from app.core.clock import put_clock
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.people.rules import Scope
from app.people.services.api_keys import create_api_key
from app.sandbox import serving
from app.wiring.settings import Settings
from app.wiring.tools import Tools, assemble
from tests.built_app import app_for
from tests.conftest import HOME, START, RecordingMailer, RecordingQueue
from tests.stories.shop import StoryShop

ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "12 Bean Street",
    "city": "Boston",
    "region": "MA",
    "postcode": "02134",
    "country": "US",
}


@dataclass(frozen=True)
class Program:
    """Calls the API with a key; every refusal must be a problem document."""

    app: Flask
    key: str | None

    def call(
        self, method: str, path: str, body: Any = None, once: str | None = None, **more: Any
    ) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        headers |= {"Idempotency-Key": once} if once else {}
        headers |= more.pop("headers", {})
        content = {"json": body} if body is not None else {}
        path = path if path.startswith("/api") else f"/api/v1{path}"
        response = self.app.test_client().open(
            path, method=method, headers=headers, **content, **more
        )
        if response.status_code >= 400:
            prove_problem(response)
        return response

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, once: str | None = None) -> TestResponse:
        return self.call("POST", path, body, once)

    def put(self, path: str, body: Any, once: str | None = None) -> TestResponse:
        return self.call("PUT", path, body, once)

    def subscriber(self, name: str = "Ada") -> dict[str, Any]:
        """Register somebody."""
        email = f"{name.lower()}@example.com"
        body = {"email": email, "name": name, "address": ADDRESS}
        return well(self.post("/subscribers", body), 201)

    def subscription(self, name: str = "Ada", **wish: Any) -> dict[str, Any]:
        """Register somebody, sign them up for the weekly plan, and start it with a card."""
        person = self.subscriber(name)
        body = {"subscriber_id": person["id"], "plan": "weekly", "size": 2, **wish}
        made = well(self.post("/subscriptions", body), 201)
        path = f"/subscriptions/{made['id']}"
        well(self.post(f"{path}/card-setup", {}))
        return well(self.post(f"{path}/activate", {"session": "cs_test_1"}))

    def boxes(self, subscription: dict[str, Any]) -> list[dict[str, Any]]:
        """Return somebody's upcoming boxes."""
        return well(self.get(f"/subscribers/{subscription['subscriber_id']}/boxes"))["items"]


def well(response: TestResponse, status: int = 200) -> Any:
    """Return the content of an answer that must have this status."""
    assert response.status_code == status, response.text
    assert response.content_type == "application/json"
    return response.json


def prove_problem(response: TestResponse) -> None:
    """Insist that a refusal is a problem document."""
    assert response.content_type == "application/problem+json", response.text
    problem = response.json
    assert problem is not None
    assert problem["status"] == response.status_code
    assert problem["type"].startswith("urn:boxwright:")
    assert problem["title"] and problem["detail"]
    assert problem["instance"].startswith("urn:uuid:")


NewProgram = Callable[..., Program]


@pytest.fixture
def program(app: Flask, units: UnitOfWorkFactory, actor: Actor) -> NewProgram:
    """Return a program whose key has these scopes, all of them unless named."""

    def make(scopes: Iterable[Scope] = tuple(Scope)) -> Program:
        with units(actor) as work:
            _, key = create_api_key(work, "test", scopes)
        return Program(app, key)

    return make


@pytest.fixture
def api(program: NewProgram, plan_id: uuid.UUID) -> Program:
    """A program that may do everything, in a small shop."""
    return program()


@dataclass(frozen=True)
class LivingShop:
    """A shop with a provider beside it and a clock that moves, and a program that may do all."""

    tools: Tools
    story: StoryShop
    api: Program


@pytest.fixture
def living(engine: Engine, queue: RecordingQueue, mailer: RecordingMailer) -> Iterator[LivingShop]:
    """A sandbox as it runs: the stand-in, the movable clock, no worker beside us."""
    provider = serving.start()
    settings = Settings(
        home=HOME, secret_key="x" * 40, password_salt="y" * 40, stripe_api_base=provider.url
    )
    tools = assemble(settings, engine, queue, mailer)
    actor = Actor("system", "test")
    with tools.units(actor) as work:
        put_clock(work.session, START)
        _, key = create_api_key(work, "test", Scope)
    app = app_for(tools, PROPAGATE_EXCEPTIONS=False)
    yield LivingShop(tools, StoryShop(tools, provider, actor), Program(app, key))
    provider.close()
