"""
The event bus on Redis: from a batch of the log to a handler that has been given each event, and the acknowledgement.

Against what the same client library makes of the same bytes by itself: pipelined XADD on one side, XREADGROUP and
pipelined XACK on the other, at the same time, and nobody who cares about order, repeats or what is lost.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from time import perf_counter
from typing import Any

from redis.asyncio import Redis

from bench.options import Options
from bench.progress import say
from bench.statistics import Round
from bench.workload import LIVE, Stream, admitted
from shadower.adapters.codec.cloud_event import envelope_of
from shadower.adapters.system.clock import SystemClock
from shadower.application.bus.fill_bus import BATCH, FillBus
from shadower.application.bus.handle_events import HandleEvents
from shadower.application.bus.means import Means
from shadower.application.bus.tend_bus import TendBus
from shadower.application.ports.event_log import Batch
from shadower.application.ports.handler import Handler
from shadower.domain.events.event import Position, RecordedEvent
from shadower.entrypoints.loop import new_loop
from shadower.entrypoints.settings_sources import settings_for
from shadower.entrypoints.wiring.memory import store_bundle
from shadower.entrypoints.wiring.redis_bus import redis_bus
from tests.servers import RedisServer

LIMIT_BYTES = 64 * 2**20
"""As servers have it."""
PATIENCE = 120.0
PER_REQUEST = 1_000

_STREAM, _GROUP, _ME = "raw", "readers", "me"


class Counting(Handler):
    """A handler that does nothing but count."""

    group = "counting"
    types = None

    def __init__(self, wanted: int) -> None:
        self._left = wanted
        self.done = asyncio.Event()

    async def __call__(self, event: RecordedEvent) -> None:  # noqa: ARG002 - they only have to arrive
        """Count."""
        self._left -= 1
        if not self._left:
            self.done.set()


def bus_redis(options: Options) -> Iterator[Round]:
    """Events a second."""
    with RedisServer(durable=False) as server:
        for number in range(options.rounds):
            batches = admitted(Stream(number, LIVE).bodies(options.scaled(60_000, 10_000), PER_REQUEST))
            envelopes: list[bytes] = []
            value = _run(server, _through_the_bus(server.url(), batches, envelopes))
            reference = _run(server, _raw(server.url(), envelopes))
            one = Round(len(envelopes) / value, len(envelopes) / reference)
            say(f"{one.value:,.0f} against {one.reference:,.0f}: {one.ratio:.3f}")
            yield one


def _run(server: RedisServer, measured: Coroutine[Any, Any, float]) -> float:
    server.run("FLUSHALL")
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(measured)


async def _through_the_bus(url: str, batches: Sequence[Batch], envelopes: list[bytes]) -> float:
    """Return the seconds; the events in their envelopes are added to the list."""
    clock = SystemClock()
    store = store_bundle(settings_for(profile="memory"), clock)
    await store.store.open()
    async with store.begin() as work:
        await work.bus_groups.join(Counting.group, Position(0), clock.now())
        await work.commit()
    await store.log.append(batches)
    events = await store.log.read(Position(0), sum(len(batch.events) for batch in batches))
    envelopes += map(envelope_of, events)
    bus = redis_bus(url, LIMIT_BYTES)
    fill = FillBus(bus, store.log, store.begin)
    handler = Counting(len(events))
    means = Means(bus, fill, store.log, store.begin, clock, "bench")
    troubles: list[Exception] = []
    serve = HandleEvents([handler], means, TendBus(bus, fill, store.begin, clock))
    serving = asyncio.create_task(serve(troubles.append))
    async with asyncio.timeout(PATIENCE):
        while await bus.state() is None:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
        began = perf_counter()
        for start in range(0, len(events), BATCH):
            await fill.pass_on(events[start : start + BATCH])
        await handler.done.wait()
        seconds = perf_counter() - began
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    await bus.close()
    if troubles:
        raise RuntimeError("The bus had trouble, so the figure says nothing.") from troubles[0]
    return seconds


async def _raw(url: str, envelopes: Sequence[bytes]) -> float:
    client = Redis.from_url(url)
    await client.xgroup_create(_STREAM, _GROUP, "0", mkstream=True)

    async def write() -> None:
        for start in range(0, len(envelopes), BATCH):
            pipeline = client.pipeline(transaction=False)
            for position, envelope in enumerate(envelopes[start : start + BATCH], start + 1):
                pipeline.xadd(_STREAM, {"event": envelope}, id=f"{position}-0")
            await pipeline.execute()

    async def read() -> None:
        left = len(envelopes)
        while left:
            found: Any = await client.xreadgroup(_GROUP, _ME, {_STREAM: ">"}, count=BATCH, block=1_000)
            ids = [entry_id for _, entries in found for entry_id, _ in entries]
            if ids:
                await client.xack(_STREAM, _GROUP, *ids)
            left -= len(ids)

    async with asyncio.timeout(PATIENCE):
        began = perf_counter()
        await asyncio.gather(write(), read())
        seconds = perf_counter() - began
    await client.aclose()
    return seconds
