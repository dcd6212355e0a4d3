"""What web tests share: the application on a real database, a small shop, people who sign in."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from app.adapters.passwords import hash_password
from app.billing.ports import CardFacts
from app.billing.services.save_card import record_account
from app.catalog.rules import Roast, Taste
from app.catalog.services.move_stock import count_stock
from app.catalog.services.save_product import ProductFields, SkuFields, save_product, save_sku
from app.core.clock import local_day
from app.core.database import make_sessions
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.fulfilment.queries import BoxRow, upcoming_boxes
from app.fulfilment.services.activate_subscription import activate_subscription
from app.people.queries import person_by_email
from app.people.rules import AddressFields, Role
from app.people.services.register_person import NewPerson, make_staff, register_person
from app.people.services.save_address import save_address
from app.subscriptions.rules import Cadence, CadenceUnit
from app.subscriptions.services.save_plan import PlanFields, PlanTerms, save_plan
from app.subscriptions.services.sign_up import SignUp, sign_up
from app.wiring.settings import Settings
from app.wiring.tools import Tools, assemble
from tests.built_app import app_for
from tests.conftest import FrozenClock, RecordingMailer, RecordingQueue
from tests.web.api_program import api, living, program  # noqa: F401 - fixtures
from tests.web.staff_shop import packed, shop_at_work  # noqa: F401 - fixtures of staff pages

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
    return app_for(tools, TESTING=False, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A stranger's browser."""
    return app.test_client()


@pytest.fixture
def plan_id(units: UnitOfWorkFactory, actor: Actor) -> uuid.UUID:
    """A small shop that is open for business."""
    return open_shop(units, actor)


def open_shop(units: UnitOfWorkFactory, actor: Actor) -> uuid.UUID:
    """Put six coffees in stock and offer a weekly plan of two bags or three."""
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


@dataclass(frozen=True)
class Member:
    """Somebody with a running subscription, and their browser."""

    browser: FlaskClient
    id: uuid.UUID
    subscription_id: uuid.UUID


Subscribe = Callable[[str], Member]


@pytest.fixture
def subscribe(
    sign_in: SignIn, units: UnitOfWorkFactory, actor: Actor, plan_id: uuid.UUID
) -> Subscribe:
    """Return somebody who has signed up for two bags a week and whose boxes are planned."""

    def join(email: str) -> Member:
        browser = sign_in(email, Role.SUBSCRIBER)
        with units(actor) as work:
            person = person_by_email(work.session, email)
            assert person is not None
            fields = AddressFields("Ada Byron", "12 St James Sq", "New York", "10001", "US")
            place = save_address(work, person.id, fields)
            wish = SignUp(person.id, plan_id, 2, place.id)
            subscription = activate_subscription(work, sign_up(work, wish).id)
            record_account(work, person.id, f"cus_{person.id.hex}")
            return Member(browser, person.id, subscription.id)

    return join


def boxes_of(units: UnitOfWorkFactory, actor: Actor, member: Member) -> list[BoxRow]:
    """Return somebody's boxes ahead."""
    with units(actor) as work:
        today = local_day(work.now, work.shop.zone)
        return upcoming_boxes(work.session, member.id, today)


def hidden(page: str, action: str) -> dict[str, str]:
    """Return the hidden fields and the first choice of each list in the form of an action."""
    form = page.split(f'action="{action}"', 1)[1].split("</form>", 1)[0]
    found = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    for name, rest in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.S):
        found[name] = re.findall(r'value="([^"]+)"', rest)[0]
    return found
