"""
What a listener is told.

Every message has a position of the log: whatever the listener asked for up to there has been told with it or before it.
So whoever comes back with the position of the last message goes on without a gap and without a repeat.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from shadower.application.live.arrivals import Arrival
from shadower.domain.errors import ShadowerError
from shadower.domain.events.event import Position


class Ending(StrEnum):
    """Why a connection ends."""

    GONE = "gone"
    """The other side left."""
    RESTARTING = "restarting"
    REVOKED = "revoked"
    """Its key or browser session is no longer good."""
    STUCK = "stuck"
    """It has taken in nothing for too long."""
    IDLE = "idle"
    """It asks for nothing."""
    TOO_FAST = "too_fast"
    """It has sent more messages, or asked for more, than it may."""
    TOO_LARGE = "too_large"
    NO_TEXT = "no_text"
    """What it sent is no text."""
    FAILED = "failed"
    """A fault of the server."""


class Item(NamedTuple):
    """An event, and for which subscriptions it is told."""

    subscriptions: tuple[str, ...]
    arrival: Arrival


# One object for all who are told the same, so that it is written as JSON once: compared by identity.
@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Events:
    """Events in the order of the log."""

    position: Position
    items: Sequence[Item]
    weight: int
    """About how many bytes that is."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """The first message."""

    position: Position


@dataclass(frozen=True, slots=True)
class Subscribed:
    """From here on there will be something for this subscription."""

    position: Position
    subscription: str
    topic: str


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """There will be nothing more for it."""

    position: Position
    subscription: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The newest answer to a question that is asked again and again; it replaces those before."""

    position: Position
    subscription: str
    topic: str
    data: bytes
    """JSON."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Something cannot be told: for one subscription, or for all of them."""

    position: Position
    subscription: str | None
    error: ShadowerError


@dataclass(frozen=True, slots=True)
class Gap:
    """Events after the one position, up to the other, were not told, because the listener was too slow."""

    position: Position
    after: Position


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing else was to be told for a while."""

    position: Position


Message = Welcome | Subscribed | Unsubscribed | Events | Answer | Refused | Gap | Heartbeat

Telling = Callable[[Position], Message]
"""A message that gets its position when it is sent."""
