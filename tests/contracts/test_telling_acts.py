"""What the platform does is told in the log of its workspace: every act once, whatever happens in between."""

import asyncio
from collections.abc import Sequence

import pytest

from shadower.adapters.codec.payload import canonical_json
from shadower.adapters.system.meter import SilentMeter
from shadower.adapters.system.secrets import SystemSecrets
from shadower.application.change_workspace import ChangeWorkspace
from shadower.application.create_workspace import CreateWorkspace
from shadower.application.group_commit import GroupCommit
from shadower.application.ingest_events import IngestEvents
from shadower.application.issue_key import IssueKey
from shadower.application.known_callers import KnownCallers
from shadower.application.ports.event_log import EventLog
from shadower.application.revoke_key import RevokeKey
from shadower.application.tell_acts import MOST, TellActs
from shadower.domain.errors import StoreUnavailable
from shadower.domain.events.admission import Admission
from shadower.domain.events.event import OWN_SOURCE, Event, Position, WorkspaceId
from shadower.domain.events.moments import HOUR
from shadower.domain.keys.key import Scope
from shadower.domain.platform.act import Act
from shadower.domain.workspaces.workspace import WorkspaceAlreadyExists
from shadower.testing import NOW
from tests.stores import OpenStore

WORKSPACE = WorkspaceId(1)


def telling(store: OpenStore, log: EventLog | None = None) -> TellActs:
    secrets, meter = SystemSecrets(), SilentMeter()
    commit = GroupCommit(log or store.log, meter)
    return TellActs(store.begin, IngestEvents(Admission(canonical_json, secrets.event_id), commit, store.clock, meter))


async def told(store: OpenStore) -> Sequence[tuple[int, Event]]:
    return [(one.workspace, one.event) for one in await store.log.read(Position(0), 10_000)]


async def left(store: OpenStore) -> int:
    async with store.begin(reading=True) as work:
        return len(await work.outbox.oldest(10_000))


async def put(store: OpenStore, many: int, workspace: int = 1) -> None:
    async with store.begin() as work:
        for number in range(many):
            await work.outbox.put(Act(WorkspaceId(workspace), "key.issued", {"key": number}, NOW))
        await work.commit()


async def test_every_act_of_ours_becomes_an_event_of_its_workspace(store: OpenStore) -> None:
    begin, clock = store.begin, store.clock
    made = await CreateWorkspace(begin, clock)("sales", zone="Asia/Kathmandu")
    clock.move(HOUR)
    await ChangeWorkspace(begin, clock)(made.id, name="Sales & Co")
    key, _ = await IssueKey(begin, clock, SystemSecrets())(made.id, "CRM", [Scope.READ])
    await RevokeKey(begin, clock, KnownCallers())(made.id, key.id)
    await telling(store).flush()
    found = await told(store)
    assert [(workspace, event.type, event.source, event.occurred_at) for workspace, event in found] == [
        (made.id, "workspace.created", OWN_SOURCE, NOW),
        (made.id, "workspace.changed", OWN_SOURCE, NOW + HOUR),
        (made.id, "key.issued", OWN_SOURCE, NOW + HOUR),
        (made.id, "key.revoked", OWN_SOURCE, NOW + HOUR),
    ]
    assert found[1][1].data == '{"after":{"name":"Sales & Co"},"before":{"name":"sales"}}'
    assert await left(store) == 0


async def test_what_was_not_done_is_not_told(store: OpenStore) -> None:
    begin, clock = store.begin, store.clock
    with pytest.raises(WorkspaceAlreadyExists):
        await CreateWorkspace(begin, clock)("default")
    await ChangeWorkspace(begin, clock)(WORKSPACE, zone="UTC")
    key, _ = await IssueKey(begin, clock, SystemSecrets())(WORKSPACE, "CRM", [Scope.READ])
    for _ in range(2):
        await RevokeKey(begin, clock, KnownCallers())(WORKSPACE, key.id)
    await telling(store).flush()
    assert [event.type for _, event in await told(store)] == ["key.issued", "key.revoked"]


async def test_of_many_that_revoke_a_key_at_once_one_is_told_of(store: OpenStore) -> None:
    twin = await store.twin()
    key, _ = await IssueKey(store.begin, store.clock, SystemSecrets())(WORKSPACE, "CRM", [Scope.READ])
    revoking = [RevokeKey(each.begin, each.clock, KnownCallers()) for each in [store, twin] * 4]
    await asyncio.gather(*(revoke(WORKSPACE, key.id) for revoke in revoking))
    await telling(store).flush()
    assert [event.type for _, event in await told(store)] == ["key.issued", "key.revoked"]


async def test_acts_of_several_workspaces_keep_their_order(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    for workspace in (1, elsewhere, 1, 1, elsewhere):
        await put(store, 2, workspace)
    await telling(store).flush()
    assert [workspace for workspace, _ in await told(store)] == [*[1] * 2, *[elsewhere] * 2, *[1] * 4, *[elsewhere] * 2]


async def test_more_acts_than_are_told_at_a_time_are_all_told(store: OpenStore) -> None:
    await put(store, MOST + 7)
    await telling(store).flush()
    assert (len(await told(store)), await left(store)) == (MOST + 7, 0)


async def test_an_act_told_twice_after_a_crash_is_recorded_once(store: OpenStore) -> None:
    await put(store, 3)
    tell = telling(store)
    kept = await tell._oldest()
    await tell.flush()
    await telling(store)._tell(WORKSPACE, kept)  # as if the crash had come before they were forgotten
    assert len(await told(store)) == 3


async def test_of_several_that_tell_at_once_each_act_is_recorded_once(store: OpenStore) -> None:
    twin = await store.twin()
    await put(store, 40)
    await asyncio.gather(*(telling(each).flush() for each in [store, twin] * 3))
    assert (len(await told(store)), await left(store)) == (40, 0)


async def test_what_the_log_did_not_take_is_told_later(store: OpenStore) -> None:
    class Away(type(store.log)):  # type: ignore[misc]
        """A log that cannot be written to."""

        def __init__(self) -> None:
            """Have nothing."""

        async def append(self, batches: object) -> None:
            raise StoreUnavailable("away")

    await put(store, 3)
    with pytest.raises(StoreUnavailable):
        await telling(store, Away()).flush()
    assert (await told(store), await left(store)) == ([], 3)
    await telling(store).flush()
    assert (len(await told(store)), await left(store)) == (3, 0)


async def test_in_the_background_acts_are_told_soon_and_failures_are_reported(store: OpenStore) -> None:
    reports: list[Exception] = []
    running = asyncio.create_task(telling(store)(reports.append))
    await put(store, 2)
    async with asyncio.timeout(10):
        while await left(store):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (len(await told(store)), reports) == (2, [])
