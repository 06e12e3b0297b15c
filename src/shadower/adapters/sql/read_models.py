"""Documents of projections in SQL."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.schema import read_models
from shadower.adapters.sql.upsert import insert_into
from shadower.application.ports.read_models import Document, ReadModels
from shadower.domain.events.event import WorkspaceId

_CHUNK: Final = 500


class SqlReadModels(ReadModels):
    """Rows of `read_models`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, projection: str, workspace: WorkspaceId, keys: Collection[str]) -> Mapping[str, Document]:
        """See the port."""
        column, wanted = read_models.c, list(keys)
        found: dict[str, Document] = {}
        for start in range(0, len(wanted), _CHUNK):
            statement = select(column.key, column.document).where(
                column.projection == projection,
                column.workspace_id == workspace,
                column.key.in_(wanted[start : start + _CHUNK]),
            )
            found |= {row[0]: json.loads(row[1]) for row in (await self._connection.execute(statement)).all()}
        return found

    async def put(self, projection: str, workspace: WorkspaceId, documents: Mapping[str, Document]) -> None:
        """See the port. Rows are written in the order of their keys, so that two writers never wait for each other."""
        rows = [
            {"projection": projection, "workspace_id": workspace, "key": key, "document": _json(document)}
            for key, document in sorted(documents.items())
        ]
        if rows:
            statement = insert_into(self._connection, read_models)
            changes = {"document": statement.excluded.document}
            key = list(read_models.primary_key)
            await self._connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changes), rows)

    async def list(
        self, projection: str, workspace: WorkspaceId, limit: int, *, after: str = ""
    ) -> Sequence[tuple[str, Document]]:
        """See the port."""
        column = read_models.c
        statement = (
            select(column.key, column.document)
            .where(column.projection == projection, column.workspace_id == workspace, column.key > after)
            .order_by(column.key)
            .limit(limit)
        )
        return [(row[0], json.loads(row[1])) for row in (await self._connection.execute(statement)).all()]

    async def clear(self, projection: str) -> None:
        """See the port."""
        await self._connection.execute(delete(read_models).where(read_models.c.projection == projection))


def _json(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
