"""What the platform did and the log does not hold yet, in SQL."""

import json
from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.schema import outbox
from shadower.application.ports.outbox import Outbox
from shadower.domain.events.event import WorkspaceId
from shadower.domain.platform.act import Act, ActId, KeptAct


class SqlOutbox(Outbox):
    """Rows of `outbox`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, act: Act) -> None:
        """See the port."""
        await self._connection.execute(
            insert(outbox).values(workspace_id=act.workspace, type=act.type, data=json.dumps(act.data), at=act.at)
        )

    async def oldest(self, limit: int) -> Sequence[KeptAct]:
        """See the port."""
        rows = await self._connection.execute(select(outbox).order_by(outbox.c.id).limit(limit))
        return [
            KeptAct(ActId(row.id), Act(WorkspaceId(row.workspace_id), row.type, json.loads(row.data), row.at))
            for row in rows.all()
        ]

    async def remove(self, acts: Sequence[ActId]) -> None:
        """See the port."""
        await self._connection.execute(delete(outbox).where(outbox.c.id.in_(acts)))
