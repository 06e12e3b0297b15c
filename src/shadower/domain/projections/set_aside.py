"""An event of the log that a projection could not take: what the quarantine keeps of it."""

import json
import traceback
from pathlib import PurePath
from typing import Final

from shadower.domain.errors import Conflict, ShadowerError
from shadower.domain.events.event import RecordedEvent
from shadower.domain.events.rejection import Rejection
from shadower.domain.quarantine.entry import QuarantineEntry, RefusedEvent

FAILED: Final = "projection_failed"
"""The code of such entries."""


class EventSetAside(Conflict):
    """Says in the log which event a projection goes on without."""

    code = FAILED


def set_aside(recorded: RecordedEvent, projection: str, error: Exception) -> RefusedEvent:
    """Return what is kept: enough to find the event by, and to tell what went wrong."""
    event = recorded.event
    kept = {"id": event.id, "type": event.type, "source": event.source, "position": recorded.position}
    message = f"The projection {projection} could not take this event: {said_of(error)}"
    return RefusedEvent(
        Rejection(FAILED, None, message), json.dumps(kept).encode(), event.source, projection=projection
    )


def event_id_of(entry: QuarantineEntry) -> str:
    """Return the id of the event behind such an entry."""
    return str(json.loads(entry.sent)["id"])


def said_of(error: Exception) -> str:
    """
    Return what may be told of an error to everybody: our own message, or what it was and where.

    Others may quote an event, which is nobody's business but its workspace's, or a statement.
    """
    if isinstance(error, ShadowerError):
        return error.message
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {PurePath(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
