"""Learns the shop's taste model from the answers and ratings it has."""

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from app.catalog.queries import products_by_id
from app.core.unit_of_work import UnitOfWork
from app.personalization import brain, queries
from app.personalization.models import TasteModelRow


def learn_taste(work: UnitOfWork) -> str:
    """Fit the taste model on everything known and make it the live one; return its version."""
    given = queries.ratings(work.session, None)
    products = sorted(
        products_by_id(work.session, {product for _, product, _ in given}).values(),
        key=lambda product: product.code,
    )
    profiles = queries.profiles(work.session, None)
    people = [(profile.subscriber_id, profile) for profile in profiles]
    model = brain.learn_taste(people, products, given)
    work.session.execute(update(TasteModelRow).values(live=False))
    work.session.execute(
        insert(TasteModelRow)
        .values(
            version=model.version,
            numbers=model.to_dict(),
            trained_on=len(given),
            live=True,
            created_at=work.now,
        )
        .on_conflict_do_update(index_elements=["version"], set_={"live": True})
    )
    return model.version
