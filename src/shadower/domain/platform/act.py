"""
Something the platform did. It becomes an event of the source `shadower` in the workspace's log.

An act is kept in the unit of work that does it and told to the log afterwards, as often as it takes. Its event's id
follows from its number, so telling it twice records it once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NewType
from uuid import UUID, uuid5

from shadower.domain.events.event import WorkspaceId
from shadower.domain.keys.key import ApiKey
from shadower.domain.workspaces.workspace import Workspace

ActId = NewType("ActId", int)

Told = str | int | Sequence[str] | Mapping[str, str | int | None]

_NAMESPACE = UUID("3e0c9f53-0b0f-5d7b-8a54-0a5a2d1f7c11")


@dataclass(frozen=True, slots=True)
class Act:
    """One act, not yet in the log."""

    workspace: WorkspaceId
    type: str
    """Of the event."""
    data: Mapping[str, Told]
    """Of the event."""
    at: int
    """Micros."""


@dataclass(frozen=True, slots=True)
class KeptAct:
    """An act with its number."""

    id: ActId
    act: Act

    @property
    def event_id(self) -> str:
        """The id of its event: always the same."""
        return str(uuid5(_NAMESPACE, f"{self.act.workspace}\0{self.id}"))


def workspace_created(workspace: Workspace) -> Act:
    """A workspace came to be."""
    told = {"slug": workspace.slug, "name": workspace.name, "time_zone": workspace.time_zone}
    return Act(workspace.id, "workspace.created", told, workspace.created_at)


def workspace_changed(before: Workspace, after: Workspace, at: int) -> Act | None:
    """Somebody changed what of a workspace can be changed; None when nothing differs."""
    was, now = _changeable(before), _changeable(after)
    changed = [name for name in was if was[name] != now[name]]
    if not changed:
        return None
    told = {"before": {name: was[name] for name in changed}, "after": {name: now[name] for name in changed}}
    return Act(after.id, "workspace.changed", told, at)


def key_issued(key: ApiKey) -> Act:
    """Somebody made a key."""
    return Act(key.workspace, "key.issued", _told_of(key) | {"scopes": sorted(key.scopes)}, key.created_at)


def key_revoked(key: ApiKey, at: int) -> Act:
    """Somebody revoked a key."""
    return Act(key.workspace, "key.revoked", _told_of(key), at)


def _told_of(key: ApiKey) -> dict[str, Told]:
    return {"key": int(key.id), "name": key.name, "prefix": key.prefix}


def _changeable(workspace: Workspace) -> Mapping[str, str | int | None]:
    return {
        "name": workspace.name,
        "time_zone": workspace.time_zone,
        "first_weekday": workspace.first_weekday.name.lower(),
        "retention_days": workspace.term.days,
    }
