"""Rollups: a projection that can be behind, rebuilt and recounted, and never changes an answer."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql import consolidation
from shadower.adapters.sql.names import Kind
from shadower.adapters.sql.numbering import Numbering
from shadower.application.ports.progress import Progress
from shadower.application.ports.projection_cursors import ProjectionStatus
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.filters import one_of
from shadower.domain.events.moments import DAY, HOUR
from shadower.domain.metrics.question import Aggregation, Dimension
from shadower.domain.metrics.spans import Width
from shadower.domain.metrics.tally import Needs, Tally
from shadower.domain.workspaces.workspace import Weekday
from shadower.testing import NOW, an_event
from tests.stores import OpenStore

WORKSPACE = WorkspaceId(1)
QUESTIONS = [
    Aggregation([NOW - 9 * DAY - NOW % DAY, NOW + DAY], Needs.ALL, filters, group_by)
    for filters, group_by in (
        ({}, None),
        ({}, Dimension.AGENT),
        ({Dimension.USER: one_of("ada")}, Dimension.TYPE),
        ({Dimension.MODEL: one_of("small-1")}, Dimension.STATUS),
        ({Dimension.AGENT: one_of("agent-1")}, Dimension.TYPE),
        ({Dimension.AGENT: one_of("agent-1", "agent-2")}, Dimension.TYPE),
        ({Dimension.AGENT: one_of(None)}, None),
        ({Dimension.TYPE: one_of("agent.executed", "agent.failed"), Dimension.STATUS: one_of("success", None)}, None),
    )
]


def some_events(count: int, start: int = 0) -> list[object]:
    return [
        an_event(
            occurred_at=NOW - number % 7 * DAY - number % 24 * HOUR,
            user_id=["ada", "grace", None][number % 3],
            agent_id=f"agent-{number % 5}",
            session_id=f"s{number}",
            type=["agent.executed", "user.login"][number % 2],
        )
        for number in range(start, start + count)
    ]


async def answers(store: OpenStore) -> list[object]:
    async with store.snapshot(WORKSPACE) as snapshot:
        tallies = [await snapshot.tally(question) for question in QUESTIONS]
    return [
        {group: {i: plain(tally) for i, tally in buckets.items()} for group, buckets in one.items()} for one in tallies
    ]


def plain(tally: Tally) -> tuple[object, ...]:
    sizes = (len(tally.users or ()), len(tally.agents or ()), len(tally.sessions or ()))
    return (tally.events, tally.executions, tally.duration_sum, tally.cost, dict(tally.histogram.items()), *sizes)


async def status(store: OpenStore) -> ProjectionStatus:
    async with store.begin(reading=True) as work:
        (found,) = await work.projections.statuses(["rollups"])
    return found


async def finished(steps: object) -> list[Progress]:
    async with aclosing(steps) as progress:  # type: ignore[type-var]
        return [step async for step in progress]  # type: ignore[attr-defined]


async def differences(store: OpenStore) -> list[str]:
    steps = await finished(store.rollups.verify())
    assert steps[-1].done == steps[-1].total
    return [difference for step in steps for difference in step.differences]


async def test_the_rollups_are_a_projection_that_tells_how_far_it_is(store: OpenStore) -> None:
    fresh = await status(store)
    assert (fresh.name, fresh.cursor, fresh.head, fresh.oldest_waiting_at) == ("rollups", 0, 0, None)
    await store.append(*some_events(3), at=NOW - HOUR)  # type: ignore[arg-type]
    await store.append(*some_events(3, 3), at=NOW)  # type: ignore[arg-type]
    behind = await status(store)
    assert behind.head == 6
    assert behind.oldest_waiting_at == (NOW - HOUR if behind.cursor < 6 else None)
    await store.catch_up()
    caught_up = await status(store)
    assert (caught_up.cursor, caught_up.head, caught_up.oldest_waiting_at) == (6, 6, None)
    assert caught_up.moved_at == NOW


async def test_a_step_ends_though_new_names_never_stop_coming(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    give = Numbering.give

    async def and_more_come(numbering: Numbering, missing: dict[tuple[int, Kind], list[str]]) -> None:
        await give(numbering, missing)
        await store.append(an_event(session_id=str(uuid4())))

    monkeypatch.setattr(Numbering, "give", and_more_come)
    await store.append(*some_events(3))  # type: ignore[arg-type]
    async with asyncio.timeout(10):
        await store.rollups.advance(100)
    assert (await status(store)).cursor >= 3


async def test_advancing_takes_in_at_most_what_it_is_told_and_says_how_much(store: OpenStore) -> None:
    await store.append(*some_events(25))  # type: ignore[arg-type]
    taken = []
    while step := await store.rollups.advance(10):
        taken.append(step)
        assert (await status(store)).cursor == sum(taken)
    assert taken in ([10, 10, 5], [])
    assert await store.rollups.advance(10) == 0


async def test_answers_are_the_same_wherever_the_rollups_are(store: OpenStore) -> None:
    await store.append(*some_events(120))  # type: ignore[arg-type]
    before = await answers(store)
    while await store.rollups.advance(23):
        assert await answers(store) == before
    assert await answers(store) == before


async def test_a_snapshot_stays_exact_while_the_rollups_move_on(store: OpenStore) -> None:
    await store.append(*some_events(60))  # type: ignore[arg-type]
    await store.rollups.advance(20)
    expected = await answers(store)
    async with store.snapshot(WORKSPACE) as snapshot:
        first = await snapshot.tally(QUESTIONS[0])
        await store.append(*some_events(60, 60))  # type: ignore[arg-type]
        await store.catch_up()
        again = await snapshot.tally(QUESTIONS[0])
    assert {i: plain(t) for i, t in first[None].items()} == {i: plain(t) for i, t in again[None].items()}
    assert await answers(store) != expected


async def test_of_several_that_advance_at_once_each_event_is_taken_in_once(store: OpenStore) -> None:
    twin = await store.twin()
    await store.append(*some_events(200))  # type: ignore[arg-type]
    before = await answers(store)
    taken = 0
    for _ in range(12):
        taken += sum(await asyncio.gather(*(each.rollups.advance(30) for each in (store, twin, store, twin))))
    assert taken in (200, 0)
    assert (await status(store)).cursor == 200
    assert await answers(store) == before
    assert await differences(store) == []


async def test_a_recount_finds_no_difference(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    await store.append(*some_events(90))  # type: ignore[arg-type]
    await store.append(*some_events(30), workspace=elsewhere)  # type: ignore[arg-type]
    await store.rollups.advance(70)
    assert await differences(store) == []
    await store.catch_up()
    assert await differences(store) == []


async def test_a_recount_of_an_empty_store_ends(store: OpenStore) -> None:
    assert await differences(store) == []
    assert (await finished(store.rollups.rebuild()))[-1].differences == ()


async def test_rollups_made_anew_answer_as_before(store: OpenStore) -> None:
    await store.append(*some_events(150))  # type: ignore[arg-type]
    await store.catch_up()
    before = await answers(store)
    generation = (await status(store)).generation
    steps = await finished(store.rollups.rebuild())
    assert steps[-1].done == steps[-1].total
    assert await answers(store) == before
    assert await differences(store) == []
    after = await status(store)
    assert after.generation > generation or store.kind == "memory"
    assert after.cursor == 150


async def test_the_service_goes_on_while_rollups_are_made_anew(store: OpenStore) -> None:
    await store.append(*some_events(300))  # type: ignore[arg-type]
    await store.catch_up()
    sent = 300
    async for _ in store.rollups.rebuild():
        await store.append(*some_events(20, sent))  # type: ignore[arg-type]
        sent += 20
        await store.rollups.advance(50)
        async with store.snapshot(WORKSPACE) as snapshot:
            tallies = await snapshot.tally(QUESTIONS[0])
        assert tallies[None][0].events == sent
        if sent > 600:
            break
    await store.catch_up()
    async with store.snapshot(WORKSPACE) as snapshot:
        assert (await snapshot.tally(QUESTIONS[0]))[None][0].events == sent
    assert await differences(store) == []


async def test_a_rebuild_given_up_halfway_changes_no_answer_and_can_be_made_again(store: OpenStore) -> None:
    await store.append(*some_events(200))  # type: ignore[arg-type]
    await store.catch_up()
    before = await answers(store)
    async with aclosing(store.rollups.rebuild()) as progress:  # type: ignore[type-var]
        async for _ in progress:
            break
    assert await answers(store) == before
    assert await differences(store) == []
    await finished(store.rollups.rebuild())
    assert await answers(store) == before


async def consolidate(store: OpenStore) -> int:
    """Add up every span there is; return how many."""
    store.clock.move(40 * DAY)
    done = 0
    while step := await store.rollups.consolidate(4):
        done += step
    store.clock.move(-40 * DAY)
    return done


async def test_what_is_added_up_beforehand_changes_no_answer(store: OpenStore) -> None:
    await store.append(*some_events(150))  # type: ignore[arg-type]
    before = await answers(store)
    await store.rollups.advance(90)
    assert await consolidate(store) > 10 or store.kind == "memory"
    assert await answers(store) == before
    await store.catch_up()
    assert await answers(store) == before
    assert await consolidate(store) > 10 or store.kind == "memory"
    assert await answers(store) == before
    assert await differences(store) == []


async def test_nothing_is_added_up_twice(store: OpenStore) -> None:
    await store.append(*some_events(30))  # type: ignore[arg-type]
    await store.catch_up()
    await consolidate(store)
    assert await consolidate(store) == 0


async def test_only_as_many_workspaces_are_looked_at_as_it_takes(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.new_workspace("second")
    for workspace in (1, 2):
        await store.append(an_event(occurred_at=NOW - 9 * DAY), workspace=workspace)
    await store.catch_up()
    looked_at: set[int] = set()
    days_with_events = consolidation._days_with_events

    async def seen(connection: AsyncConnection, generation: int, workspace: int) -> Sequence[int]:
        looked_at.add(workspace)
        return await days_with_events(connection, generation, workspace)

    monkeypatch.setattr(consolidation, "_days_with_events", seen)
    done = await store.rollups.consolidate(1)
    assert (done, looked_at) == ((0, set()) if store.kind == "memory" else (1, {1}))


async def test_a_late_event_is_in_every_answer_at_once(store: OpenStore) -> None:
    await store.append(*some_events(60))  # type: ignore[arg-type]
    await store.catch_up()
    await consolidate(store)
    await store.append(an_event(occurred_at=NOW - 5 * DAY, user_id="late", cost=7))
    with_it = await answers(store)
    assert with_it[0][None][0][0] == 61  # type: ignore[index]
    await store.catch_up()
    assert await answers(store) == with_it
    assert await differences(store) == []
    await consolidate(store)
    assert await answers(store) == with_it
    assert await differences(store) == []


async def test_another_calendar_is_added_up_in_its_place(store: OpenStore) -> None:
    await store.append(*some_events(90))  # type: ignore[arg-type]
    await store.catch_up()
    before = await answers(store)
    await consolidate(store)
    async with store.begin() as work:
        workspace = await work.workspaces.get(WORKSPACE)
        await work.workspaces.save(workspace.changed(time_zone="Asia/Kathmandu", first_weekday=Weekday.SUNDAY))
        await work.commit()
    assert await answers(store) == before
    await consolidate(store)
    assert await answers(store) == before
    assert await differences(store) == []


async def test_a_week_is_not_added_up_without_the_day_that_a_late_event_has_just_dropped(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.append(*some_events(60))  # type: ignore[arg-type]
    await store.catch_up()
    twin = await store.twin()
    make = consolidation.Consolidation._consolidate
    late: list[str] = []

    async def a_moment_later(self: consolidation.Consolidation, one: consolidation.SpanOf) -> bool:
        if one.span.width is not Width.DAY and not late:
            late.append("a day of it")
            await twin.append(an_event(occurred_at=one.span.end - DAY, user_id="late"))
            await twin.rollups.advance(50)
        return await make(self, one)

    monkeypatch.setattr(consolidation.Consolidation, "_consolidate", a_moment_later)
    await consolidate(store)
    await consolidate(store)
    assert late or store.kind == "memory"
    assert await differences(store) == []


async def test_events_that_come_while_spans_are_added_up_are_never_forgotten(store: OpenStore) -> None:
    twin = await store.twin()
    await store.append(*some_events(80))  # type: ignore[arg-type]
    store.clock.move(40 * DAY)

    async def keep_coming() -> None:
        for number in range(25):
            await twin.append(*some_events(4, 80 + 4 * number))  # type: ignore[arg-type]
            await twin.rollups.advance(50)

    coming = asyncio.create_task(keep_coming())
    while not coming.done():
        await store.rollups.consolidate(3)
        await asyncio.sleep(0)
    await coming
    await store.catch_up()
    assert await differences(store) == []
    while await store.rollups.consolidate(10):
        pass
    assert await differences(store) == []
    assert (await answers(store))[0][None][0][0] == 180  # type: ignore[index]
