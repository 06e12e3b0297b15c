"""Where an import sends its events: a store on this machine, or a server elsewhere."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol

from shadower.domain.events.event import Outcome


class SentResult(Protocol):
    """What became of one event that was not plainly stored."""

    @property
    def index(self) -> int:
        """Its place among the events sent, from 0."""

    @property
    def outcome(self) -> Outcome:
        """Duplicate, conflict or rejected."""

    @property
    def code(self) -> str | None: ...

    @property
    def field(self) -> str | None: ...

    @property
    def message(self) -> str | None: ...


class Receipt(Protocol):
    """What became of the events of one `send`: the four counts add up to their number."""

    @property
    def stored(self) -> int: ...

    @property
    def duplicates(self) -> int: ...

    @property
    def conflicts(self) -> int: ...

    @property
    def rejected(self) -> int: ...

    @property
    def results(self) -> Sequence[SentResult]:
        """Every event that was not plainly stored, by rising index."""


class EventSink(Protocol):
    """Takes events of one workspace."""

    @abstractmethod
    async def send(self, events: Sequence[Mapping[str, object]]) -> Receipt:
        """
        Have the events decided; on return every decision is durable.

        An event is a mapping as on the wire: JSON values, with decimals as `Decimal` or text, never as binary floats
        where digits count. One bad event never stops its neighbours.

        Raises Unavailable when it is unknown what became of them: sending the same events again is then safe, provided
        that they have ids. Any other error says that sending them again is useless.
        """
