"""Migrations are one line of versions, and end at exactly the tables that the models describe."""

import importlib
import pkgutil

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

import app
from app.adapters.migrate import alembic_config
from app.core.database import Base


def test_migrations_form_one_line() -> None:
    scripts = ScriptDirectory.from_config(alembic_config("postgresql:///unused"))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
    assert not [each.revision for each in scripts.walk_revisions() if each.is_merge_point]


def test_migrations_end_at_the_models(engine: Engine) -> None:
    for found in pkgutil.walk_packages(app.__path__, "app."):
        if found.name.endswith("models") or found.name.startswith("app.core."):
            importlib.import_module(found.name)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
