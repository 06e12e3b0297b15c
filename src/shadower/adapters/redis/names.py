"""What things are called in Redis."""

from typing import Final

STREAM: Final = "shadower:{bus}:events"
"""An entry's id is `POSITION-0`; its one field, `event`, is the CloudEvent."""
STATE: Final = "shadower:{bus}:state"
"""What the stream cannot say of itself. The braces keep both on one node of a cluster."""

_OURS: Final = "shadower:"


def group_key(group: str) -> str:
    """Return what a group of ours is called."""
    return _OURS + group


def group_of(key: str) -> str | None:
    """Return the group that is called so; None for one that somebody else has made, which is left alone."""
    return key.removeprefix(_OURS) if key.startswith(_OURS) else None
