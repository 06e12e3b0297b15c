"""Tell each workspace's log what the platform did in it."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Final

from shadower.application.ingest_events import IngestEvents, Submission
from shadower.application.ports.report import Report
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import OWN_SOURCE, WorkspaceId
from shadower.domain.events.moments import rfc3339
from shadower.domain.platform.act import KeptAct

EVERY: Final = 1.0
"""Seconds between two looks: a command may have done something."""
MOST: Final = 500
"""Acts told at a time."""


@dataclass(slots=True)
class OwnEvent:
    """An event of the source `shadower` on its way in (the protocol `SentEvent`)."""

    type: str
    id: str | None
    occurred_at: str | None
    data: Mapping[str, object] | None
    source: str | None = OWN_SOURCE
    user_id: str | None = None
    agent_id: str | None = None
    session_id: str | None = None
    correlation_id: str | None = None
    parent_id: str | None = None
    status: str | None = None
    error_type: str | None = None
    duration_ms: Decimal | None = None
    credits: Decimal | None = None
    cost: Decimal | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    model: str | None = None


class TellActs:
    """
    An act is forgotten only after the log holds its event.

    So none is lost, and one that is told twice, after a crash or by two processes, is recognised by its id.
    """

    def __init__(self, begin: BeginWork, ingest: IngestEvents) -> None:
        self._begin = begin
        self._ingest = ingest

    async def __call__(self, report: Report) -> None:
        """Tell what there is, now and then until cancelled; what goes wrong is told to `report` and tried again."""
        while True:
            try:
                await self.flush()
            except Exception as error:  # noqa: BLE001 - reported; what is kept is told later
                report(error)
            await asyncio.sleep(EVERY)

    async def flush(self) -> None:
        """Tell everything there is now. Raises StoreUnavailable, Overloaded."""
        while acts := await self._oldest():
            for workspace, mine in groupby(acts, key=lambda kept: kept.act.workspace):
                await self._tell(workspace, list(mine))

    async def _oldest(self) -> Sequence[KeptAct]:
        async with self._begin(reading=True) as work:
            return await work.outbox.oldest(MOST)

    async def _tell(self, workspace: WorkspaceId, acts: Sequence[KeptAct]) -> None:
        events = [_event(kept) for kept in acts]
        await self._ingest(workspace, None, Submission(events, lambda index: _json(events[index])), own=True)
        async with self._begin() as work:
            await work.outbox.remove([kept.id for kept in acts])
            await work.commit()


def _event(kept: KeptAct) -> OwnEvent:
    act = kept.act
    return OwnEvent(act.type, kept.event_id, rfc3339(act.at), act.data)


def _json(event: OwnEvent) -> bytes:
    told = {"id": event.id, "type": event.type, "source": event.source, "occurred_at": event.occurred_at}
    return json.dumps(told | {"data": event.data}).encode()
