"""Makes a shop of the real files: lots on sale, everybody subscribed, some of it awkward.

Everything is drawn from the respondents' names, so that the same files make the same shop, and
making it again changes nothing.
"""

import csv
import hashlib
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from app.billing.queries import with_account
from app.catalog.coffee_file import read_coffees
from app.catalog.models import Product
from app.catalog.queries import products, sku_rows
from app.catalog.rules import SaleStatus, Taste
from app.catalog.services.import_coffees import import_coffees
from app.catalog.services.move_stock import count_stock
from app.catalog.services.save_product import ProductFields, save_product
from app.core.file_lines import ImportReport
from app.core.unit_of_work import Actor, UnitOfWork
from app.fulfilment.services.import_subscribers import import_subscribers
from app.people.queries import ids_by_email
from app.personalization.queries import exclusions
from app.personalization.rules import Exclusion, ExclusionKind
from app.personalization.services.import_tasters import import_tasters
from app.personalization.services.retrain_model import retrain_if_due
from app.personalization.services.set_exclusions import set_exclusions
from app.personalization.taster_file import Taster, TasterFile, read_tasters
from app.subscriptions.rules import Cadence, CadenceUnit
from app.subscriptions.services.save_plan import PlanFields, PlanTerms, save_plan
from app.subscriptions.subscriber_file import NEEDED, read_subscribers
from app.wiring.tools import Tools

ACTOR = Actor("system", "real input")
ON_SALE = 60
STOCK_SHARE = 1.05
DECLINING = 0.08
AWKWARD = 0.20
GOOD, DECLINES = "4242424242424242", ("4000000000000002", "4000000000009995")
AT_ONCE = 500
PLAN = PlanFields(
    "monthly",
    {"en": "Once a month", "zh": "每月一盒"},
    Cadence(CadenceUnit.MONTH, 1, 15),
    cutoff_days=3,
    sizes={2: 3_400, 3: 4_900, 4: 6_300},
    terms=PlanTerms(min_distinct=2, max_per_item=1),
)
KINDS = (
    (Exclusion(ExclusionKind.DECAF),),
    (Exclusion(ExclusionKind.ROAST, "dark"),),
    (Exclusion(ExclusionKind.PROCESS, "natural"),),
    (Exclusion(ExclusionKind.ALLERGEN, "nuts"),),
    (Exclusion(ExclusionKind.ALLERGEN, "nuts"), Exclusion(ExclusionKind.ROAST, "light")),
)


@dataclass(frozen=True)
class Made:
    """What the files brought: reports of both, how many people exclude something."""

    coffees: ImportReport
    people: ImportReport
    subscriptions: ImportReport
    picky: int
    declining: int
    units: int
    stock: int


def make_shop(tools: Tools, folder: Path, most: int | None = None) -> Made:
    """Import both files, stock the shelves, and subscribe everybody (the first `most`)."""
    lots = read_coffees((folder / "coffees.csv").read_bytes())
    file = read_tasters((folder / "taste_test.csv").read_bytes())
    file = TasterFile(file.people[:most], file.problems)
    with tools.units(ACTOR) as work:
        coffees = import_coffees(work, lots, ON_SALE)
        _label(work)
        save_plan(work, PLAN)
    with tools.units(ACTOR) as work:
        people = import_tasters(work, file)
    with tools.units(ACTOR) as work:
        retrain_if_due(work)
    picky = _smallest(file.people, "picky", AWKWARD)
    with tools.units(ACTOR) as work:
        _exclude(work, [each for each in file.people if each.respondent in picky])
    declining = _smallest(file.people, "declines", DECLINING)
    cards = _save_cards(tools, file.people, declining)
    with tools.units(ACTOR) as work:
        subscribers = read_subscribers(_subscribers(file.people, cards))
        subscriptions = import_subscribers(work, subscribers)
    units = sum(_size(each) for each in file.people)
    with tools.units(ACTOR) as work:
        stock = _fill_shelves(work, math.ceil(units * STOCK_SHARE))
    return Made(coffees, people, subscriptions, len(picky), len(declining), units, stock)


def draw(taster: Taster, about: str) -> float:
    """Return a number from 0 to 1 that depends on the respondent and the question alone."""
    digest = hashlib.sha256(f"{about} {taster.respondent}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _smallest(people: Sequence[Taster], about: str, share: float) -> set[str]:
    """Return this share of the people, those with the smallest draws."""
    ranked = sorted(people, key=lambda each: (draw(each, about), each.respondent))
    return {each.respondent for each in ranked[: round(share * len(people))]}


def _size(taster: Taster) -> int:
    ticket = draw(taster, "size")
    return 2 if ticket < 0.6 else 3 if ticket < 0.85 else 4


def _label(work: UnitOfWork) -> None:
    """Say of some coffees on sale what the file cannot know, so that exclusions have to bite."""
    for place, product in enumerate(products(work.session, SaleStatus.ON_SALE)):
        allergens: tuple[str, ...] | None = ("nuts",) if place % 12 == 5 else ()
        allergens = None if place % 20 == 7 else allergens
        save_product(work, _relabelled(product, allergens, decaf=place % 15 == 3))


def _relabelled(product: Product, allergens: tuple[str, ...] | None, decaf: bool) -> ProductFields:
    taste = Taste(
        roast=product.roast,
        process=product.process,
        origin=product.origin,
        notes=tuple(product.notes),
        acidity=product.acidity,
        body=product.body,
        sweetness=product.sweetness,
        decaf=decaf,
        allergens=allergens,
    )
    return ProductFields(product.code, product.name, taste, product.facts, product.status)


def _exclude(work: UnitOfWork, people: Sequence[Taster]) -> None:
    ids = ids_by_email(work.session, [each.email for each in people])
    known = exclusions(work.session, ids.values())
    for taster in people:
        person = ids[taster.email]
        wanted = KINDS[int(draw(taster, "exclusion") * len(KINDS))]
        if set(known.get(person, ())) != set(wanted):
            set_exclusions(work, person, wanted)


def _save_cards(
    tools: Tools, people: Sequence[Taster], declining: set[str]
) -> dict[str, tuple[str, str, str]]:
    """Have the provider keep a card of everybody who has none; return customer, card, number."""
    with tools.units(ACTOR) as work:
        ids = ids_by_email(work.session, [each.email for each in people])
        known = with_account(work.session, ids.values())
    without = [each for each in people if ids[each.email] not in known]
    made: dict[str, tuple[str, str, str]] = {}
    for start in range(0, len(without), AT_ONCE):
        made |= _save_some(tools, without[start : start + AT_ONCE], declining)
    return made


def _save_some(
    tools: Tools, people: Sequence[Taster], declining: set[str]
) -> Iterator[tuple[str, tuple[str, str, str]]]:
    numbers = {
        each.respondent: DECLINES[int(draw(each, "card") * 2)]
        if each.respondent in declining
        else GOOD
        for each in people
    }
    rows = [
        {"id_hint": each.respondent, "email": each.email, "card": numbers[each.respondent]}
        for each in people
    ]
    answer = requests.post(
        f"{tools.settings.stripe_api_base}/_sandbox/customers/bulk",
        json={"customers": rows},
        timeout=120,
    )
    answer.raise_for_status()
    return (
        (hint, (row["customer"], row["payment_method"], numbers[hint]))
        for row in answer.json()["customers"]
        for hint in [row["id_hint"]]
    )


def _subscribers(people: Sequence[Taster], cards: Mapping[str, tuple[str, str, str]]) -> bytes:
    """Return the file with which everybody comes over from their old shop."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    known = ("region", "customer_id", "card_id", "card_brand", "card_last4")
    writer.writerow([*NEEDED, *known])
    for number, each in enumerate(people, start=1):
        customer, card, last4 = cards.get(each.respondent, ("", "", ""))
        name = f"Taster {each.respondent}"
        street, city = f"{number} Bean Street", "Boston"
        place = (street, city, f"{2108 + number % 90:05}", "US", "MA")
        brand = "visa" if card else ""
        writer.writerow(
            [each.email, name, PLAN.code, _size(each), *place, customer, card, brand, last4[-4:]]
        )
    return text.getvalue().encode()


def _fill_shelves(work: UnitOfWork, units: int) -> int:
    """Share the stock out evenly over all bags on sale, once; return how much came in."""
    bags = sku_rows(work.session, on_sale_only=True)
    for place, bag in enumerate(bags):
        count_stock(
            work, bag.id, units // len(bags) + (place < units % len(bags)), "delivery", "real input"
        )
    return units
