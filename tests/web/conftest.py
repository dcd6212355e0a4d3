"""What web tests share: the application on a real database, a small shop, people who sign in."""

import uuid
from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from app.adapters.passwords import hash_password
from app.billing.ports import CardFacts
from app.catalog.rules import Roast, Taste
from app.catalog.services.move_stock import count_stock
from app.catalog.services.save_product import ProductFields, SkuFields, save_product, save_sku
from app.core.database import make_sessions
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.people.rules import Role
from app.people.services.register_person import NewPerson, make_staff, register_person
from app.subscriptions.rules import Cadence, CadenceUnit
from app.subscriptions.services.save_plan import PlanFields, PlanTerms, save_plan
from app.web.app import create_app
from app.wiring.settings import Settings
from app.wiring.tools import Tools, assemble
from tests.conftest import FrozenClock, RecordingMailer, RecordingQueue

PASSWORD = "a-calm-cup-of-coffee"
HASH = hash_password(PASSWORD)
HOME = Path(__file__).resolve().parents[2] / ".boxwright" / "tests"
COFFEES = (
    ("yirga", {"en": "Yirgacheffe", "zh-CN": "耶加雪菲"}, Roast.LIGHT, ("jasmine", "lemon")),
    ("huila", {"en": "Huila", "zh-CN": "慧兰"}, Roast.MEDIUM, ("caramel", "apple")),
    ("santos", {"en": "Santos", "zh-CN": "桑托斯"}, Roast.MEDIUM, ("hazelnut", "cocoa")),
    ("toraja", {"en": "Toraja", "zh-CN": "托拉雅"}, Roast.DARK, ("cedar", "molasses")),
    ("antigua", {"en": "Antigua", "zh-CN": "安提瓜"}, Roast.DARK, ("chocolate", "spice")),
    ("decaf", {"en": "Mountain Water", "zh-CN": "山泉低因"}, Roast.MEDIUM, ("malt", "plum")),
)


class PaperDesk:
    """A card desk that remembers who asked; every visit ends with the same good card."""

    def __init__(self) -> None:
        self.opened: list[uuid.UUID] = []
        self.pages: list[tuple[str, str, str, str]] = []
        self.finished = True

    def open_account(self, subscriber_id: uuid.UUID, email: str, name: str) -> str:
        self.opened.append(subscriber_id)
        return f"cus_{subscriber_id.hex}"

    def setup_page(
        self, customer_id: str, reference: str, success_url: str, cancel_url: str
    ) -> str:
        self.pages.append((customer_id, reference, success_url, cancel_url))
        return f"https://checkout.stripe.com/c/{len(self.pages)}"

    def finished_setup(self, session_id: str) -> CardFacts | None:
        if not self.finished:
            return None
        customer_id, reference = self.pages[-1][:2]
        return CardFacts(customer_id, "pm_1", "visa", "4242", 12, 2030, reference, 1)

    def card(self, customer_id: str) -> CardFacts | None:
        return None


@pytest.fixture
def desk() -> PaperDesk:
    return PaperDesk()


@pytest.fixture
def settings() -> Settings:
    return Settings(home=HOME, secret_key="x" * 40, password_salt="y" * 40)


@pytest.fixture
def tools(
    settings: Settings,
    engine: Engine,
    clock: FrozenClock,
    queue: RecordingQueue,
    mailer: RecordingMailer,
    desk: PaperDesk,
) -> Tools:
    """The tools of a shop whose clock stands still and whose letters are kept."""
    held = assemble(settings, engine, queue, mailer)
    units = UnitOfWorkFactory(make_sessions(engine), clock, settings.shop(), queue.ring)
    return Tools(**{**vars(held), "units": units, "cards": desk})


@pytest.fixture
def app(tools: Tools) -> Flask:
    app = create_app(tools)
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A stranger's browser."""
    return app.test_client()


@pytest.fixture
def plan_id(units: UnitOfWorkFactory, actor: Actor) -> uuid.UUID:
    """A small shop: six coffees in stock and a weekly plan of two bags or three."""
    with units(actor) as work:
        for code, name, roast, notes in COFFEES:
            taste = Taste(roast, "washed", "Ethiopia", notes, 6, 5, 6, code == "decaf", ())
            product = save_product(work, ProductFields(code, name, taste, {}))
            sku = save_sku(work, product.id, SkuFields(f"{code}-250", 250, 1500))
            count_stock(work, sku.id, 40, "delivery", "first")
        plan = save_plan(
            work,
            PlanFields(
                code="weekly",
                name={"en": "Weekly box", "zh-CN": "每周一盒"},
                about={"en": "Fresh every week.", "zh-CN": "每周新鲜送到。"},
                cadence=Cadence(CadenceUnit.WEEK, 1, 3),
                cutoff_days=2,
                cutoff_time=time(23, 59, 59),
                sizes={2: 2600, 3: 3600},
                terms=PlanTerms(min_distinct=2, max_per_item=2),
            ),
        )
        return plan.id


SignIn = Callable[[str, Role], FlaskClient]


@pytest.fixture
def sign_in(app: Flask, units: UnitOfWorkFactory, actor: Actor) -> SignIn:
    """Return a browser in which a new person of the given role is signed in."""

    def enter(email: str, role: Role = Role.SUBSCRIBER) -> FlaskClient:
        new = NewPerson(email, email.partition("@")[0].title(), HASH)
        with units(actor) as work:
            if role is Role.SUBSCRIBER:
                person = register_person(work, new)
            else:
                person = make_staff(work, new, [role])
            mark = person.fs_uniquifier
        browser = app.test_client()
        with browser.session_transaction() as session:
            session["_user_id"], session["_fresh"] = mark, True
        return browser

    return enter
