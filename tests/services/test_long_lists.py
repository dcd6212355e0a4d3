"""A batch may be larger than what one statement carries in parameters: 65,535."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event, select

from app.billing.payment_queries import payments_of
from app.billing.price_list_queries import (
    announced_prices,
    credit_of,
    discounts_of,
    exempt_people,
    uses_of,
)
from app.billing.queries import net_by_kind
from app.billing.services.carry_over import waiting_for
from app.catalog.models import Product
from app.core.database import among
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.finance.services.record_shipment import record_shipment
from app.finance.services.settle_term import earn_instalments
from app.fulfilment.add_on_queries import wishes_of_all
from app.fulfilment.services.note_kept import note_kept
from app.fulfilment.services.release_box import release_paid
from app.fulfilment.switch_queries import pending_switches
from app.fulfilment.term_queries import counted_boxes, terms_for
from app.personalization.household_queries import member_ratings, members_among, sharers
from app.personalization.queries import exclusions, lines_of, mixes, profiles, without_taste
from app.personalization.queries import ratings as ratings_of
from tests.cast import stock_shelf

Read = Callable[..., Any]
# What a lock, a composition, an invoice run, a shipment or an import asks about all its people.
READS: Sequence[Read] = (
    *(profiles, ratings_of, lines_of, without_taste, exclusions, mixes),
    *(sharers, members_among, member_ratings),
    *(announced_prices, discounts_of, uses_of, credit_of, net_by_kind, payments_of),
    *(terms_for, counted_boxes, pending_switches, wishes_of_all),
)
STEPS: Sequence[Read] = (waiting_for, release_paid, note_kept, record_shipment, earn_instalments)
MANY = 70_000


def test_what_reads_a_whole_batch_sends_its_people_as_one_parameter(
    units: UnitOfWorkFactory, actor: Actor, engine: Engine
) -> None:
    with units(actor) as work, _listening(engine) as sent:
        for read, first in [(read, work.session) for read in READS] + [(s, work) for s in STEPS]:
            for number in (3, 30):
                read(first, {uuid.uuid4() for _ in range(number)})
            half = len(sent) // 2
            assert sent[:half] == sent[half:] != [], read
            sent.clear()


def test_seventy_thousand_people_get_an_answer(units: UnitOfWorkFactory, actor: Actor) -> None:
    many = {uuid.uuid4() for _ in range(MANY)}
    with units(actor) as work:
        assert mixes(work.session, many) == {}
        assert exempt_people(work.session, many, work.now.date()) == set()
        assert release_paid(work, list(many)) == 0


def test_among_finds_what_is_listed_and_nothing_for_an_empty_list(
    units: UnitOfWorkFactory, actor: Actor
) -> None:
    with units(actor) as work:
        stock_shelf(work)
        listed = select(Product.code).where(among(Product.code, ["kenya", "no such code"]))
        assert work.session.scalars(listed).all() == ["kenya"]
        assert not work.session.scalars(select(Product.id).where(among(Product.id, ()))).all()


@contextmanager
def _listening(engine: Engine) -> Iterator[list[int]]:
    """Note how many parameters each statement carries."""
    sent: list[int] = []

    def note(_: Any, __: Any, ___: str, parameters: Any, *____: Any) -> None:
        sent.append(len(parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)
