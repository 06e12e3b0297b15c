"""A state machine that does the same to the store in memory and to both databases, and compares every answer."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shadower.application.ports.retention import Reach
from shadower.application.ports.snapshot import (
    Criteria,
    EventNotFound,
    Order,
    Place,
    Session,
    SessionNotFound,
    Snapshot,
)
from shadower.domain.events.event import Event, Position, RecordedEvent, WorkspaceId
from shadower.domain.events.filters import Filters
from shadower.domain.events.moments import DAY, HOUR
from shadower.domain.metrics.question import Aggregation
from shadower.domain.metrics.tally import Needs
from shadower.entrypoints.wiring.bundle import StoreBundle
from shadower.testing import NOW, HandClock, a_batch, a_refused_event
from tests.event_strategies import aggregations, events, filters, moments
from tests.stores import OpenStore, opened, told
from tests.tally_oracle import plain_tallies

KINDS = ("memory", "sqlite", "postgres")
ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu")
T = TypeVar("T")

ids = st.sets(st.sampled_from(["run-1", "run-2", "run-3"]), max_size=2).map(frozenset)
criteria = st.builds(Criteria, filters(), st.none() | moments, st.none() | moments, ids)
days = st.integers(0, 2)
"""After NOW: when something arrives, or until when what arrived is removed."""
refusals = st.builds(a_refused_event, st.sampled_from([b"a", b"bb", b"c" * 900]), code=st.sampled_from(["x", "y"]))


@dataclass
class Side:
    """One store with the workspace that a run of the machine has in it."""

    store: OpenStore
    workspace: WorkspaceId
    base: Position
    """The head when the run began: the positions of a run are told from there on."""

    def told(self, recorded: Sequence[RecordedEvent]) -> object:
        return list(zip([one.position - self.base for one in recorded], told(*recorded), strict=True))

    def told_of(self, session: Session) -> object:
        names = (list(session.users), list(session.agents))
        return replace(session, last_position=session.last_position - self.base, users=names[0], agents=names[1])  # type: ignore[arg-type]


class Stores:
    """The three stores, opened once, and the loop they live on."""

    def __init__(self, runner: asyncio.Runner, stores: Sequence[OpenStore]) -> None:
        self._runner = runner
        self.stores = stores
        self._runs = 0

    def new_sides(self) -> list[Side]:
        """Return each store with a new, empty workspace."""
        self._runs += 1
        return [self.run(self._new_side(store, f"run-{self._runs}")) for store in self.stores]

    async def _new_side(self, store: OpenStore, name: str) -> Side:
        return Side(store, await store.new_workspace(name), await store.log.head())

    def run(self, step: Awaitable[T]) -> T:
        async def awaiting() -> T:
            return await step

        coroutine: Coroutine[Any, Any, T] = awaiting()
        return self._runner.run(coroutine)


class StoresAgree(RuleBasedStateMachine):
    """One workspace, new in each store; its events, and a snapshot that is held while others arrive."""

    def __init__(self, stores: Stores) -> None:
        super().__init__()
        self.run = stores.run
        self.sides = stores.new_sides()
        self.sent: list[Event] = []
        self.held: AsyncExitStack | None = None
        self.snapshots: list[Snapshot] = []
        self.seen: list[object] = []

    def agreed(self, ask: Callable[[Side], Awaitable[T]]) -> T:
        """Ask each store and return the answer they all give."""
        answers = [self.run(ask(side)) for side in self.sides]
        for side, answer in zip(self.sides, answers, strict=True):
            assert answer == answers[0], f"{side.store.kind} differs from {self.sides[0].store.kind}"
        return answers[0]

    @rule(batches=st.lists(st.lists(events(), max_size=6), min_size=1, max_size=3), day=days)
    def append(self, batches: list[list[Event]], day: int) -> None:
        self._append(batches, day)

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), fresh=st.lists(events(), max_size=3), day=days)
    def append_again(self, data: st.DataObject, fresh: list[Event], day: int) -> None:
        repeats = data.draw(st.lists(st.sampled_from(self.sent), min_size=1, max_size=4), label="repeats")
        contradicted = data.draw(st.sampled_from(self.sent), label="contradicted")
        contradiction = data.draw(events(event_id=contradicted.id), label="contradiction")
        self._append([data.draw(st.permutations([*repeats, *fresh, contradiction]), label="order")], day)

    def _append(self, batches: list[list[Event]], day: int) -> None:
        async def send(side: Side) -> list[list[str]]:
            at = NOW + day * DAY
            brought = [a_batch(*batch, workspace=side.workspace, received_at=at) for batch in batches]
            return [[str(outcome) for outcome in decided] for decided in await side.store.log.append(brought)]

        self.agreed(send)
        self.sent += [event for batch in batches for event in batch]

    @rule(refused=st.lists(refusals, min_size=1, max_size=4))
    def refuse(self, refused: list[Any]) -> None:
        async def send(side: Side) -> tuple[object, object]:
            await side.store.send(a_batch(workspace=side.workspace, refused=refused))
            async with side.store.begin(reading=True) as work:
                entries = await work.quarantine.list(
                    side.workspace, code=None, start=None, end=None, state=None, limit=100
                )
                size = await work.quarantine.size(side.workspace)
            return [(one.sent, one.count, one.rejection, one.state) for one in entries], size

        self.agreed(send)

    @rule(day=days, limit=st.integers(1, 9))
    def let_go_of_what_came_until(self, day: int, limit: int) -> None:
        async def let_go(side: Side) -> int:
            await side.store.catch_up()
            return await removed(side.store, side.workspace, NOW + day * DAY + 1, limit)

        self.agreed(let_go)

    @rule(limit=st.integers(1, 20))
    def advance(self, limit: int) -> None:
        for side in self.sides:
            self.run(side.store.rollups.advance(limit))

    @rule()
    def catch_up(self) -> None:
        for side in self.sides:
            self.run(side.store.catch_up())

    @rule(limit=st.integers(1, 20), hours=st.integers(0, 50 * 24), zone=st.sampled_from(ZONES))
    def consolidate(self, limit: int, hours: int, zone: str) -> None:
        async def consolidated(side: Side) -> None:
            async with side.store.begin() as work:
                workspace = await work.workspaces.get(side.workspace)
                await work.workspaces.save(workspace.changed(time_zone=zone))
                await work.commit()
            side.store.clock.move(hours * HOUR)
            await side.store.rollups.consolidate(limit)
            side.store.clock.move(-hours * HOUR)

        for side in self.sides:
            self.run(consolidated(side))

    @rule()
    def make_rollups_anew(self) -> None:
        for side in self.sides:
            self.run(rebuilt(side.store))

    @rule(asked=aggregations())
    def tally(self, asked: Aggregation) -> None:
        self._ask(lambda _, snapshot: tallied(snapshot, asked))

    @rule(wanted=criteria, order=st.sampled_from(Order), limit=st.integers(1, 7))
    def list_events(self, wanted: Criteria, order: Order, limit: int) -> None:
        self._ask(lambda side, snapshot: pages(side, snapshot, wanted, order, limit))

    @rule(wanted=criteria, order=st.sampled_from(Order), limit=st.integers(1, 4))
    def list_sessions(self, wanted: Criteria, order: Order, limit: int) -> None:
        self._ask(lambda side, snapshot: session_pages(side, snapshot, wanted, order, limit))

    @rule(name=st.sampled_from(["run-1", "run-2", "nothing"]), session_id=st.sampled_from(["s1", "s2", "s9"]))
    def look_up(self, name: str, session_id: str) -> None:
        self._ask(lambda side, snapshot: looked_up(side, snapshot, name, session_id))

    @rule(wanted=filters(), after=st.integers(0, 30), length=st.integers(0, 30), limit=st.integers(1, 10))
    def look_around(self, wanted: Filters, after: int, length: int, limit: int) -> None:
        async def around(side: Side, snapshot: Snapshot) -> object:
            start = max(0, snapshot.position - after)
            arrivals = await snapshot.arrivals(Position(start), Position(start + length), limit, wanted)
            intake = sorted(map(repr, await snapshot.intake(0)))
            return side.told(arrivals), await snapshot.extent(), intake, sorted(map(repr, await snapshot.last_intake()))

        self._ask(around)

    @precondition(lambda self: self.held is None)
    @rule(asked=aggregations())
    def hold_a_snapshot(self, asked: Aggregation) -> None:
        self.held = AsyncExitStack()
        for side in self.sides:
            self.snapshots.append(self.run(self.held.enter_async_context(side.store.snapshot(side.workspace))))
        self.asked = asked
        self.seen = [self.run(tallied(snapshot, asked)) for snapshot in self.snapshots]

    @precondition(lambda self: self.held is not None)
    @rule()
    def the_held_snapshot_is_as_it_was(self) -> None:
        again = [self.run(tallied(snapshot, self.asked)) for snapshot in self.snapshots]
        assert again == self.seen
        self._let_go()

    @invariant()
    def logs_are_equally_long(self) -> None:
        async def length(side: Side) -> int:
            return await side.store.log.head() - side.base

        self.agreed(length)

    def teardown(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        if self.held is not None:
            self.run(self.held.aclose())
        self.held, self.snapshots = None, []

    def _ask(self, question: Callable[[Side, Snapshot], Awaitable[T]]) -> None:
        async def ask(side: Side) -> T:
            async with side.store.snapshot(side.workspace) as snapshot:
                return await question(side, snapshot)

        self.agreed(ask)


async def tallied(snapshot: Snapshot, asked: Aggregation) -> object:
    return plain_tallies(await snapshot.tally(asked), Needs.ALL), snapshot.shortfall, snapshot.removed


async def pages(side: Side, snapshot: Snapshot, wanted: Criteria, order: Order, limit: int) -> object:
    found: list[RecordedEvent] = []
    after: Place | None = None
    while page := await snapshot.events(wanted, order, limit, after):
        found += page
        after = Place(page[-1].event.occurred_at, page[-1].position)
    return side.told(found)


async def session_pages(side: Side, snapshot: Snapshot, wanted: Criteria, order: Order, limit: int) -> object:
    found: list[Session] = []
    after: Place | None = None
    while page := await snapshot.sessions(wanted, order, limit, after):
        found += page
        last = page[-1]
        after = Place(last.ended_at if order is Order.NEWEST else last.started_at, last.last_position)
    return [side.told_of(session) for session in found]


async def looked_up(side: Side, snapshot: Snapshot, name: str, session_id: str) -> list[object]:
    found: list[object] = [None, None]
    with suppress(EventNotFound):
        found[0] = side.told([await snapshot.event(name)])
    with suppress(SessionNotFound):
        found[1] = side.told_of(await snapshot.session(session_id))
    return found


async def removed(store: OpenStore, workspace: WorkspaceId, before: int, limit: int) -> int:
    """Remove what arrived before, step by step; return how many that were."""
    async with store.begin() as work:
        run = await work.retention.begin(workspace, before, NOW, dry_run=False)
        await work.commit()
    reach = Reach(workspace, before, limit)
    step = await store.removal.remove(run.id, reach)
    gone = step.events
    while step.next is not None:
        step = await store.removal.remove(run.id, reach, step.next)
        gone += step.events
    return gone


async def rebuilt(store: OpenStore) -> None:
    async for _ in store.rollups.rebuild():
        pass


async def differences(store: OpenStore) -> list[str]:
    return [difference async for step in store.rollups.verify() for difference in step.differences]


@pytest.mark.postgres
def test_memory_and_both_databases_agree_whatever_is_done_to_them(
    new_bundle: Callable[[str], Callable[[HandClock], StoreBundle]],
) -> None:
    with asyncio.Runner() as runner:
        everything = AsyncExitStack()
        contexts = [opened(kind, new_bundle(kind)) for kind in KINDS]
        try:
            stores = Stores(runner, [runner.run(everything.enter_async_context(context)) for context in contexts])
            run_state_machine_as_test(
                lambda: StoresAgree(stores),
                settings=settings(
                    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
                ),
            )
            for store in stores.stores:
                assert runner.run(differences(store)) == []
                runner.run(store.catch_up())
                assert runner.run(differences(store)) == []
        finally:
            runner.run(everything.aclose())
