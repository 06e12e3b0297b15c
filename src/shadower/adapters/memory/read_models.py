"""Documents of projections in memory."""

from collections.abc import Collection, Mapping, Sequence

from shadower.adapters.memory.views import Views
from shadower.application.ports.read_models import Document, ReadModels
from shadower.domain.events.event import WorkspaceId


class MemoryReadModels(ReadModels):
    """Documents by projection, workspace and key. They are copied on their way in and never changed."""

    def __init__(self, views: Views) -> None:
        self._rows = views.documents

    async def get(self, projection: str, workspace: WorkspaceId, keys: Collection[str]) -> Mapping[str, Document]:
        found = {key: self._rows.find((projection, workspace, key)) for key in keys}
        return {key: document for key, document in found.items() if document is not None}

    async def put(self, projection: str, workspace: WorkspaceId, documents: Mapping[str, Document]) -> None:
        for key in sorted(documents):  # always in one order, so that two units never wait for each other
            place = (projection, workspace, key)
            await self._rows.lock(place)
            self._rows.put(place, dict(documents[key]))

    async def list(
        self, projection: str, workspace: WorkspaceId, limit: int, *, after: str = ""
    ) -> Sequence[tuple[str, Document]]:
        keys = sorted(key for whose, where, key in self._rows.every_key() if (whose, where) == (projection, workspace))
        found = await self.get(projection, workspace, [key for key in keys if key > after][:limit])
        return list(found.items())

    async def clear(self, projection: str) -> None:
        for place in sorted(place for place in self._rows.every_key() if place[0] == projection):
            await self._rows.lock(place)
            self._rows.remove(place)
