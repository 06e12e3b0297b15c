"""Let the first caller in, where there is nobody yet who could."""

from shadower.application.ports.clock import Clock
from shadower.application.ports.secrets import Secrets
from shadower.application.ports.work import BeginWork, Work
from shadower.domain.keys.key import KEY_PREFIX, SHOWN_PREFIX, Scope, digest_of
from shadower.domain.metrics.zones import time_zone
from shadower.domain.workspaces.workspace import (
    DEFAULT_WORKSPACE,
    Weekday,
    Workspace,
    WorkspaceAlreadyExists,
    WorkspaceNotFound,
    check_slug,
)

_ADMIN = frozenset({Scope.ADMIN})


class OpenTheDoor:
    """
    Make the workspace `default` (in UTC) and an admin key of it; what is there already stays as it is.

    Neither is told in the log: they are there before anything can happen, and a new store has no events.

    A key given is added under the name `bootstrap`. Without one, a key is made if and only if the workspace never had
    any, and its text is returned: nobody can read it again. Several processes may do this at once.

    Raises StoreUnavailable.
    """

    def __init__(self, begin: BeginWork, clock: Clock, secrets: Secrets) -> None:
        self._begin = begin
        self._clock = clock
        self._secrets = secrets

    async def __call__(self, given: str | None) -> str | None:
        """Return the text of the key made, None when none was."""
        await self.default_workspace()
        async with self._begin() as work:
            workspace = await self._locked(work)
            if given is not None:
                await self._add(work, workspace, "bootstrap", given)
                made = None
            elif await work.keys.list(workspace.id, 1):
                return None
            else:
                made = KEY_PREFIX + self._secrets.token()
                await self._add(work, workspace, "first", made)
            await work.commit()
        return made

    async def default_workspace(self) -> Workspace:
        """Return the workspace `default`, made now if it was not there."""
        return await self.first_workspace(DEFAULT_WORKSPACE)

    async def first_workspace(self, slug: str, zone: str = "UTC") -> Workspace:
        """
        Return what a store begins with: the workspace of this slug, made now in the zone if it was not there.

        Raises WorkspaceSlugInvalid, UnknownTimeZone.
        """
        check_slug(slug)
        time_zone(zone)
        async with self._begin() as work:
            found = await work.workspaces.find(slug)
            if found is not None:
                return found
            try:
                added = await work.workspaces.add(slug, slug, zone, Weekday.MONDAY, self._clock.now())
                await work.commit()
                return added
            except WorkspaceAlreadyExists:  # another process was faster
                pass
        return await self.first_workspace(slug, zone)

    async def _locked(self, work: Work) -> Workspace:
        found = await work.workspaces.find(DEFAULT_WORKSPACE)
        if found is None:
            raise WorkspaceNotFound(f"The workspace {DEFAULT_WORKSPACE!r} is gone.")
        return await work.workspaces.get(found.id)

    async def _add(self, work: Work, workspace: Workspace, name: str, key: str) -> None:
        await work.keys.add(workspace.id, name, digest_of(key), key[:SHOWN_PREFIX], _ADMIN, self._clock.now())
