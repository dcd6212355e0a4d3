"""Gives every test a database of its own, empty and migrated, and takes it back to use it again.

A database that a test left as it was built is emptied, which is ten times quicker than making a
new one; one whose tables were altered, or that somebody still holds, is thrown away.
"""

import uuid
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine, QueuePool

from app.core.database import make_engine

KEPT = ["alembic_version", "transition"]
# Whatever alters a table writes a younger row into one of these.
SHAPE = """
    SELECT greatest(
        (SELECT max(xmin::text::bigint) FROM pg_trigger),
        (SELECT max(xmin::text::bigint) FROM pg_constraint),
        (SELECT max(xmin::text::bigint) FROM pg_attribute),
        (SELECT max(xmin::text::bigint) FROM pg_proc))
"""
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND backend_type = 'client backend'
"""
# Tables that nothing was ever written to since they were last swept have no page.
TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL(%s)
      AND pg_relation_size(oid) > 0
"""
SEQUENCES = """
    SELECT sequencename, start_value FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL
"""
# What was deleted stays on its page until it is swept away.
SWEPT_AFTER = 25


@dataclass
class _Kept:
    """A database in use: what its tables look like, and who stays connected between two tests."""

    url: str
    engine: Engine
    watcher: psycopg.Connection
    shape: int = 0
    emptied: int = 0

    def __post_init__(self) -> None:
        self.shape = self.ask(SHAPE)

    def ask(self, query: str) -> Any:
        """Return the first field of an answer."""
        if self.watcher.closed:
            self.watcher = _direct(self.url)
        row = self.watcher.execute(query).fetchone()
        return row[0] if row else None

    def is_sound(self) -> bool:
        """Say whether it is as it was built, and held by nobody who is unknown."""
        pool = self.engine.pool
        assert isinstance(pool, QueuePool)
        return bool(self.ask(OTHERS) == pool.checkedin() and self.ask(SHAPE) == self.shape)

    def empty(self) -> None:
        """Delete what the last test wrote."""
        _empty(self.watcher)
        self.emptied += 1
        if self.emptied % SWEPT_AFTER == 0:
            self.watcher.execute("VACUUM")

    def leave(self) -> None:
        """Close every connection until somebody asks again."""
        self.engine.dispose()
        self.watcher.close()


@dataclass
class Databases:
    """The databases of one test process, copied from `template` on the server at `url`."""

    url: str
    template: str
    ready: list[str] = field(default_factory=list)
    kept: dict[str, _Kept] = field(default_factory=dict)

    def take(self) -> str:
        """Return the address of an empty database."""
        if not self.ready:
            self.ready.append(self._made())
        return named(self.url, self.ready.pop())

    def engine(self, url: str) -> Engine:
        """Return the engine of a database: the one of before, which knows its statements already
        and whose connections are warm."""
        return self.kept[name_of(url)].engine

    def leave(self, url: str) -> None:
        """Let go of a database that is to be copied."""
        self.kept[name_of(url)].leave()

    def give_back(self, url: str) -> None:
        """Empty a database for the next test, or throw it away."""
        name = name_of(url)
        kept = self.kept[name]
        if kept.is_sound():
            kept.empty()
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
        url = named(self.url, name)
        self.kept[name] = _Kept(url, make_engine(url), _direct(url))
        return name

    def _throw_away(self, name: str) -> None:
        self.kept.pop(name).leave()
        run(self.url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def run(url: str, statement: str) -> None:
    """Run one statement outside of any transaction."""
    with _direct(url) as connection:
        connection.execute(statement)


def named(url: str, database: str) -> str:
    """Return a server's address with another database."""
    head, _, query = url.partition("?")
    place = head.rsplit("/", 1)[0]
    return f"{place}/{database}" + (f"?{query}" if query else "")


def name_of(url: str) -> str:
    """Return the database's name in an address."""
    return url.partition("?")[0].rsplit("/", 1)[1]


def _direct(url: str) -> psycopg.Connection:
    scheme, _, rest = url.partition("://")
    return psycopg.connect(f"{scheme.split('+')[0]}://{rest}", autocommit=True)


def _empty(connection: psycopg.Connection) -> None:
    tables = connection.execute(TABLES, [KEPT]).fetchall()
    sequences = connection.execute(SEQUENCES).fetchall()
    wipe = [SQL("DELETE FROM {}").format(Identifier(table)) for (table,) in tables]
    restart = [SQL("SELECT setval({}, {}, false)").format(*each) for each in sequences]
    # Guards and foreign keys sleep meanwhile: nothing of this is worth keeping.
    connection.execute("SET session_replication_role = replica")
    connection.execute(SQL("; ").join([*wipe, *restart]))
