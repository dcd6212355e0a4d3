"""Gives every test a database of its own, empty and migrated, and takes it back to use it again.

A database that a test left as it was built is emptied, which is ten times quicker than making a
new one; one whose tables were altered, or that somebody still holds, is thrown away.
"""

import uuid
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from app.core.database import with_driver

KEPT = ("alembic_version", "transition")
# Whatever alters a table writes a younger row into one of these.
SHAPE = text("""
    SELECT greatest(
        (SELECT max(xmin::text::bigint) FROM pg_trigger),
        (SELECT max(xmin::text::bigint) FROM pg_constraint),
        (SELECT max(xmin::text::bigint) FROM pg_attribute),
        (SELECT max(xmin::text::bigint) FROM pg_proc))
""")
OTHERS = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND backend_type = 'client backend'
""")
TABLES = text("""
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL(:kept)
""")
SEQUENCES = text("SELECT sequencename, start_value FROM pg_sequences WHERE schemaname = 'public'")


@dataclass
class Databases:
    """The databases of one test process, copied from `template` on the server at `url`."""

    url: str
    template: str
    ready: list[str] = field(default_factory=list)
    shapes: dict[str, int] = field(default_factory=dict)

    def take(self) -> str:
        """Return the address of an empty database."""
        if not self.ready:
            self.ready.append(self._made())
        return named(self.url, self.ready.pop())

    def give_back(self, url: str) -> None:
        """Empty a database for the next test, or throw it away."""
        name = name_of(url)
        with _direct(url).connect() as connection:
            sound = connection.scalar(OTHERS) == 0 and connection.scalar(SHAPE) == self.shapes[name]
            if sound:
                _empty(connection)
        if sound:
            self.ready.append(name)
        else:
            self._throw_away(name)

    def close(self) -> None:
        """Throw all of them away."""
        for name in self.ready:
            self._throw_away(name)

    def _made(self) -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        run(self.url, f'CREATE DATABASE "{name}" TEMPLATE "{self.template}" STRATEGY FILE_COPY')
        with _direct(named(self.url, name)).connect() as connection:
            self.shapes[name] = connection.scalar(SHAPE) or 0
        return name

    def _throw_away(self, name: str) -> None:
        run(self.url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def run(url: str, statement: str) -> None:
    """Run one statement outside of any transaction."""
    with _direct(url).connect() as connection:
        connection.execute(text(statement))


def named(url: str, database: str) -> str:
    """Return a server's address with another database."""
    head, _, query = url.partition("?")
    place = head.rsplit("/", 1)[0]
    return f"{place}/{database}" + (f"?{query}" if query else "")


def name_of(url: str) -> str:
    """Return the database's name in an address."""
    return url.partition("?")[0].rsplit("/", 1)[1]


def _direct(url: str) -> Engine:
    return create_engine(with_driver(url), isolation_level="AUTOCOMMIT", poolclass=NullPool)


def _empty(connection: Connection) -> None:
    tables = connection.scalars(TABLES, {"kept": list(KEPT)}).all()
    sequences = connection.execute(SEQUENCES).all()
    wipe = "".join(f'DELETE FROM "{table}";' for table in tables)
    restart = "".join(f"PERFORM setval('\"{name}\"', {start}, false);" for name, start in sequences)
    # Guards and foreign keys sleep meanwhile: nothing of this is worth keeping.
    connection.execute(text("SET session_replication_role = replica"))
    connection.exec_driver_sql(f"DO $$ BEGIN {wipe} {restart} END $$")
