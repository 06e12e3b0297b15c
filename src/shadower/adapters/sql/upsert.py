"""INSERT … ON CONFLICT, which both dialects have and SQLAlchemy keeps in two places."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, case
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Values = Mapping[str, object] | Sequence[Mapping[str, object]]


def upsert(
    connection: AsyncConnection, table: Table, values: Values, *, adding: Sequence[str], latest: Sequence[str] = ()
) -> Any:
    """Return a statement that inserts rows; where the key is there, adds to some columns and keeps others' largest."""
    statement = insert_into(connection, table).values(values)
    new = statement.excluded
    changes = {name: table.c[name] + new[name] for name in adding}
    changes |= {name: later(table.c[name], new[name]) for name in latest}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes)


def insert_into(connection: AsyncConnection, table: Table) -> Any:
    """Return the dialect's own INSERT."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def later(kept: ColumnElement[int], seen: ColumnElement[int] | int) -> ColumnElement[int]:
    """Return the larger of two moments, in words both dialects know."""
    return case((kept > seen, kept), else_=seen)


def earlier(kept: ColumnElement[int], seen: ColumnElement[int] | int) -> ColumnElement[int]:
    """Return the smaller of two moments, likewise."""
    return case((kept < seen, kept), else_=seen)
