"""Runs the migrations on the database that the settings name."""

from alembic import context
from sqlalchemy import create_engine, pool

import app.billing.carry_models
import app.billing.models
import app.billing.price_models
import app.catalog.models
import app.core.clock
import app.core.outbox
import app.core.records
import app.finance.models
import app.fulfilment.add_on_models
import app.fulfilment.models
import app.people.models
import app.personalization.models
import app.subscriptions.models  # noqa: F401 (tables register themselves when imported)
from app.core.database import Base, with_driver

engine = create_engine(with_driver(context.config.attributes["url"]), poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
