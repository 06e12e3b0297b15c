"""Read one event."""

from shadower.application.ports.snapshot import OpenSnapshot
from shadower.domain.events.event import RecordedEvent, WorkspaceId


class ReadEvent:
    """By its UUID, or by the id its producer gave it: then the newest, should several producers use the same."""

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open = open_snapshot

    async def __call__(self, workspace: WorkspaceId, event_id: str) -> RecordedEvent:
        """Raises EventNotFound, StoreUnavailable."""
        async with self._open(workspace) as snapshot:
            return await snapshot.event(event_id)
