"""Fills the sandbox with a small shop; a shop that is there already is left as it is."""

import uuid

from app.billing.ports import CardFacts
from app.billing.services.save_card import save_card
from app.catalog.queries import sku_rows
from app.catalog.rules import Grind
from app.catalog.services.move_stock import count_stock
from app.catalog.services.save_product import ProductFields, SkuFields, save_product, save_sku
from app.cli.demo_shop import (
    BAG,
    COFFEES,
    GUESTS,
    PASSWORD,
    PLANS,
    PORTION,
    STAFF,
    Coffee,
    Guest,
    address_of,
)
from app.core.unit_of_work import Actor, UnitOfWork
from app.fulfilment.services.activate_subscription import activate_pending
from app.people.queries import person_by_email
from app.people.services.register_person import NewPerson, make_staff, register_person
from app.people.services.save_address import save_address
from app.personalization.services.answer_quiz import answer_quiz
from app.personalization.services.set_exclusions import set_exclusions
from app.subscriptions.queries import plan_by_code
from app.subscriptions.services.save_plan import save_plan
from app.subscriptions.services.sign_up import SignUp, sign_up
from app.wiring.tools import Tools

ACTOR = Actor("system", "demo")
SHELF = 120
LOW = 60


def seed_shop(tools: Tools) -> int:
    """Make the shop, its staff and its subscribers; return how many people signed up.

    Doing it again adds only what is missing, and fills the shelves up.
    """
    hashed = tools.hash_password(PASSWORD)
    with tools.units(ACTOR) as work:
        if person_by_email(work.session, next(iter(STAFF))) is None:
            _open_the_shop(work, hashed)
    with tools.units(ACTOR) as work:
        fill_the_shelves(work)
    return sum(_welcome(tools, number, hashed) for number in range(len(GUESTS)))


def _open_the_shop(work: UnitOfWork, hashed: str) -> None:
    for coffee in COFFEES:
        _put_on_sale(work, coffee)
    for fields in PLANS:
        save_plan(work, fields)
    for email, (name, role) in STAFF.items():
        make_staff(work, NewPerson(email, name, hashed), [role])


def fill_the_shelves(work: UnitOfWork) -> None:
    """Bring in what runs low."""
    for row in sku_rows(work.session):
        if row.on_hand < LOW:
            wanted, reference = SHELF - row.on_hand, f"delivery {uuid.uuid4()}"
            count_stock(work, row.id, wanted, "delivery", reference)


def _put_on_sale(work: UnitOfWork, coffee: Coffee) -> None:
    name = {"en": coffee.name, "zh": coffee.chinese}
    product = save_product(work, ProductFields(coffee.code, name, coffee.taste(), {}))
    for grams, price in ((BAG, coffee.price_cents), (PORTION, coffee.price_cents * 11 // 20)):
        for grind in Grind:
            fields = SkuFields(_code(coffee, grams, grind), grams, price, grind, price * 2 // 5)
            save_sku(work, product.id, fields)


def _code(coffee: Coffee, grams: int, grind: Grind) -> str:
    """Return a code such as kiambu-250, or guji-125-filter."""
    return f"{coffee.code}-{grams}" + ("" if grind is Grind.WHOLE else f"-{grind.value}")


def _welcome(tools: Tools, number: int, hashed: str) -> bool:
    """Let a guest sign up, unless they have; their card is saved at the payment provider."""
    guest = GUESTS[number]
    with tools.units(ACTOR) as work:
        if person_by_email(work.session, guest.email):
            return False
    card = _card_of(tools, guest)
    with tools.units(ACTOR) as work:
        person = register_person(work, NewPerson(guest.email, guest.name, hashed, guest.locale))
        address = save_address(work, person.id, address_of(guest, number))
        answer_quiz(work, person.id, guest.quiz)
        set_exclusions(work, person.id, guest.exclusions)
        plan = plan_by_code(work.session, guest.plan)
        sign_up(work, SignUp(person.id, plan.id, guest.size, address.id, guest.grind))
        if card:
            save_card(work, person.id, card)
        activate_pending(work, person.id)
    return True


def _card_of(tools: Tools, guest: Guest) -> CardFacts | None:
    if tools.backstage is None:
        return None
    customer = tools.backstage.save_card(guest.email, guest.name, guest.card)
    return tools.cards.card(customer)
