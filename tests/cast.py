"""The shop and the people that tests speak of: a few coffees, two plans, Ada, Ben and the rest."""

import uuid
from dataclasses import dataclass, replace
from datetime import time

from app.billing.ports import CardFacts
from app.billing.services.save_card import save_card
from app.catalog.rules import Roast, Taste
from app.catalog.services.move_stock import count_stock
from app.catalog.services.save_product import ProductFields, SkuFields, save_product, save_sku
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.services.activate_subscription import activate_subscription
from app.people.rules import AddressFields
from app.people.services.register_person import NewPerson, register_person
from app.people.services.save_address import save_address
from app.personalization.rules import Exclusion
from app.personalization.services.set_exclusions import set_exclusions
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.rules import Cadence, CadenceUnit
from app.subscriptions.services.save_plan import PlanFields, PlanTerms, save_plan
from app.subscriptions.services.sign_up import SignUp, sign_up

WEDNESDAY = 3
HOME = AddressFields("Ada Lovelace", "12 Bean Street", "Boston", "02134", "US", region="MA")

WEEKLY = PlanFields(
    code="weekly",
    name={"en": "Weekly box", "zh": "每周一盒"},
    cadence=Cadence(CadenceUnit.WEEK, 1, WEDNESDAY),
    cutoff_days=3,
    sizes={1: 1500, 2: 3000, 4: 5600},
)
MONTHLY = PlanFields(
    code="monthly",
    name={"en": "Monthly box", "zh": "每月一盒"},
    cadence=Cadence(CadenceUnit.MONTH, 1, 31),
    cutoff_days=3,
    sizes={2: 3000, 4: 5600},
    cutoff_time=time(23, 59, 59),
)


@dataclass(frozen=True)
class Coffee:
    """A coffee on sale: its taste, its price and how much of it there is."""

    code: str
    roast: Roast = Roast.MEDIUM
    price_cents: int = 1500
    stock: int = 100
    decaf: bool = False
    allergens: tuple[str, ...] | None = ()
    notes: tuple[str, ...] = ()
    acidity: float | None = 5.0
    body: float | None = 5.0
    sweetness: float | None = 5.0
    origin: str = "Kenya"
    process: str = "washed"


SHELF = (
    Coffee("kenya", Roast.LIGHT, notes=("blackcurrant",), acidity=9, body=4),
    Coffee(
        "ethiopia", Roast.LIGHT, notes=("jasmine", "peach"), acidity=8, body=3, origin="Ethiopia"
    ),
    Coffee("colombia", Roast.MEDIUM, notes=("caramel",), acidity=6, body=6, origin="Colombia"),
    Coffee("brazil", Roast.MEDIUM, notes=("nuts", "chocolate"), acidity=4, body=7, origin="Brazil"),
    Coffee("guatemala", Roast.MEDIUM, notes=("cocoa",), acidity=6, body=6, origin="Guatemala"),
    Coffee("sumatra", Roast.DARK, notes=("earth", "spice"), acidity=2, body=9, origin="Indonesia"),
    Coffee("italia", Roast.DARK, notes=("smoke",), acidity=2, body=9, origin="Brazil"),
    Coffee("quiet", Roast.MEDIUM, decaf=True, notes=("caramel",), acidity=5, body=5),
)


def add_coffee(work: UnitOfWork, coffee: Coffee) -> uuid.UUID:
    """Put a coffee on sale in one 250 g bag; return the product's id."""
    taste = Taste(
        roast=coffee.roast,
        process=coffee.process,
        origin=coffee.origin,
        notes=coffee.notes,
        acidity=coffee.acidity,
        body=coffee.body,
        sweetness=coffee.sweetness,
        decaf=coffee.decaf,
        allergens=coffee.allergens,
    )
    name = {"en": coffee.code.title(), "zh": coffee.code.title()}
    product = save_product(work, ProductFields(coffee.code, name, taste, {}))
    sku = save_sku(work, product.id, SkuFields(f"{coffee.code}-250", 250, coffee.price_cents))
    if coffee.stock:
        count_stock(work, sku.id, coffee.stock, "delivery", f"first {coffee.code}")
    return product.id


def stock_shelf(work: UnitOfWork, shelf: tuple[Coffee, ...] = SHELF) -> dict[str, uuid.UUID]:
    """Put all coffees on sale; return the products' ids by code."""
    return {coffee.code: add_coffee(work, coffee) for coffee in shelf}


def add_plan(work: UnitOfWork, fields: PlanFields = WEEKLY, **terms: object) -> Plan:
    """Add a plan, with some of its terms changed."""
    changed = replace(fields.terms, **terms) if terms else fields.terms  # type: ignore[arg-type]
    return save_plan(work, replace(fields, terms=changed))


def register(work: UnitOfWork, name: str) -> uuid.UUID:
    """Register a subscriber called `name`; return the person's id."""
    return register_person(work, NewPerson(f"{name.lower()}@example.com", name)).id


def give_card(
    work: UnitOfWork, person_id: uuid.UUID, customer: str = "", card: str = "pm_card_visa"
) -> None:
    """Put a card on file as the provider would report it."""
    facts = CardFacts(customer or f"cus_{person_id.hex[:14]}", card, "visa", "4242", 12, 2040)
    save_card(work, person_id, facts)


def subscribe(
    work: UnitOfWork,
    name: str,
    plan: Plan,
    size: int = 2,
    exclusions: tuple[Exclusion, ...] = (),
    card: bool = True,
) -> Subscription:
    """Let somebody sign up, with a card, and start; return the subscription."""
    person_id = register(work, name)
    if exclusions:
        set_exclusions(work, person_id, exclusions)
    address = save_address(work, person_id, replace(HOME, name=name))
    subscription = sign_up(work, SignUp(person_id, plan.id, size, address.id))
    if card:
        give_card(work, person_id)
    return activate_subscription(work, subscription.id)


TERMS = PlanTerms()
