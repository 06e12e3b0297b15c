"""List what came in since somebody last looked."""

from collections.abc import Sequence

from shadower.application.ports.snapshot import OpenSnapshot
from shadower.domain.events.event import Position, RecordedEvent, WorkspaceId


class ListArrivals:
    """
    By place in the log and not by when events occurred, so that one of long ago shows when it arrives.

    When more than `limit` came in, the newest of them.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open = open_snapshot

    async def __call__(self, workspace: WorkspaceId, *, after: Position, limit: int) -> Sequence[RecordedEvent]:
        """Return events with greater positions, newest first. Raises StoreUnavailable."""
        async with self._open(workspace) as snapshot:
            return await snapshot.recent(after, limit)
