"""RunProjections over every store: exactly once inside, at least once outside, whoever runs and whatever fails."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from shadower.adapters.sql import waiting
from shadower.application import run_projections
from shadower.application.delivery import ReceiverUnavailable
from shadower.application.pause_projection import PauseProjection
from shadower.application.ports.projection import Projection
from shadower.application.ports.projection_cursors import ProjectionStatus
from shadower.application.ports.work import BeginWork, Work
from shadower.application.registered_projections import RegisteredProjections
from shadower.application.replay_projection import ReplayProjection
from shadower.application.reset_projection import ResetProjection
from shadower.application.resume_projection import ResumeProjection
from shadower.application.retake_event import ProjectionStillFails, RetakeEvent
from shadower.application.run_projections import RunProjections
from shadower.domain.errors import StoreUnavailable
from shadower.domain.events.event import Event, Position, WorkspaceId
from shadower.domain.events.moments import SECOND
from shadower.domain.projections.lease import ProjectionNotRepeatable, ProjectionNotThere, ProjectionState
from shadower.domain.projections.trial import Patience
from shadower.domain.quarantine.entry import EntryState, QuarantineEntry, QuarantineEntryReplayed
from shadower.testing import a_batch, a_refused_event, an_event
from tests.patience import eventually
from tests.projections import POISON, Letters, Sightings
from tests.stores import QUARANTINE_LIMIT, OpenStore

WORKSPACE = WorkspaceId(1)
IMPATIENT = Patience(tries=2, first_wait=0.01, longest_wait=0.02)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shadower.application.run_projections.LOOK_EVERY", 0.02)
    monkeypatch.setattr("shadower.application.leases.RENEW_EVERY", 0.05)
    monkeypatch.setattr("shadower.application.projection_steps._AWAY", IMPATIENT)
    monkeypatch.setattr("shadower.application.projection_steps._UNWANTED_PAUSE", 0.02)


class Runner:
    """A runner, as one of several processes may be, and what it reported."""

    def __init__(self, store: OpenStore, *projections: Projection, begin: BeginWork | None = None) -> None:
        self.registered = RegisteredProjections(projections)
        self.reported: list[Exception] = []
        self._run = RunProjections(
            self.registered, store.log, begin or store.begin, store.clock, owner="a test", patience=IMPATIENT
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Runner"]:
        task = asyncio.create_task(self._run(self.reported.append))
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.wait({task})
            assert task.cancelled()


async def status(store: OpenStore, name: str) -> ProjectionStatus:
    async with store.begin(reading=True) as work:
        (found,) = await work.projections.statuses([name])
    return found


async def at_head(store: OpenStore, *names: str) -> bool:
    found = [await status(store, name) for name in names]
    return all(one.cursor == one.head for one in found)


async def caught_up(store: OpenStore, *names: str) -> None:
    await eventually(lambda: at_head(store, *names))


async def says(store: OpenStore, name: str, words: str) -> bool:
    return words in ((await status(store, name)).last_error or "")


async def counts(store: OpenStore) -> Counter[str]:
    async with store.begin(reading=True) as work:
        return await Sightings().counts(work)


async def entries(store: OpenStore, state: EntryState | None = EntryState.OPEN) -> list[QuarantineEntry]:
    async with store.begin(reading=True) as work:
        found = await work.quarantine.list(WORKSPACE, code=None, start=None, end=None, state=state, limit=100)
    return list(found)[::-1]


def some_events(count: int, *, poison: frozenset[int] = frozenset(), start: int = 0) -> list[Event]:
    return [
        an_event(user_id=f"user-{number % 7}", agent_id=POISON if number in poison else "pricing")
        for number in range(start, start + count)
    ]


def counted(*events: Event) -> Counter[str]:
    return Counter(event.user_id or "" for event in events if event.agent_id != POISON)


async def test_every_event_counts_once_inside_and_is_delivered_in_order_outside(store: OpenStore) -> None:
    letters = Letters(batch=7)
    events = some_events(100)
    await store.append(*events[:60])
    async with Runner(store, Sightings(batch=9), letters).running() as runner:
        await caught_up(store, "sightings", "letters")
        for number in range(60, 100, 4):
            await store.append(*events[number : number + 4])
        await caught_up(store, "sightings", "letters")
    assert await counts(store) == counted(*events)
    assert letters.delivered == list(range(1, 101))
    assert runner.reported == []


async def test_it_wakes_when_something_is_appended_and_does_not_poll_for_it(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "_POLL_SECONDS", 3_600)
    monkeypatch.setattr(run_projections, "LONGEST_WAIT", 3_600)
    letters = Letters()
    async with Runner(store, letters).running():
        await store.append(an_event())
        await caught_up(store, "letters")
        await asyncio.sleep(0.2)
        letters.arrived.clear()
        await store.append(an_event())
        await asyncio.wait_for(letters.arrived.wait(), 60)


async def test_one_of_many_runs_it_and_another_takes_over_at_once_when_that_ends(store: OpenStore) -> None:
    twin = await store.twin()
    events = some_events(300)
    first, second = Letters(), Letters()
    async with Runner(twin, Sightings(), second).running():
        async with Runner(store, Sightings(), first).running():
            for number in range(0, 200, 10):
                await (twin if number % 20 else store).append(*events[number : number + 10])
            await caught_up(store, "sightings", "letters")
        await store.append(*events[200:])
        await caught_up(store, "sightings", "letters")
    assert await counts(store) == counted(*events)
    assert sorted(first.delivered + second.delivered) == list(range(1, 301))
    assert (await status(store, "letters")).owner is None


async def test_a_lease_taken_away_ends_the_work_under_it(store: OpenStore) -> None:
    """As happens to a runner that was frozen: somebody else has it by the time it looks again."""
    letters = Letters()
    async with Runner(store, letters).running() as runner:
        await store.append(an_event())
        await caught_up(store, "letters")
        async with store.begin() as work:
            await work.projections.rewind("letters", Position(1))
            await work.projections.acquire("letters", "somebody else", 3600)
            await work.commit()
        await store.append(an_event())

        async def is_told() -> bool:
            return bool(runner.reported)

        await eventually(is_told)
        await asyncio.sleep(0.2)
        found = await status(store, "letters")
    assert (found.cursor, found.owner) == (1, "somebody else")
    assert [getattr(error, "code", "") for error in runner.reported] == ["lease_lost"]


@pytest.mark.parametrize("poison", [{0}, {49}, {3, 4, 30}, set(range(10, 16)), {99}])
async def test_a_poison_event_is_set_aside_and_the_rest_goes_on(store: OpenStore, poison: set[int]) -> None:
    letters = Letters()
    events = some_events(100, poison=frozenset(poison))
    await store.append(*events)
    async with Runner(store, Sightings(), letters).running():
        await caught_up(store, "sightings", "letters")
    assert await counts(store) == counted(*events)
    assert set(letters.delivered) == set(range(1, 101)) - {number + 1 for number in poison}
    found = await entries(store)
    for name in ("sightings", "letters"):
        mine = [entry for entry in found if entry.projection == name]
        assert [
            f'"{events[number].id}"'.encode() in entry.sent for number, entry in zip(sorted(poison), mine, strict=True)
        ]
        assert {entry.rejection.code for entry in mine} == {"projection_failed"}
        assert (await status(store, name)).set_aside == len(poison)


async def test_what_is_told_to_everybody_of_a_failure_quotes_no_event(store: OpenStore) -> None:
    await store.append(*some_events(1, poison=frozenset({0})))
    async with Runner(store, Sightings()).running() as runner:
        # What is told of the attempt is replaced a moment after the cursor has moved past the event.
        await eventually(lambda: says(store, "sightings", "goes on without the event"))
    found = await status(store, "sightings")
    assert found.last_error is not None
    (entry,) = await entries(store)
    for said in (found.last_error, entry.rejection.message):
        assert "quotes" not in said
    assert "Unpalatable in projections.py, line " in entry.rejection.message
    assert "quotes" in str(runner.reported[0]), "operators have to find the cause in the log"


@pytest.mark.parametrize("outage", [StoreUnavailable("It is away."), ConnectionRefusedError(), TimeoutError()])
async def test_an_outage_is_waited_for_and_blamed_on_no_event(store: OpenStore, outage: Exception) -> None:
    letters = Letters()
    letters.outage = outage
    await store.append(*some_events(5))
    async with Runner(store, letters).running() as runner:

        async def has_failed_often() -> bool:
            return (await status(store, "letters")).failures > 2 * IMPATIENT.tries

        await eventually(has_failed_often)
        assert (await status(store, "letters")).last_error
        letters.outage = None
        await caught_up(store, "letters")
    assert letters.delivered == [1, 2, 3, 4, 5]
    assert await entries(store) == []
    assert (await status(store, "letters")).failures == 0
    assert runner.reported


async def test_a_projection_stands_still_rather_than_skip_what_the_quarantine_cannot_keep(store: OpenStore) -> None:
    await store.send(a_batch(refused=[a_refused_event(b"x" * QUARANTINE_LIMIT)]))
    events = some_events(3, poison=frozenset({1}))
    await store.append(*events)
    async with Runner(store, Sightings()).running():

        async def is_stuck() -> bool:
            return "no room" in ((await status(store, "sightings")).last_error or "")

        await eventually(is_stuck)
        assert (await status(store, "sightings")).cursor == 1
        (full,) = await entries(store)
        async with store.begin() as work:
            assert (await work.quarantine.size(WORKSPACE)).overflowed == 0
            await work.quarantine.remove(WORKSPACE, full.id)
            await work.commit()
        await caught_up(store, "sightings")
    assert [entry.projection for entry in await entries(store)] == ["sightings"]
    assert await counts(store) == counted(*events)


def losing_answers(begin: BeginWork, often: int) -> BeginWork:
    """Some commits succeed, and nobody hears of it."""
    turn = 0

    @asynccontextmanager
    async def beginning(*, reading: bool = False) -> AsyncIterator[Work]:
        async with begin(reading=reading) as work:
            commit = work.commit

            async def committing() -> None:
                nonlocal turn
                await commit()
                turn += 1
                if turn % often == 0:
                    raise StoreUnavailable("It broke off while it was committing.")

            work.commit = committing  # type: ignore[method-assign]
            yield work

    return beginning


async def test_a_commit_whose_answer_is_lost_counts_once(store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever was given a lease and never heard of it waits until it runs out.
    monkeypatch.setattr("shadower.application.run_projections.LEASE_SECONDS", 0.3)
    monkeypatch.setattr("shadower.application.leases.LEASE_SECONDS", 0.3)
    letters = Letters(batch=3)
    events = some_events(60)
    await store.append(*events)
    begin = losing_answers(store.begin, often=4)
    async with Runner(store, Sightings(batch=3), letters, begin=begin).running() as runner:
        while not await at_head(store, "sightings", "letters"):
            store.clock.move(SECOND)
            await asyncio.sleep(0.05)
    assert await counts(store) == counted(*events)
    assert set(letters.delivered) == set(range(1, 61))
    assert runner.reported


async def test_a_new_projection_without_history_is_spared_what_was_before(store: OpenStore) -> None:
    await store.append(*some_events(5))
    letters = Letters(history=False)
    async with Runner(store, letters).running():
        await caught_up(store, "letters")
        await store.append(an_event())
        await caught_up(store, "letters")
    assert letters.delivered == [6]


async def test_a_paused_projection_waits_and_goes_on_where_it_stopped(store: OpenStore) -> None:
    events = some_events(20)
    async with Runner(store, Sightings()).running() as runner:
        await store.append(*events[:10])
        await caught_up(store, "sightings")
        await PauseProjection(runner.registered, store.begin)("sightings")
        await store.append(*events[10:])
        await asyncio.sleep(0.2)
        found = await status(store, "sightings")
        assert (found.state, found.cursor, found.owner) == (ProjectionState.PAUSED, 10, None)
        await ResumeProjection(runner.registered, store.begin)("sightings")
        await caught_up(store, "sightings")
    assert await counts(store) == counted(*events)


async def reset(store: OpenStore, runner: Runner, name: str) -> None:
    async for _ in ResetProjection(runner.registered, store.begin)(name):
        pass


async def test_a_projection_reset_while_it_runs_counts_everything_once(store: OpenStore) -> None:
    letters = Letters(batch=3)
    events = some_events(200)
    async with Runner(store, Sightings(batch=3), letters).running() as runner:
        await caught_up(store, "sightings", "letters")
        for number in range(0, 200, 20):
            await store.append(*events[number : number + 20])
            await reset(store, runner, "sightings")
        await caught_up(store, "sightings", "letters")
        await reset(store, runner, "letters")
        await caught_up(store, "letters")
    assert await counts(store) == counted(*events)
    assert letters.cleared == 1
    assert letters.delivered == [*range(1, 201), *range(1, 201)]


async def test_a_paused_projection_is_still_paused_after_a_reset(store: OpenStore) -> None:
    letters = Letters()
    await store.append(*some_events(3))
    async with Runner(store, letters).running() as runner:
        await caught_up(store, "letters")
        await PauseProjection(runner.registered, store.begin)("letters")
        await reset(store, runner, "letters")
        found = await status(store, "letters")
    assert (found.state, found.cursor) == (ProjectionState.PAUSED, 0)


async def test_a_projection_goes_on_where_it_was_when_what_it_delivered_cannot_be_taken_back(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cannot(_: Letters) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(Letters, "clear", cannot)
    letters = Letters()
    await store.append(*some_events(3))
    async with Runner(store, letters).running() as runner:
        await caught_up(store, "letters")
        with pytest.raises(ConnectionRefusedError):
            await reset(store, runner, "letters")
        await store.append(an_event())
        await caught_up(store, "letters")
    assert letters.delivered == [1, 2, 3, 4]


async def test_why_it_cannot_be_taken_back_is_told_even_if_the_store_is_away_by_then(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = False

    async def cannot(_: Letters) -> None:
        nonlocal away
        away = True
        raise ConnectionRefusedError

    def begin(*, reading: bool = False) -> AbstractAsyncContextManager[Work]:
        if away:
            raise StoreUnavailable("The store is away.")
        return store.begin(reading=reading)

    monkeypatch.setattr(Letters, "clear", cannot)
    resetting = ResetProjection(RegisteredProjections([Letters()]), begin)("letters")
    with pytest.raises(ConnectionRefusedError) as told:
        await anext(resetting)
    assert "shadower projections resume letters" in told.value.__notes__[0]


async def test_what_was_delivered_is_delivered_again_from_a_position_on(store: OpenStore) -> None:
    letters = Letters()
    await store.append(*some_events(6))
    async with Runner(store, letters).running() as runner:
        await caught_up(store, "letters")
        replay = ReplayProjection(runner.registered, store.begin)
        assert await replay("letters", Position(4)) == 3
        await caught_up(store, "letters")
        for nowhere in (0, 7, 99):
            with pytest.raises(ProjectionNotThere):
                await replay("letters", Position(nowhere))
    assert letters.delivered == [1, 2, 3, 4, 5, 6, 4, 5, 6]


async def test_what_counts_is_not_replayed(store: OpenStore) -> None:
    await store.append(*some_events(6))
    runner = Runner(store, Sightings(), store.rollups)
    replay = ReplayProjection(runner.registered, store.begin)
    for name in ("sightings", "rollups"):
        with pytest.raises(ProjectionNotRepeatable):
            await replay(name, Position(1))


def retake(store: OpenStore, *projections: Projection) -> RetakeEvent:
    return RetakeEvent(RegisteredProjections(projections), store.snapshot, store.begin, store.clock)


async def test_a_mended_projection_takes_again_what_it_could_not_once(store: OpenStore) -> None:
    sightings = Sightings()
    events = some_events(10, poison=frozenset({4}))
    await store.append(*events)
    async with Runner(store, sightings).running():
        await caught_up(store, "sightings")
        (entry,) = await entries(store)
        again = retake(store, sightings)
        with pytest.raises(ProjectionStillFails):
            await again(entry)
        assert await counts(store) == counted(*events)
        assert await entries(store) == [entry]
        sightings.fails = False
        ends = await asyncio.gather(*(again(entry) for _ in range(4)), return_exceptions=True)
    taken = [end for end in ends if isinstance(end, QuarantineEntry)]
    assert [entry.state for entry in taken] == [EntryState.REPLAYED]
    assert [type(end) for end in ends if end not in taken] == [QuarantineEntryReplayed] * 3
    assert await counts(store) == Counter(event.user_id for event in events)
    assert taken[0].replayed_as == events[4].id


async def test_an_event_is_delivered_again_once_the_receiver_answers(store: OpenStore) -> None:
    letters = Letters()
    await store.append(*some_events(3, poison=frozenset({1})))
    async with Runner(store, letters).running():
        await caught_up(store, "letters")
    (entry,) = await entries(store)
    letters.fails, letters.outage = False, ConnectionRefusedError()
    with pytest.raises(ReceiverUnavailable):
        await retake(store, letters)(entry)
    letters.outage = None
    assert (await retake(store, letters)(entry)).state is EntryState.REPLAYED
    assert letters.delivered[-2:] == [3, 2]


async def test_rollups_are_run_like_any_other(store: OpenStore) -> None:
    async with Runner(store, store.rollups, Letters()).running() as runner:
        await store.append(*some_events(10))
        await caught_up(store, "rollups", "letters")
        await reset(store, runner, "rollups")
        await store.append(*some_events(10))
        await caught_up(store, "rollups")
    assert [difference async for step in store.rollups.verify() for difference in step.differences] == []
    assert runner.reported == []


async def test_what_is_recorded_once_somebody_wants_it_is_not_passed_by(store: OpenStore) -> None:
    class Awakening(Letters):
        """Wanted from the first time that somebody asks, right after the answer."""

        async def is_wanted(self) -> bool:
            was, self.wanted = self.wanted, True
            if not was:
                await store.append(an_event())
            return was

    letters = Awakening()
    letters.wanted = False
    async with Runner(store, letters).running():
        await eventually(lambda: at_head(store, letters.name))
        await eventually(lambda: letters.delivered == [1])


async def test_what_nobody_wants_is_passed_by_until_somebody_does(store: OpenStore) -> None:
    letters = Letters()
    letters.wanted = False
    await store.append(an_event(), an_event())
    async with Runner(store, letters).running():
        await eventually(lambda: at_head(store, letters.name))
        letters.wanted = True
        await store.append(an_event())
        await eventually(lambda: at_head(store, letters.name))
    assert letters.delivered == [3]
