"""Revoke an API key."""

from shadower.application.known_callers import KnownCallers
from shadower.application.ports.clock import Clock
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.keys.key import ApiKey, KeyId
from shadower.domain.platform.act import key_revoked


class RevokeKey:
    """
    The key and its browser sessions stop working: here at once, in other processes within a second.

    A second time changes nothing. Raises KeyNotFound, StoreUnavailable.
    """

    def __init__(self, begin: BeginWork, clock: Clock, known: KnownCallers) -> None:
        self._begin = begin
        self._clock = clock
        self._known = known

    async def __call__(self, workspace: WorkspaceId, key: KeyId) -> ApiKey:
        """Return the key as it is now."""
        async with self._begin() as work:
            await work.workspaces.get(workspace)  # locked, so that of two that revoke it one is told of
            found = await work.keys.get(workspace, key)
            if found.revoked_at is None:
                now = self._clock.now()
                await work.keys.revoke(key, now)
                await work.outbox.put(key_revoked(found, now))
            revoked = await work.keys.get(workspace, key)
            await work.commit()
        self._known.forget(key)
        return revoked
