"""A state machine that does the same to the bus in memory and to the one on Redis, and compares every answer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from redis import Redis

from shadower.application.ports.event_bus import BusState, EventBus, Subscription, Taken
from shadower.domain.errors import ShadowerError
from shadower.domain.events.event import Position, RecordedEvent
from shadower.entrypoints.wiring.in_process_bus import memory_bus
from shadower.entrypoints.wiring.redis_bus import redis_bus
from shadower.testing import a_recorded_event
from tests.buses import a_place
from tests.servers import RedisServer

ROOMY = 10**9
"""Bytes: how much a byte holds is each bus's own matter."""
GROUPS = ("mail", "web")
WANTED = frozenset({"user.login"})

groups = st.sampled_from(GROUPS)
positions = st.integers(0, 40).map(Position)
incarnations = st.sampled_from([1, 1, 1, 2])
Step = Callable[["Side"], Awaitable[object]]


class Side:
    """One bus, and who reads from it."""

    def __init__(self, bus: EventBus) -> None:
        self.bus = bus
        self.readers: dict[str, Subscription] = {
            group: bus.subscribe(group, None, consumer="c0", token=1) for group in GROUPS
        }


class BusesAgree(RuleBasedStateMachine):
    """Both begin empty."""

    def __init__(self, runner: asyncio.Runner, make: Callable[[], Sequence[EventBus]]) -> None:
        super().__init__()
        self._runner = runner
        self._make = make
        self.newest = 0
        self.tokens = 1
        self.given: dict[str, set[Position]] = {group: set() for group in GROUPS}

    @initialize()
    def begin(self) -> None:
        self.sides = [Side(bus) for bus in self._make()]

    def teardown(self) -> None:
        for side in self.sides:
            self._runner.run(side.bus.close())

    def agreed(self, step: Step) -> object:
        """Do the same to both and return the answer they both give, or the error."""

        async def told(side: Side) -> object:
            try:
                return await step(side)
            except ShadowerError as error:
                return error.code

        answers = [self._runner.run(told(side)) for side in self.sides]
        assert answers[0] == answers[1]
        return answers[0]

    @rule(many=st.integers(1, 5), gap=st.integers(0, 2), off=st.sampled_from([0, 0, 0, 0, -1, 1]))
    def publish(self, many: int, gap: int, off: int) -> None:
        first = self.newest + 1 + gap
        events: list[RecordedEvent] = [
            a_recorded_event(position, type="user.login" if position % 3 else "agent.executed")
            for position in range(first, first + many)
        ]
        after = Position(self.newest + off)
        if self.agreed(lambda side: side.bus.publish(events, after=after)) is None:
            self.newest = events[-1].position

    @rule(after=positions, ahead=st.integers(0, 4), incarnation=incarnations, both=st.booleans(), honest=st.booleans())
    def restart(self, after: Position, ahead: int, incarnation: int, both: bool, honest: bool) -> None:  # noqa: FBT001 - chance decides
        begin = {group: a_place(after + ahead, incarnation) for group in (GROUPS if both else GROUPS[:1])}

        async def make_anew(side: Side) -> None:
            seen = await side.bus.state()
            other = BusState(Position(after + 1), Position(after + 2), None, {})
            await side.bus.restart(seen if honest else other, after=after, groups=begin)

        if self.agreed(make_anew) is None:
            self.newest = after

    @rule(group=groups, after=positions, incarnation=incarnations)
    def join(self, group: str, after: Position, incarnation: int) -> None:
        self.agreed(lambda side: side.bus.join(group, a_place(after, incarnation)))

    @rule(group=groups, incarnation=incarnations)
    def remove(self, group: str, incarnation: int) -> None:
        self.agreed(lambda side: side.bus.remove(group, incarnation))

    @rule(to=positions)
    def trim(self, to: Position) -> None:
        self.agreed(lambda side: side.bus.trim(to))

    @rule(group=groups, limit=st.integers(1, 4))
    def take(self, group: str, limit: int) -> None:
        async def told(side: Side) -> object:
            taken: Taken = await side.readers[group].take(limit, 0)
            return [delivery.recorded()._replace(event=()) for delivery in taken.deliveries], taken.through  # type: ignore[arg-type]

        answer = self.agreed(told)
        if isinstance(answer, tuple):
            self.given[group] |= {one.position for one in answer[0]}

    @rule(group=groups, data=st.data())
    def acknowledge(self, group: str, data: st.DataObject) -> None:
        some = data.draw(st.lists(st.sampled_from(sorted(self.given[group]) or [Position(1)]), max_size=4))
        self.agreed(lambda side: side.readers[group].acknowledge(some))

    @rule(group=groups, picky=st.booleans(), stale=st.booleans())
    def read_anew(self, group: str, picky: bool, stale: bool) -> None:  # noqa: FBT001 - chance decides
        self.tokens += 1
        token = 1 if stale else self.tokens

        async def subscribe(side: Side) -> None:
            types = WANTED if picky else None
            side.readers[group] = side.bus.subscribe(group, types, consumer=f"c{self.tokens}", token=token)

        self.agreed(subscribe)

    @invariant()
    def hold_the_same(self) -> None:
        async def state(side: Side) -> object:
            found = await side.bus.state()
            return None if found is None else (found.floor, found.newest, found.newest_id is None, found.groups)

        self.agreed(state)


@pytest.mark.redis
def test_the_bus_in_memory_and_the_one_on_redis_agree_whatever_is_done_to_them(redis_server: RedisServer) -> None:
    def make() -> Sequence[EventBus]:
        client.flushall()
        return memory_bus(ROOMY), redis_bus(redis_server.url(), ROOMY)

    with asyncio.Runner() as runner, Redis(port=redis_server.port) as client:
        run_state_machine_as_test(
            lambda: BusesAgree(runner, make),
            settings=settings(
                max_examples=60,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=set(Phase) - {Phase.explain},
            ),
        )
