"""
The event bus: a stretch of the log, handed to several groups at their own pace.

The log is the truth and the bus a copy of what some group still has to see of it. It may be lost, go back in time or
belong to another log; whoever fills it notices (`state`) and makes it anew (`restart`).
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shadower.domain.bus.group import GroupPlace
from shadower.domain.errors import Conflict, Unavailable
from shadower.domain.events.event import Position, RecordedEvent, WorkspaceId


class BusUnavailable(Unavailable):
    """The bus cannot be reached, or broke off in the middle."""

    code = "bus_unavailable"


class BusFull(Unavailable):
    """Some group has not acknowledged enough yet: until it has, the rest waits in the log."""

    code = "bus_full"


class BusElsewhere(Conflict):
    """What the bus holds is not what the caller took it for: look at its state anew."""

    code = "bus_elsewhere"


class BusGroupMissing(Conflict):
    """The bus does not know the group, or no longer: it has to join (again)."""

    code = "bus_group_missing"


class BusSuperseded(Unavailable):
    """A consumer with a later token reads for this group by now."""

    code = "bus_superseded"


@dataclass(frozen=True, slots=True)
class BusState:
    """What the bus holds: every event of the log with a position in (floor, newest]."""

    floor: Position
    newest: Position
    newest_id: str | None
    """The UUID of the event at `newest`; None when nothing was published since the bus was made anew."""
    groups: Mapping[str, GroupPlace]
    """And up to where each has acknowledged everything it was given, which is never beyond `newest`."""


@dataclass(frozen=True, slots=True)
class BusHealth:
    """What the bus says of itself."""

    technology: str
    reachable: bool
    events: int | None
    """On it just now."""
    detail: str | None = None


class Delivery(Protocol):
    """An event on its way to a handler."""

    @property
    def position(self) -> Position: ...

    @property
    def workspace(self) -> WorkspaceId: ...

    @property
    def event_id(self) -> str: ...

    @property
    def type(self) -> str: ...

    @abstractmethod
    def recorded(self) -> RecordedEvent:
        """Return the event. Raises EnvelopeUnknown for one that another version has written in its own way."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a consumer was given."""

    deliveries: Sequence[Delivery]
    """Of the types it wants, in the order of the log."""
    through: Position
    """It was given everything up to here; 0 when it was given nothing."""


class Subscription(Protocol):
    """One consumer's place in a group. Every call raises BusUnavailable."""

    @abstractmethod
    async def take(self, limit: int, within: float) -> Taken:
        """
        Return some of what comes next, as soon as there is any, or nothing after `within` seconds.

        First comes what earlier consumers of the group left behind, and what this one may have been given by a call
        that failed: some of it may be known. Then comes what is new. Events of other types are acknowledged at once.

        Raises BusGroupMissing, BusSuperseded.
        """

    @abstractmethod
    async def acknowledge(self, positions: Sequence[Position]) -> None:
        """These are dealt with: the group is not given them again. Without the group, nothing happens."""


class EventBus(Protocol):
    """Every call but `subscribe` and `health` raises BusUnavailable."""

    shared: bool
    """Whether programs that are not ours can read it."""

    @abstractmethod
    async def publish(self, events: Sequence[RecordedEvent], *, after: Position) -> None:
        """
        Append all these events, or none: what the log has next after `after`, which is the newest on the bus.

        Raises BusElsewhere when it is not; BusFull when the events on the bus fill their room.
        """

    @abstractmethod
    def subscribe(self, group: str, types: frozenset[str] | None, *, consumer: str, token: int) -> Subscription:
        """
        Read for a group that has joined; None wants every type.

        A group has one consumer at a time: the one with the highest token. When another takes over, it is first given
        what the others have not acknowledged, so the order is kept.
        """

    @abstractmethod
    async def join(self, group: str, place: GroupPlace) -> None:
        """
        Add the group, unless it is there: it is given everything beyond what it has acknowledged.

        Another incarnation that is there gives way. Raises BusElsewhere when some of what it is to be given is no
        longer on the bus, or nothing is.
        """

    @abstractmethod
    async def remove(self, group: str, incarnation: int) -> None:
        """Forget the group; none there is fine, and another incarnation stays."""

    @abstractmethod
    async def trim(self, to: Position) -> None:
        """
        Drop events up to the position, but none that a group has not acknowledged.

        Raises BusElsewhere when it holds nothing.
        """

    @abstractmethod
    async def state(self) -> BusState | None:
        """Return what it holds; None when it has never held anything, or has lost it."""

    @abstractmethod
    async def restart(self, seen: BusState | None, *, after: Position, groups: Mapping[str, GroupPlace]) -> None:
        """
        Drop everything; from now on it holds what comes after `after`, for these groups, from their places on.

        Raises BusElsewhere unless its state is as it was seen.
        """

    @abstractmethod
    async def health(self) -> BusHealth:
        """Look at the bus; never raises and never takes long."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of every connection."""
