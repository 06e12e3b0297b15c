"""EventBus: every group is given every event it joined for, in order, until it acknowledges it."""

import asyncio
from collections.abc import Sequence

import pytest

from shadower.application.ports.event_bus import (
    BusElsewhere,
    BusFull,
    BusGroupMissing,
    BusState,
    BusSuperseded,
    EventBus,
    Subscription,
)
from shadower.domain.events.event import Position, RecordedEvent
from shadower.testing import a_recorded_event
from tests.buses import LIMIT_BYTES, a_place, places

SOON = 5.0


def events(first: int, last: int, **changes: object) -> list[RecordedEvent]:
    return [a_recorded_event(position, **changes) for position in range(first, last + 1)]


def at(position: int) -> Position:
    return Position(position)


async def begin(bus: EventBus, *groups: str, after: int = 0) -> None:
    await bus.restart(await bus.state(), after=at(after), groups=dict.fromkeys(groups, a_place(after)))


async def publish(bus: EventBus, published: Sequence[RecordedEvent]) -> None:
    await bus.publish(published, after=at(published[0].position - 1))


async def take(subscription: Subscription, limit: int = 100, within: float = 0) -> list[int]:
    """Return the positions of what is given."""
    return [delivery.position for delivery in (await subscription.take(limit, within)).deliveries]


async def held(bus: EventBus) -> BusState:
    state = await bus.state()
    assert state is not None
    return state


def consumer(bus: EventBus, group: str = "mail", token: int = 1, types: frozenset[str] | None = None) -> Subscription:
    return bus.subscribe(group, types, consumer=f"process-{token}", token=token)


async def test_what_is_published_is_delivered_as_it_is_in_the_log(bus: EventBus) -> None:
    await begin(bus, "mail")
    event = a_recorded_event(
        1,
        workspace=7,
        received_at=1_769_851_800_000_001,
        client_id="run 1",
        source="Ä support/bot ☃",
        occurred_at=946_684_800_000_007,
        duration_us=1,
        credits=10**12,
        cost=123_456_789,
        tokens_in=10**12,
        status="failure",
        error_type="Timeout\n",
        parent_id=None,
        data='{"a":0.1000000000000000000000001,"ä":[null,true,{"b":"\\""}]}',
    )
    await publish(bus, [event])
    taken = await consumer(bus).take(10, 0)
    (delivery,) = taken.deliveries
    assert delivery.recorded() == event
    assert (delivery.position, delivery.workspace) == (1, 7)
    assert (delivery.event_id, delivery.type, taken.through) == (event.event.id, event.event.type, 1)


async def test_events_come_in_order_some_at_a_time_and_each_once(bus: EventBus) -> None:
    await begin(bus, "mail")
    await publish(bus, events(1, 5))
    await publish(bus, events(6, 7))
    mine = consumer(bus)
    assert [await take(mine, 3) for _ in range(4)] == [[1, 2, 3], [4, 5, 6], [7], []]


async def test_every_group_is_given_every_event(bus: EventBus) -> None:
    await begin(bus, "mail", "web")
    await publish(bus, events(1, 3))
    assert await take(consumer(bus, "mail")) == await take(consumer(bus, "web")) == [1, 2, 3]


async def test_positions_may_have_gaps_where_retention_has_been(bus: EventBus) -> None:
    await begin(bus, "mail")
    kept = [a_recorded_event(position) for position in (3, 4, 9)]
    await bus.publish(kept, after=at(0))
    assert await take(consumer(bus)) == [3, 4, 9]


async def test_other_types_are_passed_by_and_acknowledged(bus: EventBus) -> None:
    await begin(bus, "mail")
    await publish(bus, [*events(1, 2), a_recorded_event(3, type="user.login"), *events(4, 5)])
    mine = consumer(bus, types=frozenset({"user.login"}))
    taken = await mine.take(100, 0)
    assert ([delivery.position for delivery in taken.deliveries], taken.through) == ([3], 5)
    await mine.acknowledge([at(3)])
    assert await take(consumer(bus, token=2)) == []


async def test_a_consumer_waits_and_is_woken(bus: EventBus) -> None:
    await begin(bus, "mail")
    mine = consumer(bus)
    assert await take(mine) == []
    waiting = asyncio.create_task(take(mine, within=SOON))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await publish(bus, events(1, 1))
    assert await waiting == [1]


async def test_a_consumer_that_waits_in_vain_is_given_nothing(bus: EventBus) -> None:
    await begin(bus, "mail")
    assert (await consumer(bus).take(10, 0.2)).through == 0


async def test_publishing_again_changes_nothing(bus: EventBus) -> None:
    await begin(bus, "mail")
    published = events(1, 3)
    await publish(bus, published)
    with pytest.raises(BusElsewhere):
        await publish(bus, published)
    with pytest.raises(BusElsewhere):
        await publish(bus, published[1:])
    assert await take(consumer(bus)) == [1, 2, 3]


async def test_nothing_is_published_that_leaves_a_hole(bus: EventBus) -> None:
    await begin(bus, "mail")
    await publish(bus, events(1, 3))
    with pytest.raises(BusElsewhere):
        await publish(bus, events(5, 6))
    assert await bus.state() == BusState(at(0), at(3), (await held(bus)).newest_id, places(mail=0))


async def test_of_many_that_publish_the_same_one_does(bus: EventBus) -> None:
    await begin(bus, "mail")
    published = events(1, 3)
    ends = await asyncio.gather(*(publish(bus, published) for _ in range(8)), return_exceptions=True)
    assert sorted(map(repr, ends)).count("None") == 1
    assert await take(consumer(bus)) == [1, 2, 3]


async def test_a_bus_that_never_held_anything_says_so_and_takes_nothing(bus: EventBus) -> None:
    assert await bus.state() is None
    for refused in (publish(bus, events(1, 1)), bus.join("mail", a_place(0)), bus.trim(at(1))):
        with pytest.raises(BusElsewhere):
            await refused
    with pytest.raises(BusGroupMissing):
        await consumer(bus).take(1, 0)
    await bus.remove("mail", 1)


async def test_the_state_tells_what_is_held(bus: EventBus) -> None:
    await begin(bus, "mail", "web", after=41)
    assert await bus.state() == BusState(at(41), at(41), None, places(mail=41, web=41))
    published = events(42, 45)
    await publish(bus, published)
    assert await bus.state() == BusState(at(41), at(45), published[-1].event.id, places(mail=41, web=41))


async def test_the_state_tells_how_far_each_group_has_acknowledged(bus: EventBus) -> None:
    await bus.restart(None, after=at(0), groups=places(mail=0, web=0, ahead=9))
    await publish(bus, events(1, 5))
    mine, others = consumer(bus), consumer(bus, "web")
    await take(mine, 4)
    await take(others, 2)
    await mine.acknowledge([at(1), at(3), at(4)])
    assert (await held(bus)).groups == places(mail=1, web=0, ahead=5)
    await mine.acknowledge([at(2)])
    await others.acknowledge([at(1), at(2)])
    assert (await held(bus)).groups == places(mail=4, web=2, ahead=5)


async def test_each_group_begins_where_it_says(bus: EventBus) -> None:
    await bus.restart(None, after=at(10), groups=places(mail=12, web=10))
    await publish(bus, events(11, 14))
    await bus.join("late", a_place(13))
    assert await take(consumer(bus, "mail")) == [13, 14]
    assert await take(consumer(bus, "web")) == [11, 12, 13, 14]
    assert await take(consumer(bus, "late")) == [14]


async def test_joining_twice_changes_nothing(bus: EventBus) -> None:
    await begin(bus, "mail")
    await publish(bus, events(1, 3))
    mine = consumer(bus)
    assert await take(mine) == [1, 2, 3]
    await bus.join("mail", a_place(0))
    assert await take(mine) == []


async def test_another_incarnation_of_a_group_takes_its_place_and_begins_where_it_says(bus: EventBus) -> None:
    await begin(bus, "mail")
    await publish(bus, events(1, 3))
    mine = consumer(bus, token=9)
    await mine.acknowledge([at(position) for position in await take(mine)])
    await bus.join("mail", a_place(1, incarnation=2))
    assert (await held(bus)).groups == {"mail": a_place(1, incarnation=2)}
    assert await take(consumer(bus)) == [2, 3]
    await bus.restart(await bus.state(), after=at(3), groups={"mail": a_place(3, incarnation=3)})
    assert (await held(bus)).groups == {"mail": a_place(3, incarnation=3)}


async def test_whoever_removes_a_group_leaves_another_incarnation_where_it_is(bus: EventBus) -> None:
    await begin(bus, "mail")
    await publish(bus, events(1, 2))
    await bus.join("mail", a_place(1, incarnation=2))
    await bus.remove("mail", 1)
    assert (await held(bus)).groups == {"mail": a_place(1, incarnation=2)}
    await bus.remove("mail", 2)
    assert (await held(bus)).groups == {}


async def test_a_restart_drops_everything_and_begins_elsewhere(bus: EventBus) -> None:
    await begin(bus, "mail", "web")
    await publish(bus, events(1, 3))
    mine = consumer(bus)
    await take(mine)
    await bus.restart(await bus.state(), after=at(1), groups=places(mail=1))
    with pytest.raises(BusGroupMissing):
        await consumer(bus, "web").take(1, 0)
    await publish(bus, events(2, 3))
    assert await take(mine) == [2, 3]
    assert (await held(bus)).groups == places(mail=1)


async def test_of_two_that_make_it_anew_one_does(bus: EventBus) -> None:
    await begin(bus, "mail")
    await publish(bus, events(1, 3))
    seen = await bus.state()
    await bus.restart(seen, after=at(2), groups=places(mail=2))
    for stale in (seen, None):
        with pytest.raises(BusElsewhere):
            await bus.restart(stale, after=at(0), groups=places(mail=0))
    assert await bus.state() == BusState(at(2), at(2), None, places(mail=2))


async def test_what_a_consumer_left_behind_comes_first_to_the_next_one(bus: EventBus) -> None:
    await begin(bus, "mail")
    await publish(bus, events(1, 6))
    first = consumer(bus, token=1)
    assert await take(first, 4) == [1, 2, 3, 4]
    await first.acknowledge([at(1), at(3)])
    second = consumer(bus, token=2)
    assert [await take(second, 1) for _ in range(4)] == [[2], [4], [5], [6]]
    await second.acknowledge([at(2), at(4), at(5)])
    third = consumer(bus, token=3)
    assert await take(third) == [6]
    assert await take(third) == []


async def test_what_is_left_behind_of_other_types_is_acknowledged(bus: EventBus) -> None:
    await begin(bus, "mail")
    await publish(bus, [*events(1, 2), a_recorded_event(3, type="user.login")])
    assert await take(consumer(bus)) == [1, 2, 3]
    wants_less = consumer(bus, token=2, types=frozenset({"user.login"}))
    assert await take(wants_less) == [3]
    assert await take(consumer(bus, token=3)) == [3]


async def test_whoever_was_superseded_is_given_nothing(bus: EventBus) -> None:
    await begin(bus, "mail")
    await publish(bus, events(1, 2))
    first, second = consumer(bus, token=1), consumer(bus, token=2)
    assert await take(first, 1) == [1]
    assert await take(second, 1) == [1]
    with pytest.raises(BusSuperseded):
        await first.take(1, 0)
    assert await take(second) == [2]


async def test_what_is_acknowledged_twice_or_by_somebody_superseded_does_no_harm(bus: EventBus) -> None:
    await begin(bus, "mail")
    await publish(bus, events(1, 3))
    first, second = consumer(bus, token=1), consumer(bus, token=2)
    await take(first)
    await take(second)
    for each in (first, second, second):
        await each.acknowledge([at(1), at(2)])
    await consumer(bus, "nobody").acknowledge([at(1)])
    await second.acknowledge([])
    assert await take(consumer(bus, token=3)) == [3]


async def test_a_group_that_was_removed_is_given_nothing_and_may_join_again(bus: EventBus) -> None:
    await begin(bus, "mail", "web")
    await publish(bus, events(1, 3))
    await take(consumer(bus, token=9))
    await bus.remove("mail", 1)
    with pytest.raises(BusGroupMissing):
        await consumer(bus, token=9).take(1, 0)
    await bus.join("mail", a_place(1))
    assert await take(consumer(bus, token=1)) == [2, 3]


async def test_nothing_is_trimmed_that_a_group_has_not_acknowledged(bus: EventBus) -> None:
    await begin(bus, "mail", "web")
    await publish(bus, events(1, 300))
    mine, slow = consumer(bus, "mail"), consumer(bus, "web")
    assert len(await take(mine, 300)) == 300
    await mine.acknowledge([at(position) for position in range(1, 301) if position != 250])
    assert len(await take(slow, 200)) == 200
    await slow.acknowledge([at(position) for position in range(1, 201)])
    await bus.trim(at(300))
    assert (await held(bus)).floor == 200
    assert await take(slow, 300) == list(range(201, 301))
    await slow.acknowledge([at(position) for position in range(201, 301)])
    await bus.trim(at(300))
    assert (await held(bus)).floor == 249
    assert await take(consumer(bus, "mail", token=2)) == [250]


async def test_a_group_cannot_join_for_what_was_trimmed(bus: EventBus) -> None:
    await begin(bus, "mail")
    await publish(bus, events(1, 5))
    mine = consumer(bus)
    await mine.acknowledge([at(position) for position in await take(mine)])
    await bus.trim(at(3))
    with pytest.raises(BusElsewhere):
        await bus.join("web", a_place(2))
    await bus.join("web", a_place(3))
    assert await take(consumer(bus, "web")) == [4, 5]


async def test_a_full_bus_takes_nothing_until_there_is_room(bus: EventBus) -> None:
    await begin(bus, "mail")
    published = 0

    async def fill() -> None:
        nonlocal published
        while published < 10_000:
            await publish(bus, events(published + 1, published + 50))
            published += 50

    with pytest.raises(BusFull):
        await fill()
    assert 50 < published < LIMIT_BYTES / 100
    mine = consumer(bus)
    given = await take(mine, 10_000)
    assert given == list(range(1, published + 1))
    with pytest.raises(BusFull):
        await publish(bus, events(published + 1, published + 1))
    await mine.acknowledge([at(position) for position in given])
    await bus.trim(at(published))
    await publish(bus, events(published + 1, published + 1))
    assert await take(mine) == [published + 1]


async def test_large_events_fill_it_sooner(bus: EventBus) -> None:
    await begin(bus, "mail")
    await publish(bus, events(1, 10, data='{"a":"' + "x" * 30_000 + '"}'))
    with pytest.raises(BusFull):
        await publish(bus, events(11, 11))


async def test_a_bus_says_how_it_is(bus: EventBus) -> None:
    await begin(bus, "mail")
    await publish(bus, events(1, 3))
    health = await bus.health()
    assert (health.reachable, health.events, health.detail) == (True, 3, None)
