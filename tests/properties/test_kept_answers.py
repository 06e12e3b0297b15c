"""Whatever comes in, late or not, and is let go, and whenever somebody asks: what is kept changes no answer."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shadower.application.ports.cache import Cache
from shadower.application.ports.snapshot import OpenSnapshot
from shadower.domain.events.event import Event, WorkspaceId
from shadower.domain.events.moments import DAY, HOUR
from shadower.domain.metrics.gaps import Shortfall
from shadower.domain.metrics.question import Aggregation
from shadower.domain.metrics.tally import Needs
from shadower.entrypoints.wiring.bundle import StoreBundle
from shadower.testing import NOW, HandClock, a_batch
from tests.event_strategies import aggregations, events
from tests.kept import cache_of, keeping
from tests.properties.test_stores_agree import rebuilt, removed
from tests.stores import STORES, OpenStore, opened_on_a_loop
from tests.tally_oracle import brute_force, counted, plain_tallies


class Arrival(NamedTuple):
    """Some events come in."""

    events: Sequence[Event]


class Ask(NamedTuple):
    """One of the questions is asked, of this process or of another that has just begun."""

    question: int
    anew: bool


class Wait(NamedTuple):
    """Time goes by (micros)."""

    time: int


class LettingGo(NamedTuple):
    """What has come in is removed, so many events a step."""

    limit: int


class Advance(NamedTuple):
    """The rollups take in so many events."""

    limit: int


class Rebuild(NamedTuple):
    """The rollups are made anew."""


Step = Arrival | Ask | Wait | LettingGo | Advance | Rebuild

asking = st.builds(Ask, st.integers(0, 1), st.sampled_from([False, False, False, True]))
changes = st.one_of(
    st.builds(Arrival, st.lists(events(), min_size=1, max_size=6)),
    st.builds(Arrival, st.lists(events(), min_size=1, max_size=1)),
    st.builds(Wait, st.sampled_from([HOUR // 3, HOUR, 7 * HOUR, DAY])),
    st.builds(LettingGo, st.integers(1, 5)),
    st.builds(Advance, st.integers(1, 10)),
    st.builds(Rebuild),
)
rounds = st.tuples(changes, st.lists(asking, min_size=1, max_size=3))
histories = st.lists(rounds, min_size=2, max_size=8).map(
    lambda all_: [step for one, asks in all_ for step in (one, *asks)]
)

Answer = tuple[dict[str | None, dict[int, dict[str, object]]], Shortfall | None]


@pytest.mark.parametrize("kind", STORES)
def test_an_answer_is_what_is_counted_when_it_is_given(
    kind: str, new_bundle: Callable[[str], Callable[[HandClock], StoreBundle]]
) -> None:
    with opened_on_a_loop(kind, new_bundle(kind)) as (runner, store):
        numbers = iter(range(10_000))
        cache = cache_of(store.clock, None)

        @settings(max_examples=10 if kind == "postgres" else 30, deadline=None, suppress_health_check=list(HealthCheck))
        @given(histories, st.lists(aggregations(), min_size=2, max_size=2))
        def check(history: list[Step], asked: list[Aggregation]) -> None:
            store.clock.move(NOW - store.clock.now())
            runner.run(live_through(store, cache, f"run-{next(numbers)}", history, asked))

        check()
        assert cache.figures().hits > 0, "nothing was kept, so nothing was shown"


async def live_through(
    store: OpenStore, cache: Cache, name: str, history: Sequence[Step], asked: Sequence[Aggregation]
) -> None:
    workspace = await store.new_workspace(name)
    kept = keeping(store.snapshot, cache)
    stored: list[Event] = []
    for step in history:
        match step:
            case Arrival(brought):
                await store.send(a_batch(*brought, workspace=workspace, received_at=store.clock.now()))
                stored += brought
            case Ask(number, anew):
                await compare(
                    store.snapshot, keeping(store.snapshot, cache) if anew else kept, workspace, stored, asked[number]
                )
            case Wait(time):
                store.clock.move(time)
            case LettingGo(limit):
                await store.catch_up()
                await removed(store, workspace, store.clock.now() + 1, limit)
            case Advance(limit):
                await store.rollups.advance(limit)
            case Rebuild():
                await rebuilt(store)


async def compare(
    plain: OpenSnapshot, kept: OpenSnapshot, workspace: WorkspaceId, stored: Sequence[Event], asked: Aggregation
) -> None:
    told = await answer(kept, workspace, asked)
    assert told == await answer(plain, workspace, asked)
    if told[1] is None:
        found = brute_force(stored, asked)
        expected = {group: {i: counted(one, Needs.ALL) for i, one in each.items()} for group, each in found.items()}
        assert told[0] == expected


async def answer(snapshots: OpenSnapshot, workspace: WorkspaceId, asked: Aggregation) -> Answer:
    async with snapshots(workspace) as snapshot:
        return plain_tallies(await snapshot.tally(asked), Needs.ALL), snapshot.shortfall
