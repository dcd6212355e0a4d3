"""The short cut of `python -m tests.histories`: some orders, and a few random histories."""

import itertools

from tests.histories.inside import open_world
from tests.histories.play import five_events, play

ORDERS = list(itertools.permutations(range(5)))


def test_five_events_of_a_payment_in_any_order_come_to_one_end(database_url):
    with open_world(database_url, "orders") as world:
        assert len(five_events(world, ORDERS[::5])) == 1


def test_random_histories_end_as_the_provider_has_them(database_url):
    with open_world(database_url, "random") as world:
        histories, wrong = play(world, 20)
    assert len(histories) == 20
    assert wrong == []
