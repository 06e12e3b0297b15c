"""A consumer group: the place in the stream of events of one handler, or of one program that is not ours."""

import re
from dataclasses import dataclass
from typing import Final, Self

from shadower.domain.errors import Conflict, Invalid, NotFound, Unavailable
from shadower.domain.events.event import Position
from shadower.domain.events.moments import since

OUTSIDE: Final = "outside"
"""The owner of every group that programs of others read for."""

_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,98}[a-z0-9])?")


class BusGroupNotFound(NotFound):
    """No group has this name."""

    code = "bus_group_not_found"


class BusGroupNameInvalid(Invalid):
    """A group's name is 1 to 100 lower-case letters, digits and inner `.`, `_` and `-`."""

    code = "bus_group_name_invalid"


class BusGroupInUse(Conflict):
    """A process serves the group just now."""

    code = "bus_group_in_use"


class BusGroupTaken(Conflict):
    """A handler's group has this name, and programs of others were to read for it; or the other way round."""

    code = "bus_group_taken"

    @classmethod
    def of(cls, group: str, *, outside: bool) -> Self:
        """`outside`: what it was to be."""
        other = "a handler" if outside else "a program outside"
        return cls(f"The group {group!r} is that of {other}: choose another name.", field="group")


class BusGroupLost(Unavailable):
    """Another process serves the group by now, or it has been removed."""

    code = "bus_group_lost"


@dataclass(frozen=True, slots=True)
class GroupPlace:
    """How far a group has come, and which it is of those that have had its name."""

    acknowledged: Position
    """Everything up to here."""
    incarnation: int
    """No two groups of one name have the same."""

    def is_beyond(self, other: Self) -> bool:
        """Whether the same group has come further here."""
        return self.incarnation == other.incarnation and self.acknowledged > other.acknowledged


@dataclass(frozen=True, slots=True)
class GroupLease:
    """The right to serve a group. The token grows with each acquisition; nothing moves under one that is not newest."""

    group: str
    owner: str
    """For people: which process."""
    token: int


@dataclass(frozen=True, slots=True)
class BusGroup:
    """How far a group has come, and how it is doing. Times in micros."""

    name: str
    acknowledged: Position
    """Everything up to here has been handled, or kept as a dead letter, or is of no type the handler wants."""
    head: Position
    """Of the log."""
    moved_at: int | None
    """When it last came further."""
    oldest_waiting_at: int | None
    """When the oldest event beyond was received."""
    owner: str | None
    """Which process serves it; `OUTSIDE` for programs that are not ours; None when nobody does."""
    dead_letters: int
    """How many are kept, of all workspaces."""

    @property
    def lag(self) -> int:
        """How many events of the log it has not acknowledged."""
        return max(0, self.head - self.acknowledged)

    def waits(self, now: int) -> int | None:
        """Return how long (micros) the oldest of them waits; None when there is none."""
        return since(self.oldest_waiting_at, now)


def check_group(name: str) -> str:
    """Return the name if it may name a group. Raises BusGroupNameInvalid."""
    if _NAME.fullmatch(name) is None:
        raise BusGroupNameInvalid(
            f"{name!r} cannot name a group: use 1 to 100 lower-case letters, digits and inner '.', '_' and '-'",
            field="group",
        )
    return name
