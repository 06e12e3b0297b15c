"""How a new generation of rollups begins: with what is sealed, since the events of it are gone."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.database import Database
from shadower.adapters.sql.page_store import SEALED
from shadower.adapters.sql.projections import REBUILDING
from shadower.adapters.sql.schema import pages, projections
from shadower.application.ports.clock import Clock

_PAGES_A_STEP: Final = 5_000
_PLACE: Final = tuple(pages.c[name] for name in ("workspace_id", "family", "level", "key", "start"))
_COPIED: Final = tuple(column for column in pages.c if column.name != "generation")


async def seed(database: Database, generation: int, clock: Clock) -> None:
    """
    Copy the sealed pages, some thousands at a time, so that nobody waits long for the writer.

    Nothing is sealed meanwhile: an event goes only when every projection has taken it in, and the rebuild is at 0.
    """
    after: Sequence[Any] | None = None
    while True:
        async with database.writing() as connection:
            upto = await _end_of_step(connection, after)
            step = [*_sealed_beyond(after), *([] if upto is None else [tuple_(*_PLACE) <= tuple_(*upto)])]
            copies = select(literal(generation), *_COPIED).where(*step)
            names = ["generation", *(column.name for column in _COPIED)]
            await connection.execute(pages.insert().from_select(names, copies))
            # A rebuild that says nothing for long is taken for dead.
            this = (projections.c.name == REBUILDING, projections.c.generation == generation)
            await connection.execute(update(projections).where(*this).values(moved_at=clock.now()))
            await connection.commit()
        if upto is None:
            return
        after = upto


async def _end_of_step(connection: AsyncConnection, after: Sequence[Any] | None) -> Sequence[Any] | None:
    """Return the place of the last page of the step; None when the step goes to the end."""
    places = select(*_PLACE).where(*_sealed_beyond(after)).order_by(*_PLACE)
    return (await connection.execute(places.offset(_PAGES_A_STEP - 1).limit(1))).one_or_none()


def _sealed_beyond(after: Sequence[Any] | None) -> list[ColumnElement[bool]]:
    sealed = pages.c.generation == SEALED
    return [sealed] if after is None else [sealed, tuple_(*_PLACE) > tuple_(*after)]
