"""Gathers what a model reads: people with their answers, products, ratings, and past boxes."""

import uuid
from collections.abc import Iterable

from sqlalchemy.orm import Session

from app.catalog.queries import products_by_id
from app.personalization import queries
from app.personalization.brain import HistoryModel, Model, Tasting
from app.personalization.household_queries import member_ratings, members_among


def read_tasting(
    session: Session, model: Model, owners: Iterable[uuid.UUID], offered: Iterable[uuid.UUID]
) -> Tasting:
    """Return these people, the products on offer and those they rated, and their ratings.

    People are subscribers, or those who share their boxes. Their diary is read only for a model of
    histories. Of people who want no box of their own taste nothing is read.
    """
    people = sorted(set(owners))
    members = members_among(session, people)
    given = queries.ratings(session, people)
    if members:
        given += member_ratings(session, members)
    known = products_by_id(session, {*offered, *(product for _, product, _ in given)})
    profiles = {each.subscriber_id: each for each in queries.profiles(session, people)}
    return Tasting(
        people=[(person, members.get(person) or profiles.get(person)) for person in people],
        products=sorted(known.values(), key=lambda product: product.code),
        ratings=given,
        lines=queries.lines_of(session, people) if isinstance(model, HistoryModel) else (),
    )
