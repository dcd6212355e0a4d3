"""Gathers what habits are learnt from: the diary, the coffees in it, answers and ratings."""

from dataclasses import replace

from app.catalog.queries import products_by_id
from app.core.unit_of_work import UnitOfWork
from app.personalization import queries
from app.personalization.habits import History
from app.personalization.model_queries import lessons


def read_history(work: UnitOfWork, until: int | None = None) -> History:
    """Return what is known up to and with line `until` of the diary, or all of it.

    The lessons are said to reach as far as the diary was read.
    """
    told = lessons(work.session, until)
    lines = queries.lines_of(work.session, None, until)
    named = {line.product_id for line in lines} | {each.id for each in told.products}
    products = sorted(products_by_id(work.session, named).values(), key=lambda each: each.code)
    read = sorted((line.id, line.at) for line in lines)
    events = (read[0], read[-1]) if read else told.events
    return History(replace(told, events=events), lines, products)
