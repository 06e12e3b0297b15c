"""Which rows of `events` are meant, as conditions."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, or_

from shadower.adapters.sql.schema import events
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.filters import Filters, OneOf, Present, Wanted


def passing(filters: Filters, table: FromClause = events) -> list[ColumnElement[bool]]:
    """Return what must hold of an event that passes."""
    return [_admitted(table.c[field], wanted) for field, wanted in filters.items()]


def by_position(workspace: WorkspaceId, table: FromClause = events) -> ColumnElement[bool]:
    """Return that an event is of the workspace, where positions lead to it: SQLite would go by workspace and sort."""
    return table.c.workspace_id + 0 == workspace


def among(column: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
    """Return that a column has one of these values."""
    return column.in_(storable(values))


def storable(values: Iterable[str]) -> list[str]:
    """Return those that events can have at all: PostgreSQL refuses to be asked for the others."""
    return [text for text in values if "\0" not in text and text == text.encode(errors="ignore").decode()]


def _admitted(column: ColumnElement[Any], wanted: Wanted) -> ColumnElement[bool]:
    match wanted:
        case Present():
            return column.is_not(None)
        case OneOf(values):
            named = among(column, (value for value in values if value is not None))
            return or_(column.is_(None), named) if None in values else named
