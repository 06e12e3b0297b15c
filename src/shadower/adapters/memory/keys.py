"""API keys in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from shadower.adapters.memory.views import Views
from shadower.application.ports.work import Keys
from shadower.domain.events.event import WorkspaceId
from shadower.domain.keys.key import ApiKey, KeyId, KeyNotFound, Scope


class MemoryKeys(Keys):
    """Keys by number, their digests kept unique by a lock on the digest."""

    def __init__(self, views: Views, numbers: Iterator[int]) -> None:
        self._rows = views.keys
        self._digests = views.key_digests
        self._numbers = numbers

    async def add(
        self, workspace: WorkspaceId, name: str, digest: bytes, prefix: str, scopes: frozenset[Scope], created_at: int
    ) -> ApiKey:
        known = await self._digests.lock(digest)
        found = None if known is None else self._rows.find(known)
        if found is not None:
            return found
        key = ApiKey(KeyId(next(self._numbers)), workspace, name, digest, prefix, scopes, created_at)
        self._digests.put(digest, key.id)
        self._rows.put(key.id, key)
        return key

    async def find_by_digest(self, digest: bytes) -> ApiKey | None:
        number = self._digests.find(digest)
        return None if number is None else self._rows.find(number)

    async def get(self, workspace: WorkspaceId, key: KeyId) -> ApiKey:
        found = self._rows.find(key)
        if found is None or found.workspace != workspace:
            raise KeyNotFound("There is no such key in this workspace.")
        return found

    async def list(self, workspace: WorkspaceId, limit: int, after: KeyId | None = None) -> Sequence[ApiKey]:
        keys = (key for key in self._rows.newest_first() if key.workspace == workspace)
        return sorted((key for key in keys if after is None or key.id > after), key=lambda key: key.id)[:limit]

    async def revoke(self, key: KeyId, at: int) -> None:
        found = await self._rows.lock(key)
        if found is not None and found.revoked_at is None:
            self._rows.put(key, replace(found, revoked_at=at))

    async def touch(self, used: dict[KeyId, int]) -> None:
        for key in sorted(used):  # always in one order, so that two units never wait for each other
            found = await self._rows.lock(key)
            if found is not None and (found.last_used_at is None or found.last_used_at < used[key]):
                self._rows.put(key, replace(found, last_used_at=used[key]))
