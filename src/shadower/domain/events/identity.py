"""The id of an event: a UUID in the store, whatever the producer calls it."""

import re
from uuid import UUID, uuid5

from shadower.domain.events.event import Micros, WorkspaceId

LONGEST_CLIENT_ID = 200

_NAMESPACE = UUID("6f1d4c1e-5b0e-5d0a-9a63-1f6f5d0b7c2e")
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_VERSION_7 = "7"


def as_uuid(text: str) -> str | None:
    """Return canonical text if this is 8-4-4-4-12 hex in any case, else None."""
    return text.lower() if _UUID.fullmatch(text) else None


def derived_id(workspace: WorkspaceId, source: str, client_id: str) -> str:
    """Return the UUIDv5 (RFC 9562) under which a producer's own id is kept, one per workspace and source."""
    return str(uuid5(_NAMESPACE, f"{workspace}\0{source}\0{client_id}"))


def moment_in(event_id: str) -> Micros | None:
    """Return the millisecond that a UUIDv7 carries, or None for other versions."""
    if event_id[14] != _VERSION_7:
        return None
    return Micros(int(event_id[:8] + event_id[9:13], 16) * 1000)
