"""Small documents in which projections keep what they have made of the log, without a table of their own."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from shadower.domain.events.event import WorkspaceId

Document = Mapping[str, str | int | bool | None]
"""Flat, and without floats: sums must not depend on their order."""


class ReadModels(Protocol):
    """
    Documents by projection, workspace and key.

    Keys are ordered by code point, the same in every store. What is read here lags behind the log as far as the
    projection does.
    """

    @abstractmethod
    async def get(self, projection: str, workspace: WorkspaceId, keys: Collection[str]) -> Mapping[str, Document]:
        """Return the documents there are under these keys."""

    @abstractmethod
    async def put(self, projection: str, workspace: WorkspaceId, documents: Mapping[str, Document]) -> None:
        """Write documents, each in place of the one under its key."""

    @abstractmethod
    async def list(
        self, projection: str, workspace: WorkspaceId, limit: int, *, after: str = ""
    ) -> Sequence[tuple[str, Document]]:
        """Return keys greater than `after` and their documents, by key."""

    @abstractmethod
    async def clear(self, projection: str) -> None:
        """Remove every document of the projection, in all workspaces."""
