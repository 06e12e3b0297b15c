"""Projections: durable cursors, moved only under the newest lease, whoever believes to have one."""

import asyncio

import pytest

from shadower.application.ports.projection_cursors import ProjectionStatus
from shadower.domain.events.event import Position
from shadower.domain.events.moments import SECOND
from shadower.domain.projections.lease import Lease, LeaseLost, ProjectionNotFound, ProjectionState
from shadower.testing import NOW, an_event
from tests.stores import SQL_STORES, OpenStore

LONG = 3600.0
SHORT = 0.2
START = Position(0)


@pytest.fixture
async def registered(store: OpenStore) -> OpenStore:
    """A store with the row of a projection `mails`."""
    async with store.begin() as work:
        await work.projections.register("mails", history=True)
        await work.commit()
    return store


async def acquire(store: OpenStore, owner: str = "one", seconds: float = LONG) -> Lease | None:
    async with store.begin() as work:
        acquired = await work.projections.acquire("mails", owner, seconds)
        await work.commit()
    return None if acquired is None else acquired[0]


async def acquired(store: OpenStore, owner: str = "one", seconds: float = LONG) -> Lease:
    lease = await acquire(store, owner, seconds)
    assert lease is not None
    return lease


async def move(store: OpenStore, lease: Lease, since: int, to: int) -> None:
    async with store.begin() as work:
        await work.projections.check(lease)
        await work.projections.move(lease, Position(since), Position(to), NOW)
        await work.commit()


async def status(store: OpenStore, name: str = "mails") -> ProjectionStatus:
    async with store.begin(reading=True) as work:
        (found,) = await work.projections.statuses([name])
    return found


async def run_out(store: OpenStore) -> None:
    """Let short leases run out, by whatever clock the store goes."""
    store.clock.move(SECOND)
    await asyncio.sleep(SHORT * 1.5)


async def test_a_new_projection_begins_before_the_first_event_and_nobody_runs_it(registered: OpenStore) -> None:
    await registered.append(an_event(), an_event())
    assert await status(registered) == ProjectionStatus(
        "mails", 1, cursor=0, head=2, moved_at=None, oldest_waiting_at=NOW
    )


async def test_without_history_a_new_projection_begins_with_what_comes(store: OpenStore) -> None:
    await store.append(an_event(), an_event())
    for _ in range(2):
        async with store.begin() as work:
            await work.projections.register("mails", history=False)
            await work.commit()
        await store.append(an_event())
    assert (await status(store)).cursor == 2


async def test_registering_again_moves_nothing(registered: OpenStore) -> None:
    await move(registered, await acquired(registered), 0, 7)
    async with registered.begin() as work:
        await work.projections.register("mails", history=True)
        await work.commit()
    assert (await status(registered)).cursor == 7


async def test_a_projection_that_has_not_begun_waits_for_everything(store: OpenStore) -> None:
    await store.append(an_event())
    found = await status(store, "unheard-of")
    assert (found.cursor, found.head, found.oldest_waiting_at, found.owner) == (0, 1, NOW, None)


async def test_all_rows_have_a_name_and_a_rebuild_is_none_of_them(registered: OpenStore) -> None:
    rebuilding = registered.rollups.rebuild()
    await anext(rebuilding)
    async with registered.begin(reading=True) as work:
        names = set(await work.projections.names())
    assert names - {"rollups"} == {"mails"}
    await rebuilding.aclose()  # type: ignore[attr-defined]


async def test_of_many_that_want_the_lease_one_gets_it(registered: OpenStore) -> None:
    twin = await registered.twin()
    asked = [acquire(each, f"runner-{number}") for number, each in enumerate([registered, twin] * 6)]
    leases = [lease for lease in await asyncio.gather(*asked) if lease is not None]
    assert len(leases) == 1
    assert (await status(registered)).owner == leases[0].owner


async def test_a_lease_in_force_is_free_for_nobody_and_one_that_has_run_out_for_everybody(
    registered: OpenStore,
) -> None:
    async def is_free() -> bool:
        async with registered.begin(reading=True) as work:
            return list(await work.projections.free(["mails", "unheard-of"])) == ["mails"]

    assert await is_free()
    await acquired(registered, seconds=SHORT)
    assert not await is_free()
    assert await acquire(registered, "two") is None
    await run_out(registered)
    assert await is_free()
    assert (await status(registered)).owner is None
    assert (await acquired(registered, "two")).owner == "two"


async def test_each_lease_has_a_greater_token_than_the_one_before(registered: OpenStore) -> None:
    tokens = []
    for _ in range(3):
        lease = await acquired(registered)
        tokens.append(lease.token)
        async with registered.begin() as work:
            await work.projections.release(lease)
            await work.commit()
    assert tokens == sorted(set(tokens))


async def test_the_lease_comes_with_the_cursor(registered: OpenStore) -> None:
    lease = await acquired(registered)
    await move(registered, lease, 0, 5)
    async with registered.begin() as work:
        await work.projections.release(lease)
        assert await work.projections.acquire("mails", "two", LONG) == (Lease("mails", "two", lease.token + 1), 5)


async def test_a_renewed_lease_goes_on_and_one_taken_over_is_told_as_lost(registered: OpenStore) -> None:
    first = await acquired(registered, seconds=SHORT)
    await run_out(registered)
    async with registered.begin() as work:
        assert list(await work.projections.renew([first], LONG)) == []
        await work.commit()
    assert await acquire(registered, "two") is None
    async with registered.begin() as work:
        await work.projections.renew([first], SHORT)
        await work.commit()
    await run_out(registered)
    second = await acquired(registered, "two")
    async with registered.begin() as work:
        assert list(await work.projections.renew([first, second], LONG)) == [first]
        await work.commit()


async def test_a_runner_that_lost_its_lease_moves_nothing(registered: OpenStore) -> None:
    """The frozen one wakes up and knows nothing of what happened meanwhile."""
    frozen = await acquired(registered, "frozen", SHORT)
    await move(registered, frozen, 0, 3)
    await run_out(registered)
    await move(registered, await acquired(registered, "successor"), 3, 8)
    async with registered.begin() as work:
        with pytest.raises(LeaseLost):
            await work.projections.check(frozen)
        with pytest.raises(LeaseLost):
            await work.projections.move(frozen, Position(3), Position(5), NOW)
        with pytest.raises(LeaseLost):
            await work.projections.move(frozen, Position(8), Position(9), NOW)
        with pytest.raises(LeaseLost):
            await work.projections.note_failure(frozen, 1, "It was late.", NOW)
        await work.projections.release(frozen)
        await work.commit()
    found = await status(registered)
    assert (found.cursor, found.owner, found.last_error) == (8, "successor", None)


async def test_the_cursor_moves_only_from_where_it_is(registered: OpenStore) -> None:
    """A commit whose answer was lost has moved it: doing the same again must fail."""
    lease = await acquired(registered)
    await move(registered, lease, 0, 4)
    with pytest.raises(LeaseLost):
        await move(registered, lease, 0, 4)
    assert (await status(registered)).cursor == 4


async def test_two_steps_at_once_under_one_lease_are_one(registered: OpenStore) -> None:
    twin = await registered.twin()
    lease = await acquired(registered)
    moves = (move(each, lease, 0, 6) for each in [registered, twin] * 3)
    ends = await asyncio.gather(*moves, return_exceptions=True)
    assert [end for end in ends if not isinstance(end, LeaseLost)] == [None]
    assert (await status(registered)).cursor == 6


async def test_a_move_left_without_commit_never_happened(registered: OpenStore) -> None:
    lease = await acquired(registered)
    async with registered.begin() as work:
        await work.projections.move(lease, START, Position(4), NOW)
    assert (await status(registered)).cursor == 0
    await move(registered, lease, 0, 2)


async def test_failures_are_remembered_until_the_cursor_moves_and_the_last_error_beyond(
    registered: OpenStore,
) -> None:
    lease = await acquired(registered)
    async with registered.begin() as work:
        await work.projections.note_failure(lease, 3, "The receiver is away.", NOW + 5)
        await work.commit()
    found = await status(registered)
    assert (found.failures, found.last_error, found.last_error_at) == (3, "The receiver is away.", NOW + 5)
    await move(registered, lease, 0, 1)
    found = await status(registered)
    assert (found.failures, found.last_error, found.moved_at) == (0, "The receiver is away.", NOW)


async def test_nothing_moves_a_paused_projection_and_nobody_acquires_it(registered: OpenStore) -> None:
    lease = await acquired(registered)
    async with registered.begin() as work:
        await work.projections.pause("mails")
        await work.commit()
    assert await acquire(registered) is None
    with pytest.raises(LeaseLost):
        await move(registered, lease, 0, 1)
    found = await status(registered)
    assert (found.state, found.owner, found.cursor) == (ProjectionState.PAUSED, None, 0)
    async with registered.begin() as work:
        assert list(await work.projections.free(["mails"])) == []
        await work.projections.resume("mails")
        await work.commit()
    await move(registered, await acquired(registered), 0, 1)


async def test_a_step_under_way_ends_before_a_pause_does(registered: OpenStore) -> None:
    """Whoever paused it may rely on the cursor from then on."""
    twin = await registered.twin()
    lease = await acquired(registered)

    async def pause() -> int:
        async with twin.begin() as work:
            await work.projections.pause("mails")
            await work.commit()
        return (await status(twin)).cursor

    async with registered.begin() as work:
        await work.projections.move(lease, START, Position(3), NOW)
        pausing = asyncio.create_task(pause())
        await asyncio.sleep(0.05)
        assert not pausing.done()
        await work.commit()
    assert await pausing == 3


async def test_whoever_runs_a_projection_that_is_rewound_begins_again_from_there(registered: OpenStore) -> None:
    lease = await acquired(registered)
    await move(registered, lease, 0, 9)
    async with registered.begin() as work:
        await work.projections.rewind("mails", Position(4))
        await work.commit()
    with pytest.raises(LeaseLost):
        await move(registered, lease, 9, 10)
    async with registered.begin() as work:
        found = await work.projections.acquire("mails", "one", LONG)
    assert found is not None
    assert found[1] == 4


async def test_a_locked_projection_is_moved_by_nobody_else(registered: OpenStore) -> None:
    twin = await registered.twin()
    lease = await acquired(registered)
    async with twin.begin() as work:
        await work.projections.lock("mails")
        moving = asyncio.create_task(move(registered, lease, 0, 1))
        await asyncio.sleep(0.05)
        assert not moving.done()
        assert (await status(registered)).cursor == 0
    await moving
    assert (await status(registered)).cursor == 1


async def test_a_projection_without_a_row_is_not_found(store: OpenStore) -> None:
    async with store.begin() as work:
        for ask in (
            work.projections.acquire("unheard-of", "one", LONG),
            work.projections.lock("unheard-of"),
            work.projections.rewind("unheard-of", START),
            work.projections.pause("unheard-of"),
            work.projections.resume("unheard-of"),
        ):
            with pytest.raises(ProjectionNotFound):
                await ask


@pytest.mark.parametrize("store", SQL_STORES, indirect=True)
async def test_rollups_move_only_under_the_newest_lease(store: OpenStore) -> None:
    async with store.begin() as work:
        acquired = await work.projections.acquire("rollups", "frozen", SHORT)
        await work.commit()
    assert acquired is not None
    await store.append(an_event(), an_event(), an_event())
    assert await store.rollups.advance(1, acquired[0]) == 1
    await run_out(store)
    async with store.begin() as work:
        successor = await work.projections.acquire("rollups", "successor", LONG)
        await work.commit()
    assert successor is not None
    assert await store.rollups.advance(1, acquired[0]) == 0
    assert (await status(store, "rollups")).cursor == 1
    assert await store.rollups.advance(5, successor[0]) == 2
