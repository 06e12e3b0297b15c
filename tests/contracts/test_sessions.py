"""Snapshot.sessions: derived from events, whatever the order these came in."""

import random
from collections.abc import Sequence

import pytest

from shadower.application.ports.snapshot import Criteria, Order, Place, Session, SessionNotFound
from shadower.domain.events.event import Event, WorkspaceId
from shadower.domain.events.filters import Present, one_of
from shadower.domain.events.moments import HOUR, MINUTE
from shadower.testing import NOW, an_event
from tests.stores import OpenStore

WORKSPACE = WorkspaceId(1)


def summed_up(events: Sequence[Event], session_id: str, order: Order = Order.NEWEST) -> Session:
    """Sum up a session the plain way; an event's place in `events` is its position less one."""
    mine = sorted(
        (event.occurred_at, position, event)
        for position, event in enumerate(events, 1)
        if event.session_id == session_id
    )
    runs = [event for _, _, event in mine if event.type in ("agent.executed", "agent.failed")]
    return Session(
        session_id,
        mine[0][0],
        mine[-1][0],
        mine[-1 if order is Order.NEWEST else 0][1],  # type: ignore[arg-type]
        len(mine),
        len(runs),
        sum(run.status == "failure" for run in runs),
        sorted({event.user_id for _, _, event in mine if event.user_id})[:10],
        sorted({event.agent_id for _, _, event in mine if event.agent_id})[:10],
    )


def plain(session: Session) -> tuple[object, ...]:
    """Lists and tuples of names compare as equal."""
    fields = (session.started_at, session.ended_at, session.last_position, session.events, session.executions)
    return (session.id, *fields, session.failures, list(session.users), list(session.agents))


def a_busy_day(count: int, seed: int = 3) -> list[Event]:
    chance = random.Random(seed)
    return [
        an_event(
            session_id=chance.choice([*(f"s{number}" for number in range(15)), None]),
            type=chance.choice(["agent.executed", "agent.failed", "user.login"]),
            status=chance.choice(["success", "failure", "cancelled", None]),
            user_id=chance.choice(["ada", "grace", "Ada", "émile", None]),
            agent_id=chance.choice(["pricing", "audit", None]),
            occurred_at=NOW + chance.randrange(24 * 4) * 15 * MINUTE,
        )
        for _ in range(count)
    ]


def expected(
    events: Sequence[Event], order: Order, equal: dict[str, str], start: int | None, end: int | None
) -> list[Session]:
    matching = {event.session_id for event in events if all(getattr(event, k) == v for k, v in equal.items())} - {None}
    newest = order is Order.NEWEST
    placed = []
    for session_id in matching:
        session = summed_up(events, str(session_id), order)
        moment = session.ended_at if newest else session.started_at
        if (start is None or start <= moment) and (end is None or moment < end):
            placed.append((moment, session.last_position, session))
    return [session for _, _, session in sorted(placed, key=lambda one: one[:2], reverse=newest)]


async def test_a_session_is_the_same_whatever_order_its_events_came_in(store: OpenStore) -> None:
    events = [
        an_event(occurred_at=NOW + HOUR, user_id="grace", type="agent.failed", status="failure"),
        an_event(occurred_at=NOW - HOUR, type="user.login", status=None, agent_id=None),
        an_event(occurred_at=NOW, status="cancelled"),
    ]
    await store.append(*events)
    async with store.snapshot(WORKSPACE) as snapshot:
        session = await snapshot.session("morning")
    assert plain(session) == (
        *("morning", NOW - HOUR, NOW + HOUR, 1, 3, 2, 1),
        ["ada", "grace"],
        ["pricing"],
    )


async def test_a_late_event_moves_the_start_or_the_end_of_its_session(store: OpenStore) -> None:
    await store.append(an_event())
    for moment, extent in ((NOW + HOUR, (NOW, NOW + HOUR)), (NOW - HOUR, (NOW - HOUR, NOW + HOUR))):
        await store.append(an_event(occurred_at=moment))
        async with store.snapshot(WORKSPACE) as snapshot:
            session = await snapshot.session("morning")
            assert (session.started_at, session.ended_at) == extent


async def test_only_the_first_ten_users_and_agents_are_named(store: OpenStore) -> None:
    names = [f"{name}{number}" for name in ("b", "B", "ä") for number in range(5)]
    await store.append(*(an_event(user_id=name, agent_id=name) for name in reversed(names)))
    async with store.snapshot(WORKSPACE) as snapshot:
        session = await snapshot.session("morning")
    assert list(session.users) == list(session.agents) == sorted(names)[:10]


@pytest.mark.parametrize("name", ["evening", "", "MORNING", "a\0b"])
async def test_a_session_without_events_is_not_found(store: OpenStore, name: str) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    await store.append(an_event(), an_event(session_id=None))
    await store.append(an_event(session_id="evening"), workspace=elsewhere)
    async with store.snapshot(WORKSPACE) as snapshot:
        with pytest.raises(SessionNotFound):
            await snapshot.session(name)


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize(
    "equal", [{}, {"user_id": "grace"}, {"type": "agent.failed", "agent_id": "audit"}, {"session_id": "s3"}]
)
@pytest.mark.parametrize(
    "bounds", [(None, None), (NOW + 6 * HOUR, None), (None, NOW + 23 * HOUR), (NOW + HOUR, NOW + 23 * HOUR)]
)
async def test_sessions_are_listed_as_a_loop_finds_them(
    store: OpenStore, order: Order, equal: dict[str, str], bounds: tuple[int | None, int | None]
) -> None:
    events = a_busy_day(120)
    await store.append(*events)
    async with store.snapshot(WORKSPACE) as snapshot:
        criteria = Criteria({name: one_of(value) for name, value in equal.items()}, *bounds)
        found = await snapshot.sessions(criteria, order, 100)
    assert [plain(session) for session in found] == [plain(one) for one in expected(events, order, equal, *bounds)]


async def test_one_event_has_to_match_all_of_the_criteria(store: OpenStore) -> None:
    await store.append(an_event(user_id="ada", agent_id="pricing"), an_event(user_id="grace", agent_id="audit"))
    async with store.snapshot(WORKSPACE) as snapshot:
        crossed = Criteria({"user_id": one_of("ada"), "agent_id": one_of("audit")})
        assert list(await snapshot.sessions(crossed, Order.NEWEST, 10)) == []
        matching = Criteria({"user_id": one_of("ada"), "agent_id": one_of("pricing")})
        (session,) = await snapshot.sessions(matching, Order.NEWEST, 10)
        assert session.events == 2


async def test_sessions_are_asked_for_by_alternatives_by_absence_and_by_the_id_of_an_event(store: OpenStore) -> None:
    await store.append(
        an_event(session_id="a", user_id="ada", client_id="run-1"),
        an_event(session_id="b", user_id="grace", client_id="run-2"),
        an_event(session_id="c", user_id=None, correlation_id="c1"),
        an_event(session_id="c", user_id="mary"),
    )
    asked = [
        (Criteria({"user_id": one_of("ada", "grace")}), "ab"),
        (Criteria({"user_id": one_of(None)}), "c"),
        (Criteria({"user_id": one_of("grace", None)}), "bc"),
        (Criteria({"correlation_id": Present()}), "c"),
        (Criteria(ids=frozenset({"run-2"})), "b"),
        (Criteria({"user_id": one_of("ada")}, ids=frozenset({"run-2"})), ""),
    ]
    async with store.snapshot(WORKSPACE) as snapshot:
        for criteria, names in asked:
            found = await snapshot.sessions(criteria, Order.NEWEST, 10)
            assert sorted(session.id for session in found) == list(names), criteria


@pytest.mark.parametrize("order", list(Order))
async def test_pages_of_sessions_join_without_gap_or_repeat(store: OpenStore, order: Order) -> None:
    events = a_busy_day(100)
    # Sessions that share their end, and their start.
    events += [an_event(session_id=f"t{number}", occurred_at=NOW + 30 * HOUR * (number % 2)) for number in range(6)]
    await store.append(*events)
    found: list[Session] = []
    after: Place | None = None
    while True:
        async with store.snapshot(WORKSPACE) as snapshot:
            page = await snapshot.sessions(Criteria(), order, 4, after)
        if not page:
            break
        found += page
        last = page[-1]
        after = Place(last.ended_at if order is Order.NEWEST else last.started_at, last.last_position)
    assert [plain(one) for one in found] == [plain(one) for one in expected(events, order, {}, None, None)]
