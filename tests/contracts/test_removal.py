"""Removing events: what they add up to stays, in every answer pages can give, and the others say what they lack."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest

from shadower.application.ports.retention import Reach, Step
from shadower.application.ports.snapshot import Criteria, EventNotFound, Order, Place, Snapshot
from shadower.domain.events.event import Event, Outcome, Position, WorkspaceId
from shadower.domain.events.filters import Filters, Present, one_of
from shadower.domain.events.moments import DAY, HOUR, MINUTE
from shadower.domain.metrics.question import Aggregation, Dimension
from shadower.domain.metrics.tally import Needs
from shadower.domain.retention.removed import Removed
from shadower.domain.retention.run import RetentionRun
from shadower.testing import NOW, an_event
from tests.stores import OpenStore, arrived
from tests.tally_oracle import plain_tallies

WORKSPACE = WorkspaceId(1)
MIDNIGHT = NOW - NOW % DAY
CUTOFF = MIDNIGHT - 3 * DAY
"""What arrived before this is to go."""

DAYS = [MIDNIGHT + day * DAY for day in range(-7, 2)]
BY_PAGES = [
    Aggregation(DAYS, Needs.ALL, filters, group_by)
    for filters, group_by in (
        ({}, None),
        ({}, Dimension.TYPE),
        ({}, Dimension.AGENT),
        ({}, Dimension.USER),
        ({Dimension.AGENT: one_of("agent-1")}, Dimension.STATUS),
        ({Dimension.USER: one_of("ada")}, Dimension.MODEL),
        ({Dimension.USER: one_of("ada"), Dimension.SOURCE: one_of("api")}, None),
        ({Dimension.USER: one_of("ada", None)}, None),
        ({Dimension.AGENT: one_of("agent-1", "agent-2"), Dimension.STATUS: one_of("failure", None)}, Dimension.TYPE),
    )
]
"""Questions over whole days, by at most one of agent and user."""


def days_of_events(count: int = 60) -> list[tuple[Event, int]]:
    """Events of the last six days, each with its arrival, some hours after it occurred."""
    made = []
    for number in range(count):
        occurred_at = MIDNIGHT - 6 * DAY + number * 6 * DAY // count + number % 7 * MINUTE
        event = an_event(
            occurred_at=occurred_at,
            type=["agent.executed", "agent.failed", "user.login"][number % 3],
            status=["success", "failure", None][number % 3],
            source=["api", "shadower"][number % 5 == 0],
            user_id=["ada", "grace", None][number % 3],
            agent_id=f"agent-{number % 4}",
            session_id=f"s{number // 2}",
            duration_us=number * 1_000,
            client_id=f"c{number}",
        )
        made.append((event, occurred_at + number % 5 * HOUR))
    return made


async def filled(store: OpenStore, made: Sequence[tuple[Event, int]], workspace: int = 1) -> None:
    for event, at in made:
        await store.append(event, workspace=workspace, at=at)
    await store.catch_up()


async def begun(store: OpenStore, workspace: WorkspaceId = WORKSPACE, before: int = CUTOFF) -> RetentionRun:
    async with store.begin() as work:
        run = await work.retention.begin(workspace, before, NOW, dry_run=False)
        await work.commit()
    return run


async def remove(
    store: OpenStore, before: int = CUTOFF, workspace: WorkspaceId = WORKSPACE, limit: int = 7
) -> list[Step]:
    """Remove everything that arrived before, step by step."""
    run = await begun(store, workspace, before)
    steps, after = [], None
    while True:
        steps.append(await store.removal.remove(run.id, Reach(workspace, before, limit), after))
        after = steps[-1].next
        if after is None:
            return steps


async def answers(store: OpenStore, questions: Sequence[Aggregation] = BY_PAGES) -> list[object]:
    async with store.snapshot(WORKSPACE) as snapshot:
        told = [plain_tallies(await snapshot.tally(question), Needs.ALL) for question in questions]
        assert snapshot.shortfall is None
    return told


async def differences(store: OpenStore) -> list[str]:
    return [difference async for step in store.rollups.verify() for difference in step.differences]


async def rebuilt(store: OpenStore) -> None:
    async for _ in store.rollups.rebuild():
        pass


async def listed(store: OpenStore) -> list[str]:
    async with store.snapshot(WORKSPACE) as snapshot:
        return [one.event.id for one in await snapshot.events(Criteria(), Order.OLDEST, 1_000)]


async def test_what_pages_answer_is_the_same_without_the_events(store: OpenStore) -> None:
    made = days_of_events()
    await filled(store, made)
    before = await answers(store)
    steps = await remove(store)
    gone = [event.id for event, at in made if at < CUTOFF]
    assert sum(step.events for step in steps) == len(gone) > 20
    assert set(await listed(store)) == {event.id for event, _ in made} - set(gone)
    assert await answers(store) == before


async def test_a_recount_adds_what_is_sealed_to_what_remains(store: OpenStore) -> None:
    await filled(store, days_of_events())
    await remove(store)
    assert await differences(store) == []
    await filled(store, [(an_event(occurred_at=MIDNIGHT - 5 * DAY), NOW), (an_event(), NOW)])
    assert await differences(store) == []


async def test_a_rebuild_keeps_what_is_sealed(store: OpenStore) -> None:
    await filled(store, days_of_events())
    before = await answers(store)
    await remove(store)
    await rebuilt(store)
    assert await answers(store) == before
    assert await differences(store) == []
    await remove(store, MIDNIGHT - DAY)
    await rebuilt(store)
    assert await answers(store) == before
    assert await differences(store) == []


async def test_even_when_nothing_is_left_the_answers_are(store: OpenStore) -> None:
    await filled(store, days_of_events())
    before = await answers(store)
    await remove(store, NOW + DAY)
    assert await listed(store) == []
    assert await answers(store) == before
    await rebuilt(store)
    assert await answers(store) == before
    assert await differences(store) == []
    async with store.begin(reading=True) as work:
        (status,) = await work.projections.statuses(["rollups"])
    assert status.cursor == status.head == 60
    await filled(store, [(an_event(occurred_at=MIDNIGHT), NOW)])
    async with store.snapshot(WORKSPACE) as snapshot:
        tallies = await snapshot.tally(BY_PAGES[0])
    assert sum(tally.events for tally in tallies[None].values()) == 61
    assert await differences(store) == []


async def test_late_events_count_on_top_of_what_is_sealed(store: OpenStore) -> None:
    await filled(store, days_of_events())
    await remove(store)
    late = [(an_event(occurred_at=MIDNIGHT - 5 * DAY + hour * HOUR, user_id="ada"), NOW) for hour in range(5)]
    await filled(store, late)
    async with store.snapshot(WORKSPACE) as snapshot:
        (of_ada,) = (
            await snapshot.tally(Aggregation(DAYS[:1] + DAYS[-1:], Needs.ALL, {Dimension.USER: one_of("ada")}))
        ).values()
    assert of_ada[0].events == sum(event.user_id == "ada" for event, _ in days_of_events()) + 5
    assert await differences(store) == []


async def test_positions_are_never_given_again_and_reading_the_log_passes_over_what_is_gone(store: OpenStore) -> None:
    await filled(store, days_of_events())
    await remove(store)
    read = await store.log.read(Position(0), 1_000)
    positions = [one.position for one in read]
    assert positions == sorted(positions)
    assert len(positions) < 60
    assert [one.position for one in await store.log.read(Position(0), 3)] == positions[:3]
    assert [one.position for one in await store.log.read(positions[4], 2)] == positions[5:7]
    assert await store.log.head() == 60
    await store.append(an_event())
    assert await store.log.head() == 61


async def test_an_identity_goes_with_its_event(store: OpenStore) -> None:
    made = days_of_events()
    await filled(store, made)
    (old, _), (recent, _) = made[0], made[-1]
    assert await store.append(old, recent) == [Outcome.DUPLICATE] * 2
    await remove(store)
    async with store.snapshot(WORKSPACE) as snapshot:
        for gone in (old.id, old.client_id):
            with pytest.raises(EventNotFound):
                await snapshot.event(gone or "")
        assert (await snapshot.event(recent.id)).event.id == recent.id
    assert await store.append(old, recent) == [Outcome.STORED, Outcome.DUPLICATE]
    await store.catch_up()
    assert await differences(store) == []


async def test_other_workspaces_keep_their_events(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    made = days_of_events()
    await filled(store, made)
    await filled(store, [(event, at) for event, at in days_of_events()], workspace=elsewhere)
    await remove(store)
    async with store.snapshot(elsewhere) as snapshot:
        assert len(await snapshot.events(Criteria(), Order.OLDEST, 1_000)) == 60
        assert snapshot.removed is None
    assert await differences(store) == []


async def test_counting_tells_what_would_go_and_takes_nothing(store: OpenStore) -> None:
    made = days_of_events()
    await filled(store, made)
    counted, after = 0, None
    while True:
        step = await store.removal.count(Reach(WORKSPACE, CUTOFF, 7), after)
        counted, after = counted + step.events, step.next
        if after is None:
            break
    assert counted == sum(at < CUTOFF for _, at in made)
    assert len(await listed(store)) == 60


async def test_a_step_looks_at_no_more_than_its_limit(store: OpenStore) -> None:
    await filled(store, days_of_events())
    steps = await remove(store, limit=5)
    assert max(step.events for step in steps) <= 5
    assert len(steps) > 5


async def test_what_was_removed_is_known(store: OpenStore) -> None:
    made = days_of_events()
    await filled(store, made)
    async with store.snapshot(WORKSPACE) as snapshot:
        assert snapshot.removed is None
        whole = await snapshot.extent()
    await remove(store, CUTOFF - DAY)
    await remove(store)
    moments = [event.occurred_at for event, at in made if at < CUTOFF]
    async with store.snapshot(WORKSPACE) as snapshot:
        assert snapshot.removed == Removed(len(moments), CUTOFF, min(moments), max(moments))
        assert await snapshot.extent() == whole
    await remove(store, NOW + DAY)
    async with store.snapshot(WORKSPACE) as snapshot:
        assert await snapshot.extent() == whole


async def test_each_step_is_counted_in_its_run(store: OpenStore) -> None:
    made = days_of_events()
    await filled(store, made)
    run = await begun(store)
    store.clock.move(MINUTE)
    step = await store.removal.remove(run.id, Reach(WORKSPACE, CUTOFF, 1_000))
    async with store.begin() as work:
        (told,) = await work.retention.list(WORKSPACE, 10)
    assert told.removed == step.events == sum(at < CUTOFF for _, at in made)
    assert told.touched_at == NOW + MINUTE


async def test_an_event_that_the_rollups_have_not_taken_in_stays(store: OpenStore) -> None:
    made = days_of_events(20)
    for event, at in made:
        await store.append(event, at=at)
    await store.rollups.advance(6)
    (step,) = await remove(store, NOW + DAY, limit=100)
    if store.kind == "memory":
        assert (step.events, step.waiting, step.waited_for) == (20, 0, frozenset())
        return
    assert (step.events, step.waiting, step.waited_for) == (6, 14, {"rollups"})
    await store.catch_up()
    assert await differences(store) == []
    (step,) = await remove(store, NOW + DAY, limit=100)
    assert (step.events, step.waiting, step.waited_for) == (14, 0, frozenset())
    assert await differences(store) == []


async def test_an_event_waits_for_those_who_are_named_and_for_nobody_else(store: OpenStore) -> None:
    await filled(store, days_of_events(20))
    async with store.begin() as work:
        for name in ("mailer", "forgotten"):
            await work.projections.register(name, history=True)
        await work.commit()
    async with store.begin() as work:
        acquired = await work.projections.acquire("mailer", "somebody", 10)
        assert acquired is not None
        await work.projections.move(acquired[0], Position(0), Position(6), NOW)
        await work.commit()
    run = await begun(store)
    step = await store.removal.remove(run.id, Reach(WORKSPACE, NOW + DAY, 100, frozenset({"mailer"})))
    assert (step.events, step.waiting, step.waited_for) == (6, 14, {"mailer"})
    step = await store.removal.remove(run.id, Reach(WORKSPACE, NOW + DAY, 100))
    assert (step.events, step.waiting, step.waited_for) == (14, 0, frozenset())
    async with store.begin(reading=True) as work:
        (mailer,) = await work.projections.statuses(["mailer"])
    assert (mailer.cursor, mailer.oldest_waiting_at) == (6, None)


async def test_an_event_waits_for_the_groups_of_handlers_that_are_named(store: OpenStore) -> None:
    await filled(store, days_of_events(20))
    async with store.begin() as work:
        await work.bus_groups.join("mail", Position(6), NOW)
        await work.bus_groups.join("abandoned", Position(2), NOW)
        await work.commit()
    run = await begun(store)
    step = await store.removal.remove(run.id, Reach(WORKSPACE, NOW + DAY, 100, groups=frozenset({"mail", "new"})))
    assert (step.events, step.waiting, step.waited_for) == (6, 14, {"group mail"})
    async with store.begin() as work:
        acquired = await work.bus_groups.acquire("mail", "here", 10)
        assert acquired is not None
        await work.bus_groups.hold(acquired[0], Position(20), 10, NOW)
        await work.commit()
    step = await store.removal.remove(run.id, Reach(WORKSPACE, NOW + DAY, 100, groups=frozenset({"mail", "new"})))
    assert (step.events, step.waiting, step.waited_for) == (14, 0, frozenset())


async def test_of_several_who_remove_at_once_each_event_is_sealed_once(store: OpenStore) -> None:
    twin = await store.twin()
    made = days_of_events()
    await filled(store, made)
    before = await answers(store)
    removed = await asyncio.gather(*(remove(each, limit=9) for each in (store, twin, store, twin)))
    assert sum(step.events for steps in removed for step in steps) == sum(at < CUTOFF for _, at in made)
    assert await answers(store) == before
    assert await differences(store) == []


async def test_a_snapshot_that_is_open_keeps_what_it_sees(store: OpenStore) -> None:
    made = days_of_events()
    await filled(store, made)
    async with AsyncExitStack() as held:
        snapshot = await held.enter_async_context(store.snapshot(WORKSPACE))
        before = await everything(snapshot)
        await remove(await store.twin(), NOW + DAY)
        assert await everything(snapshot) == before
    assert await listed(store) == []


async def everything(snapshot: Snapshot) -> object:
    events = await snapshot.events(Criteria(), Order.OLDEST, 1_000)
    odd = Aggregation([NOW - 6 * DAY, NOW - 2 * DAY + 1], Needs.ALL, {}, Dimension.SESSION)
    tallies = [plain_tallies(await snapshot.tally(asked), Needs.ALL) for asked in (*BY_PAGES, odd)]
    return events, tallies, await snapshot.extent(), snapshot.removed, snapshot.shortfall


async def test_appending_and_removing_at_once_lose_nothing(store: OpenStore) -> None:
    twin = await store.twin()
    made = days_of_events()
    await filled(store, made)

    async def go_on_sending() -> int:
        for number in range(20):
            await store.append(an_event(occurred_at=MIDNIGHT - 4 * DAY), made[number][0], at=NOW)
            await store.rollups.advance(5)
        return 20

    sent, _ = await asyncio.gather(go_on_sending(), remove(twin, limit=3))
    await store.catch_up()
    assert await differences(store) == []
    async with store.snapshot(WORKSPACE) as snapshot:
        tallies = await snapshot.tally(BY_PAGES[0])
        removed = snapshot.removed
    assert removed is not None
    total = sum(tally.events for tally in tallies[None].values())
    assert total == await store.log.head()
    assert total >= 60 + sent
    assert removed.events + len(await listed(store)) == total


MISSED = MIDNIGHT - 5 * DAY
"""A day whose events are gone."""


@pytest.fixture
async def thinned(store: OpenStore) -> OpenStore:
    """A store that has had events removed: one at every full hour of that day, and one a day later."""
    for hour in range(24):
        event = an_event(
            occurred_at=MISSED + hour * HOUR + 7 * MINUTE,
            agent_id=["pricing", "audit"][hour % 2],
            user_id=["ada", "grace"][hour // 2 % 2],
            session_id=f"s{hour}",
        )
        await store.append(event, at=event.occurred_at)
    await store.append(an_event(occurred_at=MISSED + 30 * HOUR, session_id="own", source="shadower"), at=CUTOFF - 1)
    await store.append(an_event(occurred_at=NOW, session_id="today"), at=NOW)
    await store.catch_up()
    await remove(store)
    return store


async def is_short(store: OpenStore, asked: Aggregation) -> bool:
    """Whether an answer says that it may lack something; it says since when everything is there."""
    async with store.snapshot(WORKSPACE) as snapshot:
        assert snapshot.shortfall is None
        await snapshot.tally(asked)
        if snapshot.shortfall is not None:
            assert snapshot.shortfall.received_before == CUTOFF
            assert "2026-01-28T00:00:00Z" in str(snapshot.shortfall)
        return snapshot.shortfall is not None


@pytest.mark.parametrize(
    ("start", "end", "short"),
    [
        (MISSED, MISSED + DAY, False),
        (MISSED + 15 * MINUTE, MISSED + 45 * MINUTE, False),
        (MISSED + 8 * MINUTE, MISSED + DAY, True),
        (MISSED + 16 * MINUTE, MISSED + DAY, False),
        (MISSED, MISSED + DAY - 1, False),
        (MISSED, MISSED + 10 * HOUR + 10 * MINUTE, True),
        (MISSED + 6 * MINUTE, MISSED + 8 * MINUTE, True),
        (MISSED - 3 * DAY - 1, MISSED, False),
        (MISSED - 1, MISSED + 1, False),
        (NOW - HOUR + 1, NOW + 1, False),
        (MISSED + 1, NOW + 1, False),
        (MISSED + 7 * MINUTE, NOW + 1, False),
    ],
)
async def test_ragged_edges_of_what_is_gone_are_told(thinned: OpenStore, start: int, end: int, *, short: bool) -> None:
    """An edge in an empty quarter-hour lacks nothing, nor does one with nothing at all before or behind it."""
    assert await is_short(thinned, Aggregation([start, end], Needs.SUMS)) is short


@pytest.mark.parametrize(
    ("filters", "group_by", "short"),
    [
        ({Dimension.AGENT: one_of("pricing"), Dimension.USER: one_of("ada")}, None, True),
        ({Dimension.AGENT: one_of("pricing"), Dimension.USER: one_of("nobody")}, None, False),
        ({Dimension.AGENT: one_of("nobody"), Dimension.USER: one_of("ada")}, None, False),
        ({Dimension.AGENT: one_of("pricing")}, Dimension.USER, True),
        ({Dimension.SESSION: one_of("s3")}, None, True),
        ({Dimension.SESSION: one_of("today")}, None, False),
        ({Dimension.SESSION: one_of("s3"), Dimension.SOURCE: one_of("cron")}, None, False),
        ({}, Dimension.SESSION, True),
        ({Dimension.MODEL: one_of("none")}, Dimension.SESSION, False),
        ({Dimension.SESSION: one_of("today", "s3")}, None, True),
        ({Dimension.SESSION: one_of("today", "never")}, None, False),
        ({Dimension.SESSION: one_of("today", None)}, None, True),
        ({Dimension.AGENT: one_of("pricing", "audit"), Dimension.USER: one_of("grace")}, None, True),
        ({Dimension.AGENT: Present()}, None, True),
        ({Dimension.AGENT: Present(), Dimension.MODEL: one_of("none")}, None, False),
        ({"correlation_id": one_of("c")}, None, True),
        ({"correlation_id": one_of("c"), Dimension.AGENT: one_of("nobody")}, None, False),
    ],
)
async def test_what_pages_cannot_tell_apart_is_told_when_it_may_have_been_there(
    thinned: OpenStore, filters: Filters, group_by: Dimension | None, *, short: bool
) -> None:
    asked = Aggregation([MISSED, MISSED + DAY], Needs.SUMS, filters, group_by)
    assert await is_short(thinned, asked) is short
    later = Aggregation([MIDNIGHT, MIDNIGHT + DAY], Needs.SUMS, filters, group_by)
    assert not await is_short(thinned, later)


async def test_the_ids_of_shadowers_own_events_are_in_no_set_so_they_may_always_be_meant(thinned: OpenStore) -> None:
    asked = Aggregation([MISSED + DAY, MISSED + 2 * DAY], Needs.SUMS, {Dimension.SESSION: one_of("today")})
    assert await is_short(thinned, asked)


async def test_once_something_may_be_missing_the_snapshot_goes_on_saying_so(thinned: OpenStore) -> None:
    async with thinned.snapshot(WORKSPACE) as snapshot:
        await snapshot.tally(Aggregation([MISSED + 8 * MINUTE, MISSED + DAY], Needs.SUMS))
        await snapshot.tally(Aggregation([MISSED, MISSED + DAY], Needs.SUMS))
        assert snapshot.shortfall is not None


async def test_lists_go_on_where_the_events_are_gone(thinned: OpenStore) -> None:
    async with thinned.snapshot(WORKSPACE) as snapshot:
        sessions = await snapshot.sessions(Criteria(), Order.NEWEST, 10)
        assert [session.id for session in sessions] == ["today"]
        assert await snapshot.events(Criteria(), Order.OLDEST, 10, Place(MISSED, 1)) == await arrived(snapshot)
