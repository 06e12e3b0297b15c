"""Browser sessions in memory."""

from shadower.adapters.memory.views import Views
from shadower.application.ports.work import SignIn, SignIns
from shadower.domain.keys.key import ApiKey


class MemorySignIns(SignIns):
    """Sessions by digest. A revoked key ends its sessions by being asked for at every look."""

    def __init__(self, views: Views) -> None:
        self._rows = views.sign_ins
        self._keys = views.keys

    async def add(self, sign_in: SignIn) -> None:
        await self.clear(sign_in.created_at)
        await self._rows.lock(sign_in.digest)
        self._rows.put(sign_in.digest, sign_in)

    async def find(self, digest: bytes) -> tuple[SignIn, ApiKey] | None:
        sign_in = self._rows.find(digest)
        key = None if sign_in is None else self._keys.find(sign_in.key)
        if sign_in is None or key is None or key.revoked_at is not None:
            return None
        return sign_in, key

    async def remove(self, digest: bytes) -> None:
        await self._rows.lock(digest)
        self._rows.remove(digest)

    async def clear(self, now: int) -> None:
        """Remove the sessions that have expired by `now` (micros)."""
        expired = [sign_in.digest for sign_in in self._rows.newest_first() if sign_in.expires_at <= now]
        for digest in sorted(expired):
            await self.remove(digest)
