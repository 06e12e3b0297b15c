"""What came in before, for those who were away: from memory while it is there, else from the store."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from shadower.application.live.arrivals import Arrival, Tail
from shadower.application.live.messages import Events
from shadower.application.live.subscriptions import Wants, told
from shadower.application.ports.snapshot import OpenSnapshot
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.events.filters import NO_FILTERS

LARGEST_PIECE = 100
"""Events."""
LONGEST_LOOK = 20_000
"""Positions of the log that one look at the store goes through: a workspace may have few of the events in it."""
MOST_AT_ONCE = 4
"""Looks at the store at a time, however many come back at once."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What there is up to a position, which may be nothing."""

    events: Sequence[Events]
    position: Position


class Past:
    """Reads on from any position, piece by piece."""

    def __init__(self, tail: Tail, open_snapshot: OpenSnapshot) -> None:
        self._tail = tail
        self._open = open_snapshot
        self._turn = asyncio.Semaphore(MOST_AT_ONCE)

    async def piece(self, workspace: WorkspaceId, wants: Wants, after: Position, head: Position) -> Piece:
        """Return what is wanted of the next events, up to `head`. Raises StoreUnavailable, QueryTimeout."""
        remembered = self._tail.since(after, workspace, LARGEST_PIECE)
        if remembered is not None:
            reached = remembered[-1].position if len(remembered) == LARGEST_PIECE else head
            return Piece(list(told(remembered, wants)), reached)
        async with self._turn, self._open(workspace) as snapshot:
            until = Position(min(after + LONGEST_LOOK, snapshot.position))
            # One subscription's filters narrow the search; what several want is looked out here.
            filters = dict(wants[0].filters) if len(wants) == 1 else NO_FILTERS
            found = await snapshot.arrivals(after, until, LARGEST_PIECE, filters)
        reached = found[-1].position if len(found) == LARGEST_PIECE else until
        return Piece(list(told([Arrival(one) for one in found], wants)), max(reached, after))
