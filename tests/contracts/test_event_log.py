"""EventLog: what is appended, in which order it becomes visible, and what a follower sees."""

import asyncio
from collections import Counter

import pytest

from shadower.domain.events.event import Event, Outcome, Position
from shadower.domain.events.moments import DAY, EARLIEST
from shadower.testing import NOW, a_batch, an_event
from tests.patience import SOON
from tests.stores import OpenStore, told

STORED, DUPLICATE, CONFLICT = Outcome.STORED, Outcome.DUPLICATE, Outcome.CONFLICT
START = Position(0)


async def test_events_get_positions_in_the_order_in_which_they_were_sent(store: OpenStore) -> None:
    first, second, third = (an_event() for _ in range(3))
    await store.append(first, second)
    await store.append(third)
    read = await store.log.read(START, 10)
    assert [(one.position, one.event.id) for one in read] == [(1, first.id), (2, second.id), (3, third.id)]
    assert await store.log.head() == 3


async def test_an_empty_log_has_its_head_at_zero(store: OpenStore) -> None:
    assert await store.log.head() == 0
    assert list(await store.log.read(START, 10)) == []


async def test_an_event_comes_back_as_it_was_recorded(store: OpenStore) -> None:
    full = an_event(
        client_id="run-7",
        correlation_id="order-9",
        parent_id="run-6",
        status="failure",
        error_type="Timeout",
        data='{"tool":"excel"}',
    )
    await store.append(full, at=NOW + 17)
    (recorded,) = await store.log.read(START, 1)
    assert told(recorded) == told(full)
    assert (recorded.workspace, recorded.received_at) == (1, NOW + 17)


async def test_what_an_event_does_not_say_stays_unsaid(store: OpenStore) -> None:
    said = {"id", "type", "source", "occurred_at", "fingerprint"}
    bare = an_event(type="user.login", **dict.fromkeys(set(Event._fields) - said))
    await store.append(bare)
    assert told(*await store.log.read(START, 1)) == told(bare)


@pytest.mark.parametrize("amount", [0, 1, 10**13])
async def test_the_least_and_the_most_an_event_may_carry_come_back(store: OpenStore, amount: int) -> None:
    event = an_event(
        duration_us=amount,
        credits=min(amount, 10**12),
        cost=amount * 100,
        tokens_in=min(amount, 10**12),
        tokens_out=min(amount, 10**12),
        occurred_at=EARLIEST if amount else NOW + DAY,
    )
    await store.append(event)
    assert told(*await store.log.read(START, 1)) == told(event)


async def test_the_same_content_under_the_same_id_is_a_duplicate(store: OpenStore) -> None:
    event = an_event()
    assert await store.append(event) == [STORED]
    assert await store.append(event, at=NOW + DAY) == [DUPLICATE]
    assert await store.log.head() == 1


async def test_other_content_under_the_same_id_is_a_conflict_and_the_first_stays(store: OpenStore) -> None:
    event = an_event()
    await store.append(event)
    assert await store.append(an_event(id=event.id, user_id="grace", occurred_at=NOW - DAY)) == [CONFLICT]
    assert told(*await store.log.read(START, 10)) == told(event)


async def test_only_the_fingerprint_tells_a_repeat_from_a_conflict(store: OpenStore) -> None:
    event = an_event(occurred_at=NOW)
    await store.append(event)
    assert await store.append(event._replace(occurred_at=NOW + 5)) == [DUPLICATE]


async def test_repeats_within_a_batch_are_decided_in_order(store: OpenStore) -> None:
    event, other = an_event(), an_event()
    changed = an_event(id=event.id, user_id="grace")
    assert await store.append(event, changed, event, other) == [STORED, CONFLICT, DUPLICATE, STORED]
    assert told(*await store.log.read(START, 10)) == told(event, other)


async def test_of_two_batches_in_one_call_the_first_is_decided_first(store: OpenStore) -> None:
    event, other = an_event(), an_event()
    changed = an_event(id=event.id, user_id="grace")
    outcomes = await store.log.append([a_batch(event), a_batch(changed, event, other), a_batch(other)])
    assert [list(batch) for batch in outcomes] == [[STORED], [CONFLICT, DUPLICATE, STORED], [DUPLICATE]]
    assert told(*await store.log.read(START, 10)) == told(event, other)


async def test_repeats_and_new_events_mix_in_one_batch(store: OpenStore) -> None:
    known = [an_event() for _ in range(20)]
    await store.append(*known)
    new = [an_event() for _ in range(20)]
    mixed = [event for pair in zip(known, new, strict=True) for event in pair]
    assert await store.append(*mixed) == [DUPLICATE, STORED] * 20
    assert told(*await store.log.read(START, 100)) == told(*known, *new)


async def test_the_same_id_in_another_workspace_is_another_event(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    event = an_event()
    outcomes = await store.log.append([a_batch(event), a_batch(event, workspace=elsewhere)])
    assert [list(batch) for batch in outcomes] == [[STORED], [STORED]]
    assert [one.workspace for one in await store.log.read(START, 10)] == [1, elsewhere]


async def test_appending_nothing_changes_nothing(store: OpenStore) -> None:
    assert list(await store.log.append([])) == []
    assert [list(batch) for batch in await store.log.append([a_batch(), a_batch()])] == [[], []]
    assert await store.log.head() == 0


async def test_a_large_append_keeps_its_order(store: OpenStore) -> None:
    events = [an_event() for _ in range(6_000)]
    assert set(await store.append(*events)) == {STORED}
    read = await store.log.read(START, 10_000)
    assert [one.position for one in read] == list(range(1, 6_001))
    assert [one.event.id for one in read] == [event.id for event in events]
    assert set(await store.append(*events)) == {DUPLICATE}


async def test_reading_goes_on_after_the_given_position_and_stops_at_the_limit(store: OpenStore) -> None:
    await store.append(*(an_event() for _ in range(5)))
    assert [one.position for one in await store.log.read(Position(1), 2)] == [2, 3]
    assert [one.position for one in await store.log.read(Position(3), 10)] == [4, 5]
    assert list(await store.log.read(Position(5), 10)) == []
    assert list(await store.log.read(Position(99), 10)) == []


async def test_an_append_that_fails_leaves_nothing_behind(store: OpenStore) -> None:
    event = an_event()
    await store.append(event)

    def lost(index: int) -> bytes:
        raise LookupError(f"the bytes of {index} are gone")

    fine = a_batch(an_event(), refused=())
    broken = a_batch(an_event(), an_event(id=event.id, user_id="grace"))
    object.__setattr__(broken, "sent", lost)
    with pytest.raises(LookupError):
        await store.log.append([fine, broken])
    assert await store.log.head() == 1
    async with store.snapshot(fine.workspace) as snapshot:
        assert sum(count.events for count in await snapshot.intake(0)) == 1
    assert await store.append(*fine.events, *broken.events) == [STORED, STORED, CONFLICT]
    assert [one.position for one in await store.log.read(START, 10)] == [1, 2, 3]


async def test_a_cancelled_append_happened_wholly_or_not_at_all(store: OpenStore) -> None:
    for patience in (0, 0.001, 0.003, 0.01):
        events = [an_event() for _ in range(400)]
        sending = asyncio.create_task(store.append(*events))
        await asyncio.sleep(patience)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        assert len(set(await store.append(*events))) == 1
    read = await store.log.read(START, 10_000)
    assert [one.position for one in read] == list(range(1, 1_601))


async def test_events_sent_by_many_at_once_are_stored_once(store: OpenStore) -> None:
    events = [an_event() for _ in range(60)]
    windows = [events[start : start + 20] for start in range(0, 50, 5)]
    answers = await asyncio.gather(*(store.append(*window) for window in windows))
    counts = Counter(outcome for answer in answers for outcome in answer)
    assert counts == {STORED: 60, DUPLICATE: sum(map(len, windows)) - 60}
    read = await store.log.read(START, 1_000)
    assert [one.position for one in read] == list(range(1, 61))
    assert {one.event.id for one in read} == {event.id for event in events}


async def test_of_contradicting_events_sent_at_once_one_wins(store: OpenStore) -> None:
    twin = await store.twin()
    versions = [an_event(id=an_event().id, user_id=f"user-{number}") for number in range(10)]
    versions = [version._replace(id=versions[0].id) for version in versions]
    answers = await asyncio.gather(
        *((twin if number % 2 else store).append(version) for number, version in enumerate(versions))
    )
    assert Counter(outcome for (outcome,) in answers) == {STORED: 1, CONFLICT: 9}
    winner = answers.index([STORED])
    assert told(*await store.log.read(START, 10)) == told(versions[winner])


async def test_a_follower_misses_no_event_whoever_commits_last(store: OpenStore) -> None:
    """Large and small appends race, here and in another process; their commits overtake each other if they can."""
    twin = await store.twin()
    sizes = [600, 1, 2, 300, 1, 1, 5, 800, 1, 1, 40, 1]
    writing = asyncio.gather(
        *((twin if turn % 2 else store).append(*(an_event() for _ in range(size))) for turn, size in enumerate(sizes))
    )
    seen: list[int] = []
    while len(seen) < sum(sizes):
        head = await twin.log.wait(Position(len(seen)), within=10)
        read = await store.log.read(Position(len(seen)), 500)
        assert not read or read[-1].position <= await store.log.head()
        assert head >= len(seen)
        seen.extend(one.position for one in read)
        assert seen == list(range(1, len(seen) + 1))
    await writing


async def test_waiting_ends_at_once_when_the_log_is_past_already(store: OpenStore) -> None:
    await store.append(an_event(), an_event())
    async with asyncio.timeout(SOON):
        assert await store.log.wait(Position(1), within=60) == 2


async def test_waiting_ends_as_soon_as_something_is_appended(store: OpenStore) -> None:
    waiting = [asyncio.create_task(store.log.wait(START, within=60)) for _ in range(3)]
    await asyncio.sleep(0.05)
    assert not any(one.done() for one in waiting)
    await store.append(an_event())
    async with asyncio.timeout(SOON):
        assert await asyncio.gather(*waiting) == [1, 1, 1]


async def test_waiting_notices_what_another_process_appends(store: OpenStore) -> None:
    twin = await store.twin()
    waiting = asyncio.create_task(store.log.wait(START, within=60))
    await asyncio.sleep(0.05)
    await twin.append(an_event())
    async with asyncio.timeout(SOON):
        assert await waiting == 1


async def test_waiting_ends_in_time_when_nothing_comes(store: OpenStore) -> None:
    await store.append(an_event())
    async with asyncio.timeout(SOON):
        assert await store.log.wait(Position(1), within=0.05) == 1
