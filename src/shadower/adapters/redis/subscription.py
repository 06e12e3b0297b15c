"""One consumer of a group of a Redis stream."""

from collections.abc import Sequence
from typing import Any, Final

from redis.exceptions import ResponseError

from shadower.adapters.codec.cloud_event import head_of, recorded_in
from shadower.adapters.redis.connection import ANSWER_SECONDS, answering
from shadower.adapters.redis.names import STREAM, group_key
from shadower.adapters.redis.scripts import Scripts
from shadower.application.ports.event_bus import (
    BusGroupMissing,
    BusSuperseded,
    BusUnavailable,
    Delivery,
    Subscription,
    Taken,
)
from shadower.domain.events.event import Position, RecordedEvent, WorkspaceId

_BEGINNING: Final = b"0-0"
_LONGEST_WAIT: Final = ANSWER_SECONDS - 2

_Entry = tuple[bytes, Sequence[bytes]]
"""Its id, then its one field and the value of it."""


class RedisSubscription(Subscription):
    """
    Claims first what consumers before it left behind, then reads what is new.

    A call that failed may have been carried out: then some events were given to nobody. So after each it claims again.
    """

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - see `redis_client`
        scripts: Scripts,
        group: str,
        types: frozenset[str] | None,
        *,
        consumer: str,
        token: int,
    ) -> None:
        self._client = client
        self._scripts = scripts
        self._group = group
        self._types = types
        self._me = (group_key(group), consumer, token)
        self._claim_from: bytes | None = _BEGINNING
        """None when there is nothing to claim."""

    async def take(self, limit: int, within: float) -> Taken:
        try:
            async with answering():
                return await self._taken(await self._entries(limit, within))
        except BusUnavailable:
            self._claim_from = _BEGINNING
            raise

    async def acknowledge(self, positions: Sequence[Position]) -> None:
        if positions:
            async with answering():
                await self._client.xack(STREAM, self._me[0], *(f"{position}-0" for position in positions))

    async def _entries(self, limit: int, within: float) -> Sequence[_Entry]:
        while True:
            if self._claim_from is not None:
                claimed = await self._claim(self._claim_from, limit)
                if claimed:
                    return claimed
                continue
            kind, *told = await self._scripts.run("take", *self._me, limit)
            if kind == b"claim":
                self._claim_from = _BEGINNING
                continue
            self._check(kind, b"new")
            entries: Sequence[_Entry] = told[0]
            if entries or not within:
                return entries
            wait = min(within, _LONGEST_WAIT)
            await self._client.xread({STREAM: told[1]}, count=1, block=round(wait * 1000))
            within = 0

    async def _claim(self, start: bytes, limit: int) -> Sequence[_Entry]:
        kind, *told = await self._scripts.run("claim", *self._me, start, limit)
        self._check(kind, b"claimed")
        self._claim_from = None if told[1] == _BEGINNING else told[1]
        # In 6.2, what somebody has deleted by hand is nothing here.
        return [entry for entry in told[0] if entry]

    def _check(self, kind: bytes, wanted: bytes) -> None:
        if kind == wanted:
            return
        if kind == b"superseded":
            raise BusSuperseded(f"Another consumer reads for {self._group!r} by now.")
        if kind == b"missing":
            raise BusGroupMissing(f"The bus does not know the group {self._group!r}.")
        raise ResponseError(kind.decode())

    async def _taken(self, entries: Sequence[_Entry]) -> Taken:
        if not entries:
            return Taken((), Position(0))
        deliveries = [RedisDelivery(fields[1]) for _, fields in entries]
        if self._types is not None:
            unwanted = [delivery.position for delivery in deliveries if delivery.type not in self._types]
            await self.acknowledge(unwanted)
            deliveries = [delivery for delivery in deliveries if delivery.type in self._types]
        return Taken(deliveries, Position(int(entries[-1][0].partition(b"-")[0])))


class RedisDelivery(Delivery):
    """An envelope, of which only the outside is read at first."""

    __slots__ = ("_envelope", "event_id", "position", "type", "workspace")

    position: Position
    workspace: WorkspaceId
    event_id: str
    type: str

    def __init__(self, envelope: bytes) -> None:
        head = head_of(envelope)
        self._envelope = envelope
        self.position, self.workspace = head.position, head.workspace
        self.event_id, self.type = head.id, head.type

    def recorded(self) -> RecordedEvent:
        return recorded_in(self._envelope)
