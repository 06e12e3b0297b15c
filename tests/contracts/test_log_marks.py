"""Snapshot: what tells whether something that was counted earlier is still true."""

from shadower.application.ports.snapshot import Numbered, Snapshot
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.events.moments import DAY, HOUR
from shadower.domain.metrics.question import Aggregation
from shadower.domain.metrics.tally import Needs
from shadower.testing import NOW, an_event
from tests.stores import OpenStore

WORKSPACE = WorkspaceId(1)
THIS_HOUR = NOW - NOW % HOUR


async def touched(store: OpenStore, after: int, until: int) -> dict[int, int]:
    async with store.snapshot(WORKSPACE) as snapshot:
        found = await snapshot.touched(Position(after), Position(until))
    return {(hour - THIS_HOUR) // HOUR: position for hour, position in found.items()}


async def test_hours_are_told_with_the_last_position_that_touched_them(store: OpenStore) -> None:
    hours = (0, -3, 0, -3, -24, 5)
    await store.append(*(an_event(occurred_at=THIS_HOUR + hour * HOUR) for hour in hours))
    assert await touched(store, 0, 6) == {0: 3, -3: 4, -24: 5, 5: 6}
    assert await touched(store, 2, 4) == {0: 3, -3: 4}
    assert await touched(store, 4, 4) == {}
    assert await touched(store, 5, 2) == {}


async def test_an_hour_begins_with_its_first_and_ends_before_the_next(store: OpenStore) -> None:
    await store.append(*(an_event(occurred_at=THIS_HOUR + at) for at in (-1, 0, HOUR - 1, HOUR)))
    assert await touched(store, 0, 4) == {-1: 1, 0: 3, 1: 4}


async def test_nobody_elses_events_and_none_beyond_the_snapshot_touch_an_hour(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    await store.append(an_event())
    await store.append(an_event(), workspace=elsewhere)
    async with store.snapshot(WORKSPACE) as snapshot:
        await snapshot.extent()
        await store.append(an_event())
        assert await snapshot.touched(Position(0), Position(100)) == {THIS_HOUR: 1}


async def test_marks_tell_events_and_when_they_came_in_whoevers_they_are(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    mine, theirs = an_event(), an_event()
    await store.append(mine)
    await store.append(theirs, workspace=elsewhere, at=NOW + 1)
    async with store.snapshot(WORKSPACE) as snapshot:
        await store.append(an_event())
        wanted = [Position(position) for position in (0, 1, 2, 3, 100)]
        assert await snapshot.marks(wanted) == {1: f"{mine.id} {NOW}", 2: f"{theirs.id} {NOW + 1}"}
        assert await snapshot.marks([]) == {}


async def users_of(snapshot: Snapshot) -> Numbered | None:
    """The largest number in use for a user, None where sets hold the ids themselves."""
    users = (await snapshot.tally(Aggregation([NOW - DAY, NOW + DAY], Needs.USERS)))[None][0].users
    return None if isinstance(users, set) else Numbered(users=max(users or ()))


async def numbering(store: OpenStore, upto: Numbered) -> str | None:
    async with store.snapshot(WORKSPACE) as snapshot:
        return await snapshot.numbering(upto)


async def test_numbers_that_were_given_have_a_mark_that_stays(store: OpenStore) -> None:
    await store.append(*(an_event(user_id=name) for name in ("ada", "grace", "mary")))
    await store.catch_up()
    async with store.snapshot(WORKSPACE) as snapshot:
        numbered = await users_of(snapshot)
    if numbered is None:
        assert store.kind == "memory"
        return
    assert numbered == Numbered(users=3)
    before = [await numbering(store, each) for each in (numbered, Numbered(3, 1, 1))]
    await store.append(an_event(user_id="anna"))
    async with store.snapshot(WORKSPACE) as snapshot:
        assert await snapshot.numbering(await users_of(snapshot) or Numbered()) is None, "it has given that itself"
    await store.catch_up()
    assert [await numbering(store, each) for each in (numbered, Numbered(3, 1, 1))] == before
    assert len({None, *before, await numbering(store, Numbered(users=4))}) == 4


async def test_numbers_that_were_not_given_have_no_mark_and_none_at_all_always_have(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    await store.append(*(an_event(user_id=f"user {number}") for number in range(5)), workspace=elsewhere)
    await store.catch_up()
    assert await numbering(store, Numbered()) == ""
    assert await numbering(store, Numbered(users=1)) is None
