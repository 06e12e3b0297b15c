"""Whose a row is: a workspace's, or the system's own."""

from typing import Final

from shadower.domain.events.event import WorkspaceId

SYSTEM: Final = 0
"""Stands where the number of a workspace does."""


def owner(workspace: WorkspaceId | None) -> int:
    """Return what is stored for a workspace, None being the system."""
    return workspace or SYSTEM


def workspace_of(owner: int) -> WorkspaceId | None:
    """Return which workspace is meant by what is stored; None for the system."""
    return None if owner == SYSTEM else WorkspaceId(owner)
