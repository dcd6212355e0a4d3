"""Today: what needs a person, for each role what it may follow."""

from tests.web.conftest import SignIn


def test_a_stranger_is_turned_away(client):
    answer = client.get("/staff/")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/staff/")
