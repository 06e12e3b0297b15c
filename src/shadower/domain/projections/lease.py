"""The right to move a projection's cursor: one runner has it at a time, for a while, and loses it by not renewing."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shadower.domain.errors import Conflict, Invalid, NotFound, Unavailable

LEASE_SECONDS: Final = 6.0
"""How long a lease lasts unless it is renewed. With LOOK_EVERY it bounds how long a dead runner stands in the way."""
RENEW_EVERY: Final = LEASE_SECONDS / 3
LOOK_EVERY: Final = 1.0
"""Seconds between two looks of somebody who would like to have a lease."""


class ProjectionNotFound(NotFound):
    """No projection has this name."""

    code = "projection_not_found"


class ProjectionNotRepeatable(Conflict):
    """Taking events again would count them twice."""

    code = "projection_not_repeatable"


class ProjectionNotThere(Invalid):
    """The position is one the projection has not come to."""

    code = "projection_not_there"


class LeaseLost(Unavailable):
    """Somebody else moves this projection by now, or nobody may, or it is not where its runner believes."""

    code = "lease_lost"


class ProjectionState(StrEnum):
    """Whether a projection follows the log."""

    RUNNING = "running"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Lease:
    """
    Held by one runner of one projection.

    The token grows with each acquisition, and with everything that puts a projection elsewhere or stops it. Nothing
    moves under a token that is not the newest, so it does not matter whether the holder of an old one knows.
    """

    projection: str
    owner: str
    """For people: which process."""
    token: int
