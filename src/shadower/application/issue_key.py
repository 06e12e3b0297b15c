"""Make an API key."""

from collections.abc import Collection

from shadower.application.ports.clock import Clock
from shadower.application.ports.secrets import Secrets
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.keys.key import (
    KEY_PREFIX,
    LONGEST_KEY_NAME,
    SHOWN_PREFIX,
    ApiKey,
    KeyNameInvalid,
    Scope,
    ScopesInvalid,
    digest_of,
)
from shadower.domain.platform.act import key_issued


class IssueKey:
    """
    The key's text is returned once and kept nowhere; what is kept is its digest.

    Raises KeyNameInvalid, ScopesInvalid, WorkspaceNotFound, StoreUnavailable.
    """

    def __init__(self, begin: BeginWork, clock: Clock, secrets: Secrets) -> None:
        self._begin = begin
        self._clock = clock
        self._secrets = secrets

    async def __call__(self, workspace: WorkspaceId, name: str, scopes: Collection[Scope]) -> tuple[ApiKey, str]:
        """Return the key as it is kept, and its text."""
        name = _checked(name)
        if not scopes:
            raise ScopesInvalid(f"A key needs at least one scope of {', '.join(Scope)}.", field="scopes")
        text = KEY_PREFIX + self._secrets.token()
        async with self._begin() as work:
            await work.workspaces.get(workspace)
            key = await work.keys.add(
                workspace, name, digest_of(text), text[:SHOWN_PREFIX], frozenset(scopes), self._clock.now()
            )
            await work.outbox.put(key_issued(key))
            await work.commit()
        return key, text


def _checked(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_KEY_NAME or not name.isprintable():
        raise KeyNameInvalid(f"A key's name has 1 to {LONGEST_KEY_NAME} printable characters.", field="name")
    return name
