"""BeginWork and Work: all of it or nothing, seen by nobody before, and nothing left behind."""

import asyncio

import pytest

from shadower.application.ports.jobs import JobCriteria
from shadower.application.ports.schedules import Slot
from shadower.application.ports.work import SignIn, Work
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.events.moments import HOUR
from shadower.domain.keys.key import ApiKey, Scope, digest_of
from shadower.domain.platform.act import key_issued
from shadower.domain.workspaces.workspace import Weekday, WorkspaceNotFound
from shadower.testing import NOW, a_batch, a_job, a_refused_event, an_event, an_unhandled_event
from tests.patience import SOON
from tests.stores import OpenStore

WORKSPACE = WorkspaceId(1)


async def change_everything(work: Work) -> ApiKey:
    """Write to every table a unit of work may write to."""
    added = await work.workspaces.add("sales", "Sales", "UTC", Weekday.MONDAY, NOW)
    workspace = await work.workspaces.get(WORKSPACE)
    await work.workspaces.save(workspace.changed(name="Changed"))
    key = await work.keys.add(added.id, "a key", digest_of("shd_one"), "shd_one", frozenset({Scope.READ}), NOW)
    await work.keys.touch({key.id: NOW + HOUR})
    await work.sign_ins.add(SignIn(digest_of("cookie"), key.id, NOW, NOW + HOUR))
    (entry,) = await work.quarantine.list(WORKSPACE, code=None, start=None, end=None, state=None, limit=2)
    await work.quarantine.mark_replayed(entry.id, NOW, an_event().id)
    await work.quarantine.set_aside(WORKSPACE, a_refused_event(projection="mails"), NOW)
    await work.projections.register("mails", history=True)
    await work.projections.pause("mails")
    await work.read_models.put("mails", WORKSPACE, {"ada": {"letters": 1}})
    job, _ = await work.jobs.add(a_job(idempotency_key="once"))
    await work.jobs.save(job.claim(NOW))
    await work.schedules.lock(("upkeep", None), NOW)
    await work.schedules.add(Slot("upkeep", None, NOW, job.id))
    await work.bus_groups.join("mail", Position(1), NOW)
    await work.dead_letters.keep(an_unhandled_event(), NOW)
    await work.outbox.put(key_issued(key))
    return key


async def seen(work: Work) -> dict[str, object]:
    """Read every table a unit of work may write to."""
    key = await work.keys.find_by_digest(digest_of("shd_one"))
    return {
        "workspaces": list(await work.workspaces.all()),
        "key": key,
        "sign-in": await work.sign_ins.find(digest_of("cookie")),
        "jobs": list(await work.jobs.list(JobCriteria(WORKSPACE), 9)),
        "marks": await work.schedules.marks(),
        "slots": list(await work.schedules.latest(WORKSPACE)),
        "quarantine": list(await work.quarantine.list(WORKSPACE, code=None, start=None, end=None, state=None, limit=9)),
        "projections": list(await work.projections.statuses(["mails", *await work.projections.names()])),
        "read models": list(await work.read_models.list("mails", WORKSPACE, 9)),
        "groups": await work.bus_groups.places(),
        "dead letters": list(await work.dead_letters.list(None, limit=9)),
        "outbox": list(await work.outbox.oldest(9)),
    }


@pytest.fixture
async def filled(store: OpenStore) -> OpenStore:
    await store.send(a_batch(refused=[a_refused_event()]))
    return store


async def test_work_left_without_commit_never_happened(filled: OpenStore) -> None:
    async with filled.begin(reading=True) as work:
        before = await seen(work)
    async with filled.begin() as work:
        await change_everything(work)
    for reading in (False, True):
        async with filled.begin(reading=reading) as work:
            assert await seen(work) == before


async def test_work_left_by_an_error_never_happened(filled: OpenStore) -> None:
    async with filled.begin(reading=True) as work:
        before = await seen(work)

    async def fail() -> None:
        async with filled.begin() as work:
            await change_everything(work)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    async with filled.begin(reading=True) as work:
        assert await seen(work) == before


async def test_committed_work_is_seen_as_a_whole_here_and_by_others(filled: OpenStore) -> None:
    twin = await filled.twin()
    async with filled.begin() as work:
        await change_everything(work)
        mine = await seen(work)
        await work.commit()
    for each in (filled, twin):
        async with each.begin(reading=True) as work:
            assert await seen(work) == mine
    async with filled.begin() as work:
        assert await seen(work) == mine


async def test_what_is_done_after_the_commit_needs_another(filled: OpenStore) -> None:
    async with filled.begin() as work:
        await work.workspaces.add("kept", "Kept", "UTC", Weekday.MONDAY, NOW)
        await work.commit()
        await work.workspaces.add("lost", "Lost", "UTC", Weekday.MONDAY, NOW)
    async with filled.begin(reading=True) as work:
        assert await work.workspaces.find("kept") is not None
        assert await work.workspaces.find("lost") is None


async def test_nobody_sees_work_before_it_is_committed(filled: OpenStore) -> None:
    twin = await filled.twin()
    async with filled.begin(reading=True) as work:
        before = await seen(work)

    async def look(each: OpenStore) -> dict[str, object]:
        async with each.begin(reading=True) as reader:
            return await seen(reader)

    async with filled.begin() as work:
        await change_everything(work)
        assert await asyncio.gather(*(look(each) for each in (filled, twin))) == [before, before]
        await work.commit()
    assert (await look(twin)) != before


async def test_reading_never_waits_for_somebody_who_writes(filled: OpenStore) -> None:
    twin = await filled.twin()
    async with filled.begin() as writing:
        await change_everything(writing)
        async with asyncio.timeout(SOON):
            for each in (filled, twin):
                async with each.begin(reading=True) as work:
                    assert (await work.workspaces.get(WORKSPACE)).name == "Default"
                    (entry,) = await work.quarantine.list(
                        WORKSPACE, code=None, start=None, end=None, state=None, limit=9
                    )
                    assert (await work.quarantine.get(WORKSPACE, entry.id)).count == 1
                    assert len(await work.projections.statuses(["rollups"])) == 1


async def test_a_snapshot_never_waits_for_somebody_who_writes(filled: OpenStore) -> None:
    await filled.append(an_event())
    async with filled.begin() as work:
        await change_everything(work)
        async with asyncio.timeout(SOON), filled.snapshot(WORKSPACE) as snapshot:
            assert await snapshot.extent() == (NOW, NOW)


async def test_work_cancelled_in_the_middle_never_happened_and_holds_no_lock(filled: OpenStore) -> None:
    async def linger() -> None:
        async with filled.begin() as work:
            await change_everything(work)
            await asyncio.sleep(60)

    async with filled.begin(reading=True) as work:
        before = await seen(work)
    lingering = asyncio.create_task(linger())
    await asyncio.sleep(0.1)
    lingering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await lingering
    async with asyncio.timeout(SOON):
        async with filled.begin() as work:
            assert await seen(work) == before
            await change_everything(work)
            await work.commit()


async def test_units_of_work_that_fail_leak_no_connection(filled: OpenStore) -> None:
    async def fails() -> None:
        async with filled.begin() as work:
            await work.workspaces.get(WorkspaceId(404))

    async def lingers() -> None:
        async with filled.begin() as work:
            await work.workspaces.get(WORKSPACE)
            await asyncio.sleep(60)

    for _ in range(6):
        ends = await asyncio.gather(*(fails() for _ in range(4)), return_exceptions=True)
        assert all(isinstance(end, WorkspaceNotFound) for end in ends)
        lingering = [asyncio.create_task(lingers()) for _ in range(4)]
        await asyncio.sleep(0.01)
        for task in lingering:
            task.cancel()
        await asyncio.gather(*lingering, return_exceptions=True)
    async with asyncio.timeout(5):
        async with filled.begin() as work:
            await change_everything(work)
            await work.commit()


async def test_more_units_of_work_than_connections_are_served_in_turn(filled: OpenStore) -> None:
    async def add(number: int) -> None:
        async with filled.begin() as work:
            await work.workspaces.add(f"w{number}", "One of many", "UTC", Weekday.MONDAY, NOW)
            await work.commit()

    await asyncio.gather(*(add(number) for number in range(40)))
    async with filled.begin(reading=True) as work:
        assert len(await work.workspaces.all()) == 41
