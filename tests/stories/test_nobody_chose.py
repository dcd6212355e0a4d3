"""Nobody chose anything: the box is filled all the same, within what was ruled out."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.catalog.rules import Roast
from app.core.unit_of_work import Actor
from app.fulfilment.rules import BoxStatus
from app.personalization.rules import Exclusion, ExclusionKind, LineSource, QuizAnswers, Rating
from app.personalization.services.answer_quiz import answer_quiz
from app.personalization.services.rate_product import rate_product
from app.personalization.services.set_exclusions import set_exclusions
from app.personalization.services.set_mix import set_mix
from app.personalization.services.train_model import train_model
from tests.cast import WEEKLY, Coffee

ROOT = Path(__file__).resolve().parents[2]
ZONE = ZoneInfo("America/New_York")
MONDAYS = [date(2027, 1, 11), date(2027, 1, 18), date(2027, 1, 25), date(2027, 2, 1)]
RULED_OUT = (Exclusion(ExclusionKind.DECAF), Exclusion(ExclusionKind.ROAST, "dark"))
HAD = ("k", "l", "m", "n", "o", "p")
SHELF = (
    *(Coffee(code, Roast.MEDIUM, acidity=3 + at) for at, code in enumerate(HAD)),
    Coffee("fresh", Roast.LIGHT, notes=("peach",)),
    Coffee("new", Roast.MEDIUM, notes=("caramel",)),
    Coffee("night", Roast.DARK, notes=("smoke",)),
    Coffee("calm", Roast.MEDIUM, decaf=True),
)


def local(day: date, hour: int = 3) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).astimezone(UTC)


@pytest.fixture
def shop(open_shop):
    return open_shop(datetime(2027, 1, 4, 15, tzinfo=UTC))


def had_six(shop, products):
    """Ada has had K and L, M and N, O and P in her last three boxes, and then chose no more."""
    plan = shop.plan(WEEKLY, no_repeat=3)
    person, subscription = shop.subscribe("Ada", plan, exclusions=RULED_OUT)
    for monday, pair in zip(MONDAYS, (HAD[0:2], HAD[2:4], HAD[4:6]), strict=False):
        with shop.tools.units(Actor("subscriber")) as work:
            set_mix(work, person.id, subscription.id, {products[code]: 1 for code in pair})
        shop.live_at(local(monday))
    with shop.tools.units(Actor("subscriber")) as work:
        set_mix(work, person.id, subscription.id, {})
    return person, subscription


def codes(products, lines) -> set[str]:
    names = {product: code for code, product in products.items()}
    return {names[line.product_id] for line in lines}


def test_the_box_is_full_without_what_was_ruled_out_or_came_lately(shop):
    products = shop.stock(*SHELF)
    _, subscription = had_six(shop, products)
    shop.live_at(local(MONDAYS[3]))
    box = shop.boxes(subscription)[3]
    lines = shop.lines(box)
    assert codes(products, lines) == {"fresh", "new"}
    assert sum(line.units for line in lines) == 2
    assert {line.source for line in lines} == {LineSource.AUTO}
    assert not any(line.repeat for line in lines)
    assert box.status is BoxStatus.RELEASED


def test_with_too_little_on_the_shelf_the_oldest_comes_again_and_is_marked(shop):
    products = shop.stock(*(each for each in SHELF if each.code != "new"))
    _, subscription = had_six(shop, products)
    shop.live_at(local(MONDAYS[3]))
    lines = shop.lines(shop.boxes(subscription)[3])
    assert "fresh" in codes(products, lines)
    again = [line for line in lines if line.repeat]
    assert codes(products, again) < {"k", "l"}
    assert sum(line.units for line in lines) == 2


def test_a_shelf_that_holds_nothing_allowed_leaves_the_box_on_hold(shop):
    shop.stock(*(each for each in SHELF if each.code in ("night", "calm")))
    person, subscription = shop.subscribe("Ada", shop.plan(WEEKLY), exclusions=RULED_OUT)
    shop.live_at(local(MONDAYS[0]))
    box = shop.boxes(subscription)[0]
    assert (box.status, box.invoice_id, shop.lines(box)) == (BoxStatus.HELD, None, [])
    assert {letter.person_id for letter in shop.letters("box_held")} == {person.id, None}
    assert shop.taken() == []


def test_without_quiz_answers_what_most_people_like_comes_first(shop):
    products = shop.stock(*SHELF)
    plan = shop.plan(WEEKLY)
    for number in range(6):
        fan, _ = shop.subscribe(f"Fan{number}", plan)
        with shop.tools.units(Actor("subscriber")) as work:
            for code in SHELF:
                liking = 5 if code.code in ("m", "night") else 2
                rate_product(work, fan.id, products[code.code], Rating(liking))
    _, subscription = shop.subscribe("New", plan, size=1, exclusions=RULED_OUT)
    with shop.tools.units(shop.actor) as work:
        train_model(work)
    shop.live_at(local(MONDAYS[0]))
    lines = shop.lines(shop.boxes(subscription)[0])
    assert codes(products, lines) == {"m"}


def test_two_machines_make_the_same_boxes_of_the_same_batch(shop, database_url):
    shop.stock(*(replace(each, stock=9) for each in SHELF))
    plan = shop.plan(WEEKLY)
    for number in range(12):
        person, _ = shop.subscribe(f"Person{number}", plan)
        with shop.tools.units(Actor("subscriber")) as work:
            roast = ("Light", "Medium", "Dark")[number % 3]
            answer_quiz(work, person.id, QuizAnswers(roast=roast, style="Fruity"))
            if number % 4 == 0:
                set_exclusions(work, person.id, RULED_OUT)
    moment = local(MONDAYS[0])
    batch = str(shop.batch(date(2027, 1, 13)).id)
    what = (database_url, batch, moment.isoformat())
    machines = [
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C", "OMP_NUM_THREADS": "1"},
        {"PYTHONHASHSEED": "4242", "TZ": "America/Anchorage", "LC_ALL": "C.UTF-8"},
    ]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.stories.machine", *what],
            cwd=ROOT,
            env={**os.environ, **each},
            stdout=subprocess.PIPE,
        )
        for each in machines
    ]
    found = [json.loads(process.communicate(timeout=120)[0]) for process in running]
    assert found[0] == found[1]
    assert len({box for box, *_ in found[0]["lines"]}) == 12
    shop.live_at(moment)
    real = shop.sql("SELECT outcome_sha, input_sha FROM compose_run WHERE kind = 'real'")
    assert [tuple(row) for row in real] == [(found[0]["outcome"], found[0]["input"])]
