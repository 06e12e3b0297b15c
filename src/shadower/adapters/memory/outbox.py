"""What the platform did and the log does not hold yet, in memory."""

from collections.abc import Iterator, Sequence

from shadower.adapters.memory.views import Views
from shadower.application.ports.outbox import Outbox
from shadower.domain.platform.act import Act, ActId, KeptAct


class MemoryOutbox(Outbox):
    """Acts by number."""

    def __init__(self, views: Views, numbers: Iterator[int]) -> None:
        self._rows = views.outbox
        self._numbers = numbers

    async def put(self, act: Act) -> None:
        number = ActId(next(self._numbers))
        self._rows.put(number, KeptAct(number, act))

    async def oldest(self, limit: int) -> Sequence[KeptAct]:
        return sorted(self._rows.newest_first(), key=lambda kept: kept.id)[:limit]

    async def remove(self, acts: Sequence[ActId]) -> None:
        for act in sorted(acts):
            await self._rows.lock(act)
            self._rows.remove(act)
