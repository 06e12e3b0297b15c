"""What the platform did and the log does not hold yet."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from shadower.domain.platform.act import Act, ActId, KeptAct


class Outbox(Protocol):
    """Acts by number, in the order in which they were put."""

    @abstractmethod
    async def put(self, act: Act) -> None:
        """Keep the act: with what else this unit of work does, or not at all."""

    @abstractmethod
    async def oldest(self, limit: int) -> Sequence[KeptAct]:
        """Return up to `limit` acts, by number. No number is ever given twice."""

    @abstractmethod
    async def remove(self, acts: Sequence[ActId]) -> None:
        """Forget these acts: the log holds them. Some may be gone already."""
