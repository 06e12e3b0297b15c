"""Snapshot: one workspace at one instant, whatever happens meanwhile; single events, extent and the newest."""

import asyncio

import pytest

from shadower.application.ports.snapshot import Criteria, EventNotFound, Order, Snapshot
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.events.filters import Filters, Present, one_of
from shadower.domain.events.moments import DAY, HOUR, MINUTE
from shadower.domain.metrics.question import Aggregation
from shadower.domain.metrics.tally import Needs
from shadower.testing import NOW, a_batch, a_refused_event, an_event
from tests.stores import OpenStore, arrived, told

WORKSPACE = WorkspaceId(1)
ALL_TIME = Aggregation([NOW - 90 * DAY, NOW + DAY], Needs.ALL)


async def everything(snapshot: Snapshot) -> dict[str, object]:
    """Ask every question there is."""
    tallies = await snapshot.tally(ALL_TIME)
    return {
        "events": await snapshot.events(Criteria(), Order.OLDEST, 100),
        "arrivals": await arrived(snapshot),
        "sessions": await snapshot.sessions(Criteria(), Order.NEWEST, 100),
        "extent": await snapshot.extent(),
        "tally": {group: {i: t.events for i, t in buckets.items()} for group, buckets in tallies.items()},
        "users": [len(t.users or ()) for buckets in tallies.values() for t in buckets.values()],
        "position": snapshot.position,
    }


async def test_a_snapshot_never_sees_what_comes_after_it(store: OpenStore) -> None:
    old, late = an_event(client_id="old"), an_event(occurred_at=NOW - DAY, user_id="grace", client_id="late")
    await store.append(old)
    async with store.snapshot(WORKSPACE) as snapshot:
        before = await everything(snapshot)
        await store.append(late, an_event(session_id="another", client_id="old"))
        await store.catch_up()
        assert await everything(snapshot) == before
        assert (await snapshot.event("old")).event.id == old.id
        with pytest.raises(EventNotFound):
            await snapshot.event(late.id)
        with pytest.raises(EventNotFound):
            await snapshot.event("late")
    async with store.snapshot(WORKSPACE) as snapshot:
        assert len(await snapshot.events(Criteria(), Order.OLDEST, 100)) == 3


async def test_a_snapshot_opened_before_the_first_question_is_of_the_moment_it_was_opened(store: OpenStore) -> None:
    async with store.snapshot(WORKSPACE) as snapshot:
        await store.append(an_event())
        assert snapshot.position == 0
        assert await snapshot.extent() is None
        assert await snapshot.tally(ALL_TIME) == {}


async def test_a_snapshot_sees_everything_acknowledged_before_it(store: OpenStore) -> None:
    twin = await store.twin()
    for number in range(1, 6):
        await (twin if number % 2 else store).append(an_event())
        async with store.snapshot(WORKSPACE) as snapshot:
            assert snapshot.position == number
            assert snapshot.as_of == NOW
            assert len(await arrived(snapshot)) == number


async def test_two_snapshots_open_at_once_are_each_of_their_own_instant(store: OpenStore) -> None:
    async with store.snapshot(WORKSPACE) as empty:
        await store.append(an_event())
        async with store.snapshot(WORKSPACE) as one:
            await store.append(an_event())
            assert [empty.position, one.position] == [0, 1]
            assert [len(await arrived(each)) for each in (empty, one)] == [0, 1]


async def test_the_position_is_the_head_of_the_whole_log(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    await store.append(an_event(), an_event())
    async with store.snapshot(elsewhere) as snapshot:
        assert snapshot.position == 2


async def test_a_snapshot_shows_nothing_of_other_workspaces(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    theirs = an_event(client_id="run-7")
    await store.append(theirs)
    async with store.snapshot(elsewhere) as snapshot:
        assert await everything(snapshot) == {
            "events": [],
            "arrivals": [],
            "sessions": [],
            "extent": None,
            "tally": {},
            "users": [],
            "position": 1,
        }
        assert list(await snapshot.intake(0)) == []
        assert list(await snapshot.last_intake()) == []
        for name in (theirs.id, "run-7"):
            with pytest.raises(EventNotFound):
                await snapshot.event(name)


async def test_the_extent_is_the_earliest_and_the_latest_moment(store: OpenStore) -> None:
    await store.append(*(an_event(occurred_at=NOW + offset) for offset in (0, DAY, -3 * DAY, 5)))
    async with store.snapshot(WORKSPACE) as snapshot:
        assert await snapshot.extent() == (NOW - 3 * DAY, NOW + DAY)


async def test_an_event_is_found_by_its_uuid_in_any_case(store: OpenStore) -> None:
    event = an_event(id="0196b7c8-aaaa-7abc-8def-0123456789ab")
    await store.append(event)
    async with store.snapshot(WORKSPACE) as snapshot:
        for name in (event.id, event.id.upper()):
            found = await snapshot.event(name)
            assert told(found) == told(event)
            assert (found.position, found.received_at) == (1, NOW)


async def test_an_event_is_found_by_the_name_its_producer_gave_it(store: OpenStore) -> None:
    event = an_event(client_id="Lauf № 7 · 😀")
    await store.append(an_event(), event, an_event(client_id="lauf № 7 · 😀"))
    async with store.snapshot(WORKSPACE) as snapshot:
        assert told(await snapshot.event("Lauf № 7 · 😀")) == told(event)


async def test_of_several_events_of_one_name_the_newest_is_found(store: OpenStore) -> None:
    first, second = (an_event(client_id="run-7", source=source) for source in ("here", "there"))
    await store.append(second._replace(occurred_at=NOW), first._replace(occurred_at=NOW - DAY))
    async with store.snapshot(WORKSPACE) as snapshot:
        assert (await snapshot.event("run-7")).event.id == first.id


@pytest.mark.parametrize(
    "name", ["nothing", "", "0196b7c8-aaaa-7abc-8def-0123456789ab", "a\0b", "x" * 10_000, "ß%_'\\"]
)
async def test_an_id_nobody_sent_is_not_found(store: OpenStore, name: str) -> None:
    await store.append(an_event())
    async with store.snapshot(WORKSPACE) as snapshot:
        with pytest.raises(EventNotFound):
            await snapshot.event(name)


async def test_arrivals_come_in_the_order_of_the_log_whenever_they_occurred(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    events = [an_event(occurred_at=NOW - number * HOUR) for number in range(5)]
    await store.append(*events[:3])
    await store.append(an_event(), workspace=elsewhere)
    await store.append(*events[3:])
    async with store.snapshot(WORKSPACE) as snapshot:
        assert told(*await arrived(snapshot)) == told(*events)
        assert told(*await arrived(snapshot, 2)) == told(*events[:2])

        async def positions(after: int, until: int, limit: int) -> list[int]:
            found = await snapshot.arrivals(Position(after), Position(until), limit)
            return [one.position for one in found]

        assert await positions(2, 100, 100) == [3, 5, 6]
        assert await positions(2, 5, 100) == [3, 5]
        assert await positions(2, 6, 1) == [3]
        assert await positions(6, 100, 100) == []


async def test_arrivals_go_no_further_than_their_snapshot(store: OpenStore) -> None:
    await store.append(an_event())
    async with store.snapshot(WORKSPACE) as snapshot:
        await snapshot.extent()
        await store.append(an_event())
        found = await snapshot.arrivals(Position(0), Position(100), 10)
        assert [one.position for one in found] == [1]


async def test_intake_is_counted_per_minute_key_source_and_outcome(store: OpenStore) -> None:
    event, other = an_event(source="excel"), an_event(source="api")
    refused = [a_refused_event(), a_refused_event(source="excel", code="unknown_field")]
    await store.send(a_batch(event, other, an_event(source="api"), refused=refused))
    await store.send(a_batch(event, an_event(id=other.id, source="api", user_id="grace"), received_at=NOW + MINUTE + 7))
    async with store.snapshot(WORKSPACE) as snapshot:
        counts = await snapshot.intake(0)
    start = NOW - NOW % MINUTE
    assert [count.minute for count in counts] == sorted(count.minute for count in counts)
    assert {(c.minute - start, c.key, c.source, str(c.outcome), c.code, c.events, c.last_at) for c in counts} == {
        (0, None, "excel", "stored", "", 1, NOW),
        (0, None, "api", "stored", "", 2, NOW),
        (0, None, "", "rejected", "type_invalid", 1, NOW),
        (0, None, "excel", "rejected", "unknown_field", 1, NOW),
        (MINUTE, None, "excel", "duplicate", "", 1, NOW + MINUTE + 7),
        (MINUTE, None, "api", "conflict", "id_conflict", 1, NOW + MINUTE + 7),
    }


async def test_intake_adds_up_over_batches_and_keys_are_told_apart(store: OpenStore) -> None:
    batches = [a_batch(an_event(), received_at=NOW + offset, key=key) for offset in (3, 1, 2) for key in (None, 5, 6)]  # type: ignore[arg-type]
    await store.log.append(batches)
    await store.append(an_event(), at=NOW)
    async with store.snapshot(WORKSPACE) as snapshot:
        counts = {count.key: (count.events, count.last_at) for count in await snapshot.intake(0)}
        assert counts == {None: (4, NOW + 3), 5: (3, NOW + 3), 6: (3, NOW + 3)}


async def test_intake_is_told_from_a_minute_on(store: OpenStore) -> None:
    start = NOW - NOW % MINUTE
    for minutes in (2, 0, 1):
        await store.append(an_event(), at=start + minutes * MINUTE)
    async with store.snapshot(WORKSPACE) as snapshot:
        assert [count.minute for count in await snapshot.intake(start + MINUTE)] == [start + MINUTE, start + 2 * MINUTE]
        assert [count.minute for count in await snapshot.intake(start + MINUTE + 1)] == [start + 2 * MINUTE]
        assert list(await snapshot.intake(start + 3 * MINUTE)) == []


async def test_the_last_intake_is_told_per_key_and_source_with_its_total(store: OpenStore) -> None:
    event = an_event(source="excel")
    await store.send(a_batch(event, an_event(source="excel"), an_event(), key=5))  # type: ignore[arg-type]
    await store.send(a_batch(an_event(source="excel"), received_at=NOW + 3 * MINUTE, key=5))  # type: ignore[arg-type]
    await store.send(a_batch(event, received_at=NOW + 9 * MINUTE, refused=[a_refused_event(source="excel")], key=5))  # type: ignore[arg-type]
    async with store.snapshot(WORKSPACE) as snapshot:
        last = await snapshot.last_intake()
    assert {(one.key, one.source, one.events, one.last_at, one.minute) for one in last} == {
        (5, "excel", 3, NOW + 3 * MINUTE, NOW - NOW % MINUTE + 3 * MINUTE),
        (5, "api", 1, NOW, NOW - NOW % MINUTE),
    }


async def test_intake_in_a_snapshot_stays_as_it_was(store: OpenStore) -> None:
    await store.append(an_event())
    async with store.snapshot(WORKSPACE) as snapshot:
        before = (list(await snapshot.intake(0)), list(await snapshot.last_intake()))
        await store.append(an_event(), an_event(source="excel"))
        assert (list(await snapshot.intake(0)), list(await snapshot.last_intake())) == before


async def test_snapshots_left_by_an_error_or_a_cancellation_leak_nothing(store: OpenStore) -> None:
    async def fails() -> None:
        async with store.snapshot(WORKSPACE) as snapshot:
            await snapshot.extent()
            raise LookupError

    async def lingers() -> None:
        async with store.snapshot(WORKSPACE) as snapshot:
            await snapshot.extent()
            await asyncio.sleep(60)

    for _ in range(6):
        assert all(
            isinstance(end, LookupError)
            for end in await asyncio.gather(*(fails() for _ in range(4)), return_exceptions=True)
        )
        lingering = [asyncio.create_task(lingers()) for _ in range(4)]
        await asyncio.sleep(0.01)
        for task in lingering:
            task.cancel()
        await asyncio.gather(*lingering, return_exceptions=True)
    async with asyncio.timeout(5), store.snapshot(WORKSPACE) as snapshot:
        assert await snapshot.extent() is None
    await store.append(an_event())


async def test_more_snapshots_than_connections_are_served_in_turn(store: OpenStore) -> None:
    await store.append(an_event())

    async def look() -> int:
        async with store.snapshot(WORKSPACE) as snapshot:
            return len(await arrived(snapshot))

    assert await asyncio.gather(*(look() for _ in range(40))) == [1] * 40


async def test_of_what_came_in_only_what_passes_is_told(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    await store.append(an_event(user_id="ada"), an_event(user_id="grace"), an_event(user_id=None))
    await store.append(an_event(user_id="ada"), workspace=elsewhere)
    await store.append(an_event(user_id="ada", occurred_at=NOW - DAY), an_event(user_id="mary"))
    async with store.snapshot(WORKSPACE) as snapshot:

        async def positions(after: int, limit: int, filters: Filters) -> list[int]:
            found = await snapshot.arrivals(Position(after), snapshot.position, limit, filters)
            return [one.position for one in found]

        assert await positions(0, 9, {}) == [1, 2, 3, 5, 6]
        assert await positions(0, 9, {"user_id": one_of("ada", None)}) == [1, 3, 5]
        assert await positions(0, 2, {"user_id": one_of("ada", None)}) == [1, 3]
        assert await positions(3, 9, {"user_id": Present()}) == [5, 6]
        assert await positions(0, 9, {"user_id": one_of("nobody")}) == []
