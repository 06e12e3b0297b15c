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


_CACHE: Final = "shadower:{cache}:"
CACHE_GONE: Final = _CACHE + "gone"
"""The channel on which processes tell one another what they have deleted."""
CACHE_KEYS: Final = _CACHE + "*"


def cached_value(name: str) -> str:
    """Return where a value is kept."""
    return f"{_CACHE}value:{name}"


def cached_count(name: str) -> str:
    """Return where a count is kept."""
    return f"{_CACHE}count:{name}"


def cache_claim(name: str) -> str:
    """Return what says who computes a value."""
    return f"{_CACHE}claim:{name}"


def cache_tag(tag: str) -> str:
    """Return where the names of the values with a tag are kept, each with the second it goes."""
    return f"{_CACHE}tag:{tag}"
