"""Quarantine: what was refused is kept as it was sent, once, within bounds, until somebody mends or drops it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from shadower.domain.events.event import Outcome, WorkspaceId
from shadower.domain.events.moments import DAY, HOUR
from shadower.domain.events.rejection import CONFLICT
from shadower.domain.quarantine.entry import (
    EntryId,
    EntryState,
    QuarantineEntry,
    QuarantineEntryNotFound,
    QuarantineFull,
    QuarantineSize,
    RefusedEvent,
)
from shadower.testing import NOW, a_batch, a_refused_event, an_event
from tests.stores import QUARANTINE_LIMIT, OpenStore

WORKSPACE = WorkspaceId(1)


async def refuse(store: OpenStore, *refused: RefusedEvent, workspace: int = 1, at: int = NOW) -> None:
    await store.send(a_batch(workspace=workspace, received_at=at, refused=refused))


async def listed(
    store: OpenStore,
    workspace: int = 1,
    *,
    code: str | None = None,
    start: int | None = None,
    end: int | None = None,
    state: EntryState | None = None,
    limit: int = 100,
    before: EntryId | None = None,
) -> list[QuarantineEntry]:
    async with store.begin(reading=True) as work:
        entries = await work.quarantine.list(
            WorkspaceId(workspace), code=code, start=start, end=end, state=state, limit=limit, before=before
        )
    return list(entries)


async def size_of(store: OpenStore, workspace: int = 1) -> QuarantineSize:
    async with store.begin(reading=True) as work:
        return await work.quarantine.size(WorkspaceId(workspace))


def sent(entries: Sequence[QuarantineEntry]) -> list[bytes]:
    return [entry.sent for entry in entries]


async def test_a_refused_event_is_kept_as_it_was_sent(store: OpenStore) -> None:
    refused = a_refused_event(b'{"type": "Run", "x": "\0\xff"}', source="excel")
    await refuse(store, refused)
    (entry,) = await listed(store)
    assert entry == QuarantineEntry(entry.id, WORKSPACE, refused.rejection, refused.sent, "excel", 1, NOW, NOW)
    assert isinstance(entry.sent, bytes)


async def test_what_is_quoted_of_a_refused_event_is_storable_whatever_it_is(store: OpenStore) -> None:
    await refuse(
        store, a_refused_event(field="\0\ud800", message="unknown field \0\ud800 " * 500, source="\0\udfff" * 90)
    )
    (entry,) = await listed(store)
    assert entry.rejection.field == "\ufffd\ufffd"


async def test_a_conflict_is_kept_as_it_was_sent(store: OpenStore) -> None:
    event = an_event()
    await store.append(event)
    batch = a_batch(an_event(), an_event(id=event.id, user_id="grace", source="excel"))
    assert await store.send(batch) == [Outcome.STORED, Outcome.CONFLICT]
    (entry,) = await listed(store)
    assert (entry.rejection, entry.sent, entry.source) == (CONFLICT, batch.sent(1), "excel")


async def test_conflicts_of_a_batch_that_does_not_keep_them_are_decided_and_not_kept(store: OpenStore) -> None:
    event = an_event()
    await store.append(event)
    batch = replace(a_batch(an_event(id=event.id, user_id="grace"), refused=[a_refused_event()]), keep_conflicts=False)
    assert await store.send(batch) == [Outcome.CONFLICT]
    (entry,) = await listed(store)
    assert entry.rejection.code != CONFLICT.code


async def test_repeats_of_the_same_bytes_and_code_collapse_into_one_entry(store: OpenStore) -> None:
    await refuse(store, a_refused_event(b"x"), a_refused_event(b"x"), at=NOW)
    await refuse(store, a_refused_event(b"x", message="said otherwise by then"), at=NOW + HOUR)
    (entry,) = await listed(store)
    assert (entry.count, entry.first_seen_at, entry.last_seen_at) == (3, NOW, NOW + HOUR)
    assert await size_of(store) == QuarantineSize(entries=1, bytes=1, overflowed=0)


async def test_the_last_sight_never_moves_back(store: OpenStore) -> None:
    await refuse(store, a_refused_event(), at=NOW)
    await refuse(store, a_refused_event(), at=NOW - HOUR)
    (entry,) = await listed(store)
    assert entry.last_seen_at == NOW


async def test_other_bytes_another_code_or_another_workspace_is_another_entry(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    await refuse(store, a_refused_event(b"x"), a_refused_event(b"y"), a_refused_event(b"x", code="unknown_field"))
    await refuse(store, a_refused_event(b"x"), workspace=elsewhere)
    assert [entry.count for entry in await listed(store)] == [1, 1, 1]
    assert [entry.count for entry in await listed(store, elsewhere)] == [1]
    assert (await size_of(store)).entries == 3


async def test_refusals_of_two_batches_in_one_call_collapse_too(store: OpenStore) -> None:
    await store.log.append([a_batch(refused=[a_refused_event()]), a_batch(an_event(), refused=[a_refused_event()] * 2)])
    (entry,) = await listed(store)
    assert entry.count == 3


async def test_the_same_refusal_from_many_at_once_is_counted_each_time(store: OpenStore) -> None:
    twin = await store.twin()
    await asyncio.gather(*(refuse(each, a_refused_event(), a_refused_event(b"y")) for each in [store, twin] * 8))
    assert sorted((entry.sent, entry.count) for entry in await listed(store)) == [
        (b"y", 16),
        (a_refused_event().sent, 16),
    ]


async def test_entries_are_listed_newest_first_and_page_by_id(store: OpenStore) -> None:
    await refuse(store, *(a_refused_event(bytes([number])) for number in range(7)))
    whole = await listed(store)
    assert [entry.id for entry in whole] == sorted((entry.id for entry in whole), reverse=True)
    paged = await listed(store, limit=3)
    while page := await listed(store, limit=3, before=paged[-1].id):
        paged += page
    assert paged == whole
    assert len(whole) == 7


async def test_entries_are_found_by_code_state_and_last_sight(store: OpenStore) -> None:
    await refuse(store, a_refused_event(b"a"), at=NOW)
    await refuse(store, a_refused_event(b"b", code="unknown_field"), at=NOW + HOUR)
    await refuse(store, a_refused_event(b"c"), at=NOW + 2 * HOUR)
    await refuse(store, a_refused_event(b"a"), at=NOW + 3 * HOUR)
    oldest = (await listed(store))[-1]
    async with store.begin() as work:
        await work.quarantine.mark_replayed(oldest.id, NOW, an_event().id)
        await work.commit()
    assert sent(await listed(store, code="type_invalid")) == [b"c", b"a"]
    assert sent(await listed(store, code="nothing")) == []
    assert sent(await listed(store, state=EntryState.OPEN)) == [b"c", b"b"]
    assert sent(await listed(store, state=EntryState.REPLAYED)) == [b"a"]
    assert sent(await listed(store, start=NOW + HOUR, end=NOW + 2 * HOUR)) == [b"b"]
    assert sent(await listed(store, start=NOW + 2 * HOUR, end=NOW + 3 * HOUR + 1)) == [b"c", b"a"]
    assert sent(await listed(store, end=NOW + HOUR)) == []
    assert sent(await listed(store, code="type_invalid", state=EntryState.OPEN, start=NOW, end=NOW + DAY)) == [b"c"]


async def test_an_entry_of_another_workspace_is_not_found(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    await refuse(store, a_refused_event())
    (entry,) = await listed(store)
    assert await listed(store, elsewhere) == []
    async with store.begin() as work:
        for workspace, number in ((elsewhere, entry.id), (WORKSPACE, EntryId(entry.id + 1))):
            with pytest.raises(QuarantineEntryNotFound):
                await work.quarantine.get(workspace, number)
            with pytest.raises(QuarantineEntryNotFound):
                await work.quarantine.remove(workspace, number)
        assert await work.quarantine.get(WORKSPACE, entry.id) == entry
        await work.commit()
    assert len(await listed(store)) == 1


async def test_a_replayed_entry_leaves_the_open_ones_and_stays_on_record(store: OpenStore) -> None:
    await refuse(store, a_refused_event())
    (entry,) = await listed(store)
    event = an_event()
    async with store.begin() as work:
        await work.quarantine.mark_replayed(entry.id, NOW + HOUR, event.id)
        found = await work.quarantine.get(WORKSPACE, entry.id)
        assert found.state is EntryState.REPLAYED
        await work.commit()
    assert await listed(store, state=EntryState.OPEN) == []
    (replayed,) = await listed(store)
    assert (replayed.replayed_at, replayed.replayed_as, replayed.sent) == (NOW + HOUR, event.id, entry.sent)


async def test_a_repeat_of_a_replayed_entry_counts_and_opens_it_again(store: OpenStore) -> None:
    await refuse(store, a_refused_event())
    (entry,) = await listed(store)
    async with store.begin() as work:
        await work.quarantine.mark_replayed(entry.id, NOW, an_event().id)
        await work.commit()
    await refuse(store, a_refused_event(), at=NOW + HOUR)
    (again,) = await listed(store)
    assert (again.id, again.state, again.count, again.replayed_at) == (entry.id, EntryState.OPEN, 2, NOW)
    assert (await size_of(store)).bytes == len(entry.sent)


async def test_a_removed_entry_is_gone_and_its_bytes_are_free(store: OpenStore) -> None:
    await refuse(store, a_refused_event(b"x" * 10), a_refused_event(b"y"))
    entry = (await listed(store))[-1]
    async with store.begin() as work:
        await work.quarantine.remove(WORKSPACE, entry.id)
        with pytest.raises(QuarantineEntryNotFound):
            await work.quarantine.get(WORKSPACE, entry.id)
        await work.commit()
    assert sent(await listed(store)) == [b"y"]
    assert await size_of(store) == QuarantineSize(entries=1, bytes=1, overflowed=0)
    await refuse(store, a_refused_event(b"x" * 10))
    newest = (await listed(store))[0]
    assert (newest.sent, newest.count) == (b"x" * 10, 1)
    assert newest.id > entry.id


async def test_beyond_its_bound_the_quarantine_only_counts(store: OpenStore) -> None:
    large = a_refused_event(b"l" * (QUARANTINE_LIMIT - 10))
    await refuse(store, large, a_refused_event(b"fits" * 2), a_refused_event(b"does not"), a_refused_event(b"ok"))
    assert sorted(sent(await listed(store))) == sorted([large.sent, b"fits" * 2, b"ok"])
    assert await size_of(store) == QuarantineSize(entries=3, bytes=QUARANTINE_LIMIT, overflowed=1)
    await refuse(store, large, a_refused_event(b"!"), a_refused_event(b"!"))
    assert await size_of(store) == QuarantineSize(entries=3, bytes=QUARANTINE_LIMIT, overflowed=3)
    assert {entry.sent: entry.count for entry in await listed(store)}[large.sent] == 2


async def test_the_bound_is_of_each_workspace_alone(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    await refuse(store, a_refused_event(b"l" * QUARANTINE_LIMIT))
    await refuse(store, a_refused_event(b"x"), workspace=elsewhere)
    assert await size_of(store, elsewhere) == QuarantineSize(entries=1, bytes=1, overflowed=0)


async def test_an_event_that_does_not_fit_is_refused_all_the_same(store: OpenStore) -> None:
    await refuse(store, a_refused_event(b"l" * QUARANTINE_LIMIT))
    event = an_event()
    await store.append(event)
    assert await store.append(an_event(id=event.id, user_id="grace"), an_event()) == [Outcome.CONFLICT, Outcome.STORED]
    assert (await size_of(store)).overflowed == 1


async def test_the_alarm_is_silent_once_somebody_has_seen_it(store: OpenStore) -> None:
    await refuse(store, a_refused_event(b"l" * (QUARANTINE_LIMIT + 1)))
    assert await size_of(store) == QuarantineSize(entries=0, bytes=0, overflowed=1)
    async with store.begin() as work:
        await work.quarantine.acknowledge_overflow(WORKSPACE)
        await work.commit()
    assert await size_of(store) == QuarantineSize(entries=0, bytes=0, overflowed=0)


async def test_every_quarantine_there_is_can_be_looked_at_together(store: OpenStore) -> None:
    async with store.begin(reading=True) as work:
        assert await work.quarantine.sizes() == {}
    elsewhere = await store.new_workspace("elsewhere")
    await refuse(store, a_refused_event(b"l" * QUARANTINE_LIMIT), a_refused_event(b"x"))
    await refuse(store, a_refused_event(b"x"), workspace=elsewhere)
    async with store.begin(reading=True) as work:
        assert await work.quarantine.sizes() == {
            WORKSPACE: QuarantineSize(entries=1, bytes=QUARANTINE_LIMIT, overflowed=1),
            elsewhere: QuarantineSize(entries=1, bytes=1, overflowed=0),
        }


async def test_an_empty_quarantine_has_no_size(store: OpenStore) -> None:
    assert await size_of(store) == QuarantineSize(entries=0, bytes=0, overflowed=0)
    async with store.begin() as work:
        await work.quarantine.acknowledge_overflow(WORKSPACE)
        await work.commit()
    assert await size_of(store) == QuarantineSize(entries=0, bytes=0, overflowed=0)


async def test_what_is_done_to_entries_without_commit_never_happened(store: OpenStore) -> None:
    await refuse(store, a_refused_event(b"x"), a_refused_event(b"y"), a_refused_event(b"l" * (QUARANTINE_LIMIT + 1)))
    before, size = await listed(store), await size_of(store)
    async with store.begin() as work:
        await work.quarantine.mark_replayed(before[0].id, NOW, an_event().id)
        await work.quarantine.remove(WORKSPACE, before[1].id)
        await work.quarantine.acknowledge_overflow(WORKSPACE)
    assert (await listed(store), await size_of(store)) == (before, size)


async def set_aside(store: OpenStore, projection: str, sent: bytes = b"{}", at: int = NOW) -> None:
    async with store.begin() as work:
        refused = a_refused_event(sent, code="projection_failed", projection=projection)
        await work.quarantine.set_aside(WORKSPACE, refused, at)
        await work.commit()


async def test_an_event_set_aside_is_kept_for_each_projection_that_could_not_take_it(store: OpenStore) -> None:
    await refuse(store, a_refused_event(b"{}", code="projection_failed"))
    await set_aside(store, "mails")
    await set_aside(store, "sightings", at=NOW + HOUR)
    await set_aside(store, "mails", at=NOW + HOUR)
    entries = await listed(store)
    assert [(entry.projection, entry.count) for entry in entries] == [("sightings", 1), ("mails", 2), (None, 1)]
    assert (await size_of(store)).entries == 3
    assert [entry.projection for entry in await listed(store, start=NOW + HOUR)] == ["sightings", "mails"]


async def test_an_event_set_aside_again_after_its_replay_is_open_again(store: OpenStore) -> None:
    await set_aside(store, "mails")
    (entry,) = await listed(store)
    async with store.begin() as work:
        await work.quarantine.mark_replayed(entry.id, NOW, an_event().id)
        await work.commit()
    await set_aside(store, "mails")
    (again,) = await listed(store, state=EntryState.OPEN)
    assert (again.id, again.count) == (entry.id, 2)


async def test_an_event_set_aside_is_removed_like_any_other(store: OpenStore) -> None:
    await set_aside(store, "mails")
    (entry,) = await listed(store)
    async with store.begin() as work:
        await work.quarantine.remove(WORKSPACE, entry.id)
        await work.commit()
    assert await size_of(store) == QuarantineSize(entries=0, bytes=0, overflowed=0)
    await set_aside(store, "mails")
    assert len(await listed(store)) == 1


async def test_what_is_set_aside_is_never_only_counted(store: OpenStore) -> None:
    await refuse(store, a_refused_event(b"x" * (QUARANTINE_LIMIT - 2)))
    await set_aside(store, "mails", b"{}")
    with pytest.raises(QuarantineFull):
        await set_aside(store, "mails", b"!")
    await set_aside(store, "mails", b"{}")
    assert await size_of(store) == QuarantineSize(entries=2, bytes=QUARANTINE_LIMIT, overflowed=0)


async def test_what_many_set_aside_and_refuse_at_once_is_all_kept(store: OpenStore) -> None:
    twin = await store.twin()
    await asyncio.gather(
        *(set_aside(each, f"p{number}") for number, each in enumerate([store, twin] * 4)),
        *(refuse(each, a_refused_event(bytes([number]))) for number, each in enumerate([store, twin] * 4)),
    )
    assert len(await listed(store)) == 16
    assert (await size_of(store)).entries == 16


async def test_an_entry_is_locked_until_the_unit_of_work_ends(store: OpenStore) -> None:
    """Two people replay the same entry: the second waits, and then sees what the first did."""
    await refuse(store, a_refused_event())
    (entry,) = await listed(store)

    async def replay() -> EntryState:
        async with store.begin() as work:
            found = await work.quarantine.get(WORKSPACE, entry.id)
            await asyncio.sleep(0.05)
            await work.quarantine.mark_replayed(entry.id, NOW, an_event().id)
            await work.commit()
        return found.state

    states = await asyncio.gather(replay(), replay(), replay())
    assert sorted(states) == [EntryState.OPEN, EntryState.REPLAYED, EntryState.REPLAYED]
