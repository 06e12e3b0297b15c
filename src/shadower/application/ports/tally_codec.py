"""Tallies as bytes."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol

from shadower.application.ports.snapshot import Numbered
from shadower.domain.events.event import Position
from shadower.domain.metrics.question import Tallies


@dataclass(frozen=True, slots=True)
class KeptHead:
    """What kept tallies say of themselves, so that it can be told whether they are still true."""

    position: Position
    """Of the log, when they were counted."""
    mark: str
    """Of the event there (`Snapshot.marks`)."""
    numbers: Numbered | None = None
    """The largest numbers in their sets of ids; None where sets hold no numbers."""
    numbering: str | None = None
    """Of these numbers (`Snapshot.numbering`)."""


class TallyCodec(Protocol):
    """What one version writes, no other reads: to that they are not there."""

    @abstractmethod
    def numbers(self, tallies: Tallies) -> Numbered | None:
        """Return the largest numbers in the sets of ids, None where one holds no numbers."""

    @abstractmethod
    def encode(self, tallies: Tallies, head: KeptHead) -> bytes:
        """Return the bytes."""

    @abstractmethod
    def head(self, kept: bytes) -> KeptHead | None:
        """Return what they say of themselves, None when this version cannot read them."""

    @abstractmethod
    def decode(self, kept: bytes) -> Tallies:
        """Return tallies that nobody else holds. Raises ValueError when they cannot be read."""
