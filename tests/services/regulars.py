"""People who had several boxes, some of habit and some at random, written into the diary."""

import uuid
from datetime import timedelta

import numpy as np
from sqlalchemy import insert

from app.core.unit_of_work import UnitOfWork
from app.people.services.register_many import register_many
from app.people.services.register_person import NewPerson
from app.personalization.models import TasteEvent
from app.personalization.rules import TasteEventKind

FEWEST, MOST = 4, 11


def let_keep(
    work: UnitOfWork,
    shelf: dict[str, uuid.UUID],
    people: int,
    habit: float,
    too: tuple[uuid.UUID, ...] = (),
) -> list[uuid.UUID]:
    """Let so many people keep two coffees in each of their weekly boxes, the last a week ago.

    Some joined later than others: they had FEWEST boxes to MOST. Everybody has two coffees of
    their own, which say nothing in the quiz and come with the chance `habit`; the rest of the box
    is drawn from the whole shelf. Return who they are; those of `too` are there already and come
    first.
    """
    wished = [NewPerson(f"regular{number}@example.com", f"R {number}") for number in range(people)]
    found = register_many(work, wished).ids
    persons = [*too, *(found[each.email] for each in wished)]
    generator, codes = np.random.default_rng(5), sorted(shelf)
    rows = []
    for number, person in enumerate(persons):
        own = generator.choice(len(codes), 2, replace=False)
        boxes = FEWEST + number % (MOST - FEWEST + 1)
        for back in range(boxes, 0, -1):
            drawn = generator.choice(len(codes), 2, replace=False)
            kept = np.where(generator.random(2) < habit, own, drawn)
            rows += [
                {
                    "subscriber_id": person,
                    "product_id": shelf[codes[coffee]],
                    "kind": TasteEventKind.KEEP,
                    "value": 1,
                    "reasons": [],
                    "note": "",
                    "at": work.now - timedelta(weeks=back),
                }
                for coffee in sorted(set(kept.tolist()))
            ]
    work.session.execute(insert(TasteEvent), sorted(rows, key=lambda row: row["at"]))
    return persons
