"""Tables' common ground: names of constraints, UTC instants, engines with time limits."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Engine,
    Identity,
    MetaData,
    any_,
    create_engine,
    event,
    literal,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import (
    DeclarativeBase,
    InstrumentedAttribute,
    Session,
    mapped_column,
    sessionmaker,
)

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Key = Annotated[
    uuid.UUID,
    mapped_column(UUID(as_uuid=True), primary_key=True, server_default=text("gen_random_uuid()")),
]
Serial = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]
T = TypeVar("T")
# More than the product has different ones.
STATEMENTS = 2000
# From so many on a list is worth a plan of its own.
MANY = 200


class Base(DeclarativeBase):
    """The root of every table."""

    metadata = MetaData(naming_convention=NAMES)


# The limits keep a stuck client from holding rows for ever; work is retried as whole units.
LIMITS = (
    "-c statement_timeout=120000 -c lock_timeout=20000"
    " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
)


def make_engine(url: str, pool_size: int = 10) -> Engine:
    """Return an engine for a PostgreSQL address, whatever driver it names."""
    engine = create_engine(
        with_driver(url),
        pool_pre_ping=True,
        pool_size=pool_size,
        max_overflow=20,
        # The connection used last knows the statements of late, and idle ones may end.
        pool_use_lifo=True,
        # All of the product's statements fit in, so that none is put into words twice.
        query_cache_size=STATEMENTS,
        connect_args={"options": LIMITS},
    )
    event.listen(engine, "connect", _remember_statements)
    return engine


def _remember_statements(connection: psycopg.Connection, record: object) -> None:
    # A driver that keeps fewer than the product has forgets each before it is used again, and the
    # server plans it anew every time.
    connection.prepared_max = STATEMENTS


def with_driver(url: str) -> str:
    """Return the address with the driver that the product uses."""
    scheme, _, rest = url.partition("://")
    if scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("DATABASE_URL must name a PostgreSQL server")
    return f"postgresql+psycopg://{rest}"


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Return the maker of sessions; rows stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


def think_long(session: Session) -> None:
    """Let this transaction compute for a while between two statements.

    That is no sign of a stuck client where boxes are composed or tastes learnt.
    """
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def plan_for(session: Session, rows: int) -> None:
    """Let the server plan each statement of this transaction for the values that it brings, where
    they are many: a plan that is kept takes every list for a short one."""
    if rows > MANY:
        session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


def among(
    column: ColumnElement[T] | InstrumentedAttribute[T] | InstrumentedAttribute[T | None],
    values: Iterable[T],
) -> ColumnElement[bool]:
    """Return the condition that a column has one of these values; with no values, none has.

    For lists that grow with a batch or a file: all of them travel as one parameter, an array.
    `column.in_` sends each on its own, and a statement may carry 65,535 of those at most.
    """
    return column == any_(literal(list(values), ARRAY(column.expression.type)))


def copy_rows(
    session: Session, table: str, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]
) -> None:
    """Write many rows with COPY, inside the session's transaction. Names must be constants."""
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    with (
        driver.cursor() as cursor,
        cursor.copy(
            SQL("COPY {} ({}) FROM STDIN").format(
                Identifier(table), SQL(", ").join(map(Identifier, columns))
            )
        ) as copy,
    ):
        for row in rows:
            copy.write_row(row)
