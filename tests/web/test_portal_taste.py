"""The taste: what we think, answers and ratings; switched off, taken along, forgotten."""

import json
import uuid

import pytest
from flask.testing import FlaskClient

from app.catalog.queries import product_by_code
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.personalization.queries import diary_of, exclusions, own_ratings, ratings
from app.personalization.rules import Exclusion, ExclusionKind
from tests.web.conftest import Member, Subscribe


@pytest.fixture
def cleo(subscribe: Subscribe) -> Member:
    return subscribe("cleo@example.com")


@pytest.fixture
def yirga(units: UnitOfWorkFactory, actor: Actor, cleo: Member) -> uuid.UUID:
    with units(actor) as work:
        return product_by_code(work.session, "yirga").id


def tap(member: Member, product: uuid.UUID, **what: str) -> str:
    """Tap one button of a rating, and return the page that follows."""
    form = {"product": str(product), **what}
    return member.browser.post("/taste/rate", data=form, follow_redirects=True).text


def test_the_page_says_what_we_think_and_why(cleo: Member) -> None:
    cleo.browser.post("/taste/", data={"style": "Chocolatey", "roast": "Dark"})
    page = cleo.browser.get("/taste/").text
    best = page.split('id="best"')[1].split("</section>")[0]
    assert best.index("Antigua") < best.index("Toraja")
    assert "You like chocolatey coffees, and this one tastes of chocolate." in best
    assert "What would change this?" in best and "<meter" in best
    assert "Dark roast" in page.split('id="leanings"')[1]


def test_answers_and_exclusions_are_shown_again(
    cleo: Member, units: UnitOfWorkFactory, actor: Actor
) -> None:
    typed = {"style": "Fruity", "no_allergen": ["nuts"], "caffeine_rule": "caffeine"}
    page = cleo.browser.post("/taste/", data=typed, follow_redirects=True).text
    assert "Your next open box knows it already." in page
    assert 'value="Fruity" checked' in page and 'value="nuts" checked' in page
    with units(actor) as work:
        ruled_out = exclusions(work.session, [cleo.id])[cleo.id]
    nuts = Exclusion(ExclusionKind.ALLERGEN, "nuts")
    assert set(ruled_out) == {nuts, Exclusion(ExclusionKind.CAFFEINE)}


def test_an_answer_that_was_not_offered_is_marked(cleo: Member) -> None:
    answer = cleo.browser.post("/taste/", data={"roast": "Burnt"})
    assert answer.status_code == 422
    assert "Please choose one of the answers offered." in answer.text


def test_two_taps_rate_a_coffee_and_say_why(
    cleo: Member, yirga: uuid.UUID, units: UnitOfWorkFactory, actor: Actor
) -> None:
    page = tap(cleo, yirga, liking="2")
    assert "You gave it 2 of 5." in page
    page = tap(cleo, yirga, reason="too_sour")
    assert 'value="too_sour" class="chip-button" aria-pressed="true"' in page
    tap(cleo, yirga, reason="not_fresh", note="Stale.")
    tap(cleo, yirga, reason="too_sour")
    with units(actor) as work:
        (rating,) = own_ratings(work.session, cleo.id)
        assert len(diary_of(work.session, cleo.id)) == 4
    assert (rating.liking, rating.reasons, rating.note) == (2, ("not_fresh",), "Stale.")
    tap(cleo, yirga, liking="4")
    assert "Taken back." in tap(cleo, yirga, take_back="yes")
    with units(actor) as work:
        assert own_ratings(work.session, cleo.id) == ratings(work.session, None) == []


@pytest.mark.parametrize("what", [{"liking": "9"}, {"reason": "too_loud"}, {}])
def test_a_tap_that_makes_no_sense_is_answered_in_words(
    cleo: Member, yirga: uuid.UUID, what: dict[str, str]
) -> None:
    assert "Please choose one of the answers offered." in tap(cleo, yirga, **what)


def test_a_rating_changes_what_the_next_box_would_hold(cleo: Member, yirga: uuid.UUID) -> None:
    cleo.browser.post("/taste/", data={"roast": "Light", "style": "Floral"})
    assert f'name="out" value="{yirga}"' in cleo.browser.get("/box/").text
    tap(cleo, yirga, liking="1", back="/box/")
    assert f'name="out" value="{yirga}"' not in cleo.browser.get("/box/").text


def test_a_taste_can_be_switched_off_and_on_again(cleo: Member, yirga: uuid.UUID) -> None:
    cleo.browser.post("/taste/", data={"style": "Floral", "no_roast": ["dark"]})
    page = cleo.browser.post("/taste/switch", data={"personal": "no"}, follow_redirects=True).text
    assert "Your taste is switched off" in page and "What you lean to" not in page
    box = cleo.browser.get("/box/").text
    assert box.count('class="line"') == 2
    assert "Your taste is switched off, so this is what most people like." in box
    assert "You like floral coffees" not in box
    page = cleo.browser.post("/taste/switch", data={"personal": "yes"}, follow_redirects=True).text
    assert "What you lean to" in page and 'value="Floral" checked' in page


def test_everything_can_be_taken_along(cleo: Member, yirga: uuid.UUID) -> None:
    cleo.browser.post("/taste/", data={"style": "Floral", "no_allergen": ["nuts"]})
    tap(cleo, yirga, liking="2")
    tap(cleo, yirga, reason="too_sour", note='=HYPERLINK("x")')
    told = json.loads(cleo.browser.get("/taste/my-taste.json").text)
    assert told["answers"]["style"] == "Floral" and told["personal"]
    assert told["exclusions"] == [{"kind": "allergen", "value": "nuts"}]
    assert [line["reasons"] for line in told["diary"]] == [[], ["too_sour"]]
    table = cleo.browser.get("/taste/my-taste.csv").text
    assert "rating,yirga,2,too_sour" in table and ",=HYPERLINK" not in table


def test_a_taste_is_forgotten_only_when_somebody_is_sure(cleo: Member, yirga: uuid.UUID) -> None:
    cleo.browser.post("/taste/", data={"style": "Floral", "no_allergen": ["nuts"]})
    tap(cleo, yirga, liking="2")
    page = cleo.browser.post("/taste/forget", follow_redirects=True).text
    assert "Please tick that you are sure first." in page and 'value="Floral" checked' in page
    page = cleo.browser.post("/taste/forget", data={"sure": "yes"}, follow_redirects=True).text
    assert "Forgotten." in page
    assert 'value="Floral" checked' not in page and 'value="nuts" checked' in page
    told = json.loads(cleo.browser.get("/taste/my-taste.json").text)
    assert told["diary"] == [] and not told["answers"]["style"]


def test_a_stranger_is_turned_away(client: FlaskClient) -> None:
    assert client.get("/taste/").location == "/sign-in?next=/taste/"
    for path in ("/taste/", "/taste/rate", "/taste/switch", "/taste/forget"):
        assert client.post(path).location == "/sign-in"
    assert client.get("/taste/my-taste.json").location.startswith("/sign-in")
