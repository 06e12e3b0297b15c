"""The keys of the demo, kept beside its data so that they stay the same: a store keeps only what proves a key."""

import json
import os
from pathlib import Path

from shadower.domain.errors import Unauthenticated
from shadower.domain.keys.key import Scope
from shadower.domain.workspaces.workspace import Workspace
from shadower.entrypoints.container import Container


class KeyRing:
    """A file only its owner can read."""

    def __init__(self, container: Container, folder: Path) -> None:
        self._container = container
        self._file = folder / "keys.json"

    async def key_of(self, workspace: Workspace) -> str:
        """Return a working admin key of the workspace, made now unless there is one."""
        kept: dict[str, str] = json.loads(self._file.read_text("utf-8")) if self._file.exists() else {}
        if workspace.slug in kept and await self._works(kept[workspace.slug]):
            return kept[workspace.slug]
        _, text = await self._container.issue_key()(workspace.id, "demo", [Scope.ADMIN])
        self._keep(kept | {workspace.slug: text})
        return str(text)

    async def _works(self, key: str) -> bool:
        try:
            await self._container.authenticate()(key)
        except Unauthenticated:
            return False
        return True

    def _keep(self, keys: dict[str, str]) -> None:
        part = self._file.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(keys, file)
        part.replace(self._file)
