"""The taste: answers, exclusions and ratings."""

from flask.testing import FlaskClient

from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.personalization.queries import exclusions
from app.personalization.rules import Exclusion, ExclusionKind
from tests.web.conftest import Subscribe


def test_answers_and_exclusions_are_shown_again(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("cleo@example.com")
    typed = {"style": "Fruity", "no_allergen": ["nuts"], "caffeine_rule": "caffeine"}
    page = member.browser.post("/taste/", data=typed, follow_redirects=True).text
    assert "Your next open box knows it already." in page
    assert 'value="Fruity" checked' in page and 'value="nuts" checked' in page
    with units(actor) as work:
        ruled_out = exclusions(work.session, [member.id])[member.id]
    nuts = Exclusion(ExclusionKind.ALLERGEN, "nuts")
    assert set(ruled_out) == {nuts, Exclusion(ExclusionKind.CAFFEINE)}


def test_an_answer_that_was_not_offered_is_marked(subscribe: Subscribe) -> None:
    answer = subscribe("cleo@example.com").browser.post("/taste/", data={"roast": "Burnt"})
    assert answer.status_code == 422
    assert "Please choose one of the answers offered." in answer.text


def test_a_rating_out_of_range_is_answered_in_words(subscribe: Subscribe) -> None:
    browser = subscribe("cleo@example.com").browser
    page = browser.post("/taste/rate", data={"liking": "9"}, follow_redirects=True).text
    assert "Please choose one of the answers offered." in page


def test_a_stranger_is_turned_away(client: FlaskClient) -> None:
    assert client.get("/taste/").location == "/sign-in?next=/taste/"
    assert client.post("/taste/").location == "/sign-in"
