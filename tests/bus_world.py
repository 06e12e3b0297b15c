"""A store, a bus, and processes that have handlers, all within a test."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from shadower.application.bus.attempts import Leniency
from shadower.application.bus.bus_relay import RELAY, BusRelay
from shadower.application.bus.fill_bus import FillBus
from shadower.application.bus.handle_events import HandleEvents
from shadower.application.bus.means import Means
from shadower.application.bus.tend_bus import TendBus
from shadower.application.ports.event_bus import EventBus
from shadower.application.ports.handler import Handler
from shadower.application.registered_projections import RegisteredProjections
from shadower.application.run_projections import RunProjections
from shadower.domain.bus.dead_letter import DeadLetter
from shadower.domain.bus.group import BusGroup
from shadower.domain.errors import Unavailable
from shadower.domain.events.event import Position, RecordedEvent
from shadower.domain.projections.trial import Patience
from shadower.entrypoints.wiring.bundle import StoreBundle
from shadower.entrypoints.wiring.in_process_bus import memory_bus
from shadower.entrypoints.wiring.redis_bus import redis_bus
from shadower.testing import HandClock, an_event
from tests.buses import LIMIT_BYTES
from tests.patience import eventually
from tests.stores import OpenStore, opened

HASTY = Leniency(Patience(tries=3, first_wait=0.02, longest_wait=0.1), longest=0.5)

Act = Callable[[RecordedEvent], Awaitable[None]]


class Recorder(Handler):
    """Remembers what it has handled, by workspace; `act` may do something before, such as raise."""

    def __init__(self, group: str = "mail", types: frozenset[str] | None = None, act: Act | None = None) -> None:
        self.group = group
        self.types = types
        self.act = act
        self.handled: defaultdict[int, list[int]] = defaultdict(list)
        self.tried: list[int] = []

    async def __call__(self, event: RecordedEvent) -> None:
        self.tried.append(event.position)
        if self.act is not None:
            await self.act(event)
        self.handled[event.workspace].append(event.position)

    @property
    def everything(self) -> list[int]:
        """All positions handled, sorted, repeats included."""
        return sorted(position for positions in self.handled.values() for position in positions)


class Unwilling:
    """Fails on some events, a given number of times each."""

    def __init__(self, *positions: int, times: int = 10**6, error: Exception | None = None) -> None:
        self._left = dict.fromkeys(positions, times)
        self._error = error or LookupError("no such address")

    async def __call__(self, event: RecordedEvent) -> None:
        if self._left.get(event.position, 0):
            self._left[event.position] -= 1
            raise self._error

    def relent(self) -> None:
        """Fail no more."""
        self._left.clear()


@dataclass
class World:
    """One store and one bus, and any number of processes on them."""

    store: OpenStore
    bus: EventBus
    reports: list[Exception] = field(default_factory=list)

    @property
    def fill(self) -> FillBus:
        return FillBus(self.bus, self.store.log, self.store.begin)

    @asynccontextmanager
    async def process(self, *handlers: Handler, name: str = "a", leniency: Leniency = HASTY) -> AsyncIterator[None]:
        """A process with these handlers, the relay and the care of the bus, stopped in good order."""
        store, fill = self.store, self.fill
        means = Means(self.bus, fill, store.log, store.begin, store.clock, name, leniency)
        relay = RunProjections(RegisteredProjections([BusRelay(fill)]), store.log, store.begin, store.clock, owner=name)
        services = (HandleEvents(handlers, means, TendBus(self.bus, fill, store.begin, store.clock)), relay)
        tasks = [asyncio.create_task(service(self.reports.append)) for service in services]
        try:
            await self.until(lambda: self._is_up(name, [handler.group for handler in handlers]))
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def until(self, true: Callable[[], bool | Awaitable[bool]]) -> None:
        """Return as soon as it is true; fail when it does not become so."""
        await eventually(true, every=0.01)

    async def append(self, *workspaces: int, **changes: object) -> None:
        """Record one event for each workspace named, in this order."""
        for workspace in workspaces:
            await self.store.append(an_event(**changes), workspace=workspace)

    async def append_many(self, events: int, workspace: int = 1) -> None:
        """Record so many events at once."""
        await self.store.append(*(an_event() for _ in range(events)), workspace=workspace)

    async def groups(self) -> Mapping[str, BusGroup]:
        async with self.store.begin(reading=True) as work:
            return {group.name: group for group in await work.bus_groups.statuses()}

    async def letters(self) -> list[DeadLetter]:
        async with self.store.begin(reading=True) as work:
            return list(await work.dead_letters.list(None, limit=100))

    async def acknowledged(self, group: str, position: int) -> bool:
        return (await self.groups())[group].acknowledged == position

    async def join(self, group: str, after: int = 0) -> None:
        async with self.store.begin() as work:
            await work.bus_groups.join(group, Position(after), self.store.clock.now())
            await work.commit()

    async def relayed_to(self, position: int) -> bool:
        async with self.store.begin(reading=True) as work:
            return (await work.projections.statuses([RELAY]))[0].cursor == position

    async def _is_up(self, name: str, groups: list[str]) -> bool:
        with suppress(Unavailable):
            known = await self.groups()
            return all(group in known for group in groups)
        return False


WORLDS = [
    ("memory", "memory"),
    ("sqlite", "memory"),
    pytest.param(("postgres", "redis"), marks=[pytest.mark.postgres, pytest.mark.redis]),
]
"""Store and bus."""


@pytest.fixture(params=WORLDS, ids="-".join)
async def world(
    request: pytest.FixtureRequest, new_bundle: Callable[[str], Callable[[HandClock], StoreBundle]]
) -> AsyncIterator[World]:
    """A new store with the empty workspaces 1 and 2, and a bus that has never held anything."""
    store_kind, bus_kind = request.param
    bus = (
        memory_bus(LIMIT_BYTES)
        if bus_kind == "memory"
        else redis_bus(request.getfixturevalue("redis_url"), LIMIT_BYTES)
    )
    async with opened(store_kind, new_bundle(store_kind)) as store:
        assert await store.new_workspace("second") == 2
        yield World(store, bus)
        await bus.close()


@pytest.fixture
async def redis_world(
    new_bundle: Callable[[str], Callable[[HandClock], StoreBundle]], redis_url: str
) -> AsyncIterator[World]:
    """As `world`, in memory and on Redis: for what only a server can do."""
    async with opened("memory", new_bundle("memory")) as store:
        assert await store.new_workspace("second") == 2
        yield World(store, bus := redis_bus(redis_url, LIMIT_BYTES))
        await bus.close()
