"""The consumer groups: who serves each, and how far it has come. The bus may forget; this does not."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from shadower.domain.bus.group import BusGroup, GroupLease, GroupPlace
from shadower.domain.events.event import Position


class BusGroups(Protocol):
    """
    One row for each group. Leases run out by the store's own clock, so the clocks of processes need not agree.

    Names are checked: those that cannot name a group raise BusGroupNameInvalid.
    """

    @abstractmethod
    async def join(self, group: str, after: Position, at: int, *, outside: bool = False) -> None:
        """
        Add the group, unless it is there: it is to have every event beyond the position.

        A handler reads for it, or, `outside`, a program that is not ours. Raises BusGroupTaken when the group that is
        there is of the other kind.
        """

    @abstractmethod
    async def places(self) -> Mapping[str, GroupPlace]:
        """Return each group and how far it has come. One that was removed and joins again is another incarnation."""

    @abstractmethod
    async def outside(self) -> Collection[str]:
        """Return the groups that programs read for which are not ours."""

    @abstractmethod
    async def carry(self, places: Mapping[str, GroupPlace], at: int) -> None:
        """
        Note how far groups outside have come.

        None goes back. Those of handlers, and those that are of another incarnation by now, stay as they are.
        """

    @abstractmethod
    async def statuses(self) -> Sequence[BusGroup]:
        """Return how every group is doing, by name."""

    @abstractmethod
    async def acquire(self, group: str, owner: str, seconds: float) -> tuple[GroupLease, Position] | None:
        """
        Take the lease for so long; returns it and how far the group has come.

        Its token is greater than any that a group of this name has had. None while another lease is in force, and for a
        group that is not there or outside.
        """

    @abstractmethod
    async def hold(self, lease: GroupLease, acknowledged: Position, seconds: float, at: int) -> None:
        """
        Prolong the lease and note how far the group has come; it never goes back. Raises BusGroupLost.

        As after `acquire`, this unit of work may not rest longer than the lease: the store ends it, so that a process
        that is frozen in the middle keeps nobody out.
        """

    @abstractmethod
    async def release(self, lease: GroupLease) -> None:
        """Give the lease back before it runs out; nothing happens when it is lost."""

    @abstractmethod
    async def remove(self, group: str) -> GroupPlace:
        """Remove the group and its dead letters; returns where it was. Raises BusGroupNotFound, BusGroupInUse."""
