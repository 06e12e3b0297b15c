"""List what came in since somebody last looked."""

from collections.abc import Sequence
from dataclasses import dataclass

from shadower.application.ports.event_log import EventLog
from shadower.application.ports.snapshot import OpenSnapshot
from shadower.domain.events.event import Position, RecordedEvent, WorkspaceId
from shadower.domain.events.filters import NO_FILTERS, Filters


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What came in, newest first, and how far that is: whoever goes on from there misses nothing."""

    events: Sequence[RecordedEvent]
    position: Position


class ListArrivals:
    """
    By place in the log and not by when events occurred, so that one of long ago shows when it arrives.

    When more than `limit` came in, the newest of them. When nothing did, waits `within` seconds for the log to grow;
    what grew may belong to another workspace or not pass, so an answer without events is no surprise.
    """

    def __init__(self, log: EventLog, open_snapshot: OpenSnapshot) -> None:
        self._log = log
        self._open = open_snapshot

    async def __call__(
        self,
        workspace: WorkspaceId,
        *,
        after: Position,
        limit: int,
        within: float = 0,
        filters: Filters = NO_FILTERS,
    ) -> Arrivals:
        """Return events with greater positions that pass. Raises QueryTimeout, StoreUnavailable."""
        if within:
            await self._log.wait(after, within)
        async with self._open(workspace) as snapshot:
            return Arrivals(await snapshot.recent(after, limit, filters), Position(max(after, snapshot.position)))
