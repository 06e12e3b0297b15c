"""Snapshot.events: filters, order and paging, against a loop over all events."""

import random
from collections.abc import Sequence
from itertools import combinations

import pytest

from shadower.application.ports.snapshot import Criteria, Order, Place
from shadower.domain.events.event import Event, RecordedEvent, WorkspaceId
from shadower.domain.events.filters import Present, Wanted, one_of
from shadower.domain.events.moments import HOUR
from shadower.testing import NOW, an_event
from tests.stores import OpenStore
from tests.tally_oracle import meant

WORKSPACE = WorkspaceId(1)
UUID = "0196b7c8-aaaa-7abc-8def-0123456789ab"
FIELDS = ("type", "source", "user_id", "agent_id", "session_id", "correlation_id", "model", "status")


def varied(count: int, seed: int = 7) -> list[Event]:
    """Events of few values each, so that combinations of filters find some; several share a moment."""
    chance = random.Random(seed)
    return [
        an_event(
            type=chance.choice(["agent.executed", "agent.failed", "user.login"]),
            source=chance.choice(["api", "excel"]),
            user_id=chance.choice(["ada", "grace", None]),
            agent_id=chance.choice(["pricing", "audit"]),
            session_id=chance.choice(["s1", "s2", None]),
            correlation_id=chance.choice(["c1", None]),
            model=chance.choice(["small-1", "large-2"]),
            status=chance.choice(["success", "failure", None]),
            occurred_at=NOW + chance.randrange(12) * HOUR,
        )
        for _ in range(count)
    ]


def expected(events: Sequence[Event], criteria: Criteria, order: Order) -> list[str]:
    found = [
        (event.occurred_at, position, event.id)
        for position, event in enumerate(events)
        if meant(event, criteria.filters)
        and (not criteria.ids or criteria.ids & {event.id, event.client_id})
        and (criteria.start is None or criteria.start <= event.occurred_at)
        and (criteria.end is None or event.occurred_at < criteria.end)
    ]
    return [event_id for _, _, event_id in sorted(found, reverse=order is Order.NEWEST)]


def place_of(recorded: RecordedEvent) -> Place:
    return Place(recorded.event.occurred_at, recorded.position)


async def pages(store: OpenStore, criteria: Criteria, order: Order, limit: int) -> list[str]:
    """Page through a list, each page from a snapshot of its own, and return the ids."""
    ids: list[str] = []
    after: Place | None = None
    while True:
        async with store.snapshot(WORKSPACE) as snapshot:
            page = await snapshot.events(criteria, order, limit, after)
        assert len(page) <= limit
        if not page:
            return ids
        ids += [one.event.id for one in page]
        after = place_of(page[-1])


@pytest.mark.parametrize("order", list(Order))
async def test_events_are_ordered_by_moment_and_then_by_position(store: OpenStore, order: Order) -> None:
    events = varied(60)
    await store.append(*events)
    async with store.snapshot(WORKSPACE) as snapshot:
        found = await snapshot.events(Criteria(), order, 1_000)
    assert [one.event.id for one in found] == expected(events, Criteria(), order)


async def test_every_pair_of_filters_with_and_without_a_range_finds_what_a_loop_finds(store: OpenStore) -> None:
    events = varied(150)
    await store.append(*events)
    values = {name: min(value for event in events if (value := getattr(event, name))) for name in FIELDS}
    wanted = [(), *((name,) for name in FIELDS), *combinations(FIELDS, 2), FIELDS]
    found_some = 0
    async with store.snapshot(WORKSPACE) as snapshot:
        for number, names in enumerate(wanted):
            bounds = [(None, None), (NOW + 3 * HOUR, None), (None, NOW + 9 * HOUR), (NOW + 2 * HOUR, NOW + 8 * HOUR)]
            start, end = bounds[number % 4]
            criteria = Criteria({name: one_of(values[name]) for name in names}, start, end)
            order = list(Order)[number % 2]
            found = [one.event.id for one in await snapshot.events(criteria, order, 1_000)]
            assert found == expected(events, criteria, order), criteria
            found_some += bool(found)
    assert found_some > 30


async def test_a_range_holds_its_start_and_not_its_end(store: OpenStore) -> None:
    events = [an_event(occurred_at=NOW + offset) for offset in (-1, 0, 1, 2)]
    await store.append(*events)
    async with store.snapshot(WORKSPACE) as snapshot:
        found = await snapshot.events(Criteria(start=NOW, end=NOW + 2), Order.OLDEST, 10)
        assert [one.event.id for one in found] == [events[1].id, events[2].id]
        assert list(await snapshot.events(Criteria(start=NOW, end=NOW), Order.OLDEST, 10)) == []
        assert list(await snapshot.events(Criteria(start=NOW + 2, end=NOW - 2), Order.NEWEST, 10)) == []


async def test_a_value_nobody_has_finds_nothing(store: OpenStore) -> None:
    await store.append(*varied(10))
    async with store.snapshot(WORKSPACE) as snapshot:
        for value in ("nobody", "", "%", "ADA", "ada ", "a\0b", "\ud83d"):
            assert list(await snapshot.events(Criteria({"user_id": one_of(value)}), Order.NEWEST, 10)) == []
        assert list(await snapshot.events(Criteria({"user_id": one_of()}), Order.NEWEST, 10)) == []


async def test_several_values_are_alternatives_and_no_value_is_one_of_them(store: OpenStore) -> None:
    events = varied(150)
    await store.append(*events)
    asked: list[dict[str, Wanted]] = [
        {"type": one_of("agent.executed", "agent.failed")},
        {"type": one_of("agent.executed", "agent.failed"), "status": one_of("failure")},
        {"user_id": one_of("ada", "grace", "nobody")},
        {"user_id": one_of(None)},
        {"status": one_of("success", None), "source": one_of("api")},
        {"correlation_id": one_of(None, "c1")},
    ]
    async with store.snapshot(WORKSPACE) as snapshot:
        for filters in asked:
            found = [one.event.id for one in await snapshot.events(Criteria(filters), Order.NEWEST, 1_000)]
            assert len(found) > 0
            assert found == expected(events, Criteria(filters), Order.NEWEST), filters


async def test_events_are_asked_for_by_what_they_have(store: OpenStore) -> None:
    events = [an_event(), an_event(user_id=None), an_event(credits=None), an_event(duration_us=0, credits=0)]
    await store.append(*events)
    async with store.snapshot(WORKSPACE) as snapshot:
        for fields in (("user_id",), ("credits",), ("duration_us",), ("user_id", "credits")):
            criteria = Criteria({field: Present() for field in fields})
            found = [one.event.id for one in await snapshot.events(criteria, Order.OLDEST, 10)]
            assert found == expected(events, criteria, Order.OLDEST), fields


async def test_events_are_found_by_any_of_their_ids(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    events = [
        an_event(id=UUID, occurred_at=NOW + 3),
        an_event(client_id="statistics", source="a", occurred_at=NOW + 2),
        an_event(client_id="statistics", source="b", occurred_at=NOW + 1),
        an_event(client_id="other"),
    ]
    await store.append(*events)
    await store.append(an_event(client_id="statistics"), workspace=elsewhere)
    async with store.snapshot(WORKSPACE) as snapshot:
        for ids in (
            {"statistics"},
            {UUID, "statistics"},
            {UUID, "nobody"},
            {"nobody"},
            {"a\0b"},
            {"other", "statistics"},
        ):
            criteria = Criteria(ids=frozenset(ids))
            found = [one.event.id for one in await snapshot.events(criteria, Order.NEWEST, 10)]
            assert found == expected(events, criteria, Order.NEWEST), ids
        (found_in_capitals,) = await snapshot.events(Criteria(ids=frozenset({UUID.upper()})), Order.NEWEST, 10)
        assert found_in_capitals.event.id == UUID
        of_source = Criteria({"source": one_of("b")}, ids=frozenset({"statistics"}))
        assert [one.event.source for one in await snapshot.events(of_source, Order.NEWEST, 10)] == ["b"]
        early = Criteria(end=NOW + 2, ids=frozenset({UUID, "statistics"}))
        assert [one.event.source for one in await snapshot.events(early, Order.NEWEST, 10)] == ["b"]


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("equal", [{}, {"user_id": "ada"}, {"type": "agent.executed", "source": "api"}])
async def test_pages_join_without_gap_or_repeat(store: OpenStore, order: Order, equal: dict[str, str]) -> None:
    events = varied(40)
    await store.append(*events)
    criteria = Criteria({name: one_of(value) for name, value in equal.items()}, NOW + HOUR, NOW + 11 * HOUR)
    assert await pages(store, criteria, order, 3) == expected(events, criteria, order)


@pytest.mark.parametrize("order", list(Order))
async def test_pages_join_even_if_all_events_share_one_moment(store: OpenStore, order: Order) -> None:
    events = [an_event() for _ in range(11)]
    await store.append(*events)
    assert await pages(store, Criteria(), order, 2) == expected(events, Criteria(), order)


@pytest.mark.parametrize("order", list(Order))
async def test_paging_neither_skips_nor_repeats_while_events_arrive(store: OpenStore, order: Order) -> None:
    before = varied(30)
    await store.append(*before)
    seen: list[str] = []
    places: list[tuple[int, int]] = []
    after: Place | None = None
    for turn in range(100):
        async with store.snapshot(WORKSPACE) as snapshot:
            page = await snapshot.events(Criteria(), order, 4, after)
        if not page:
            break
        seen += [one.event.id for one in page]
        places += [(one.event.occurred_at, one.position) for one in page]
        after = place_of(page[-1])
        if turn < 10:
            await store.append(*varied(3, seed=turn))
    assert len(seen) == len(set(seen))
    assert {event.id for event in before} <= set(seen)
    assert places == sorted(places, reverse=order is Order.NEWEST)


async def test_a_place_of_an_event_that_is_gone_or_never_was_still_says_where_to_go_on(store: OpenStore) -> None:
    events = [an_event(occurred_at=NOW + offset) for offset in (0, 10, 20)]
    await store.append(*events)
    async with store.snapshot(WORKSPACE) as snapshot:
        beyond = await snapshot.events(Criteria(), Order.OLDEST, 10, Place(NOW + 10, 1))
        assert [one.position for one in beyond] == [2, 3]
        before = await snapshot.events(Criteria(), Order.NEWEST, 10, Place(NOW + 15, 99))
        assert [one.position for one in before] == [2, 1]
