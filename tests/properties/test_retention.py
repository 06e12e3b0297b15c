"""Whatever comes in and is let go, in whatever order: pages answer as if nothing had been removed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from shadower.domain.events.event import Event, Outcome, WorkspaceId
from shadower.domain.events.moments import DAY
from shadower.domain.metrics.pages import QUARTER, family_of
from shadower.domain.metrics.question import Aggregation
from shadower.domain.metrics.tally import Needs
from shadower.entrypoints.wiring.bundle import StoreBundle
from shadower.testing import NOW, HandClock, a_batch
from tests.event_strategies import aggregations, events
from tests.properties.test_stores_agree import differences, rebuilt, removed
from tests.stores import STORES, OpenStore, opened_on_a_loop
from tests.tally_oracle import brute_force, counted, plain_tallies


class Arrival(NamedTuple):
    """Some events come in on one of these days."""

    day: int
    events: Sequence[Event]


class LettingGo(NamedTuple):
    """What came in until this day is removed, so many events a step."""

    day: int
    limit: int
    caught_up: bool
    """Whether the rollups have taken in everything before; what they have not stays."""


class Advance(NamedTuple):
    """The rollups take in so many events."""

    limit: int


class Rebuild(NamedTuple):
    """The rollups are made anew."""


class Consolidate(NamedTuple):
    """Days that are over are added up beforehand."""


Step = Arrival | LettingGo | Advance | Rebuild | Consolidate

days = st.integers(0, 2)
arrivals = st.builds(Arrival, days, st.lists(events(), min_size=1, max_size=8))
lettings_go = st.builds(LettingGo, days, st.integers(1, 5), st.sampled_from([True, True, False]))
rounds = st.tuples(
    arrivals,
    st.one_of(lettings_go, st.builds(Advance, st.integers(1, 10))),
    st.one_of(lettings_go, st.builds(Rebuild), st.builds(Consolidate)),
)
histories = st.lists(rounds, min_size=1, max_size=4).map(lambda found: [step for each in found for step in each])


@st.composite
def questions(draw: st.DrawFn) -> Aggregation:
    """A question that pages can answer: over whole quarter-hours, by at most one of agent and user."""
    asked = draw(aggregations())
    cuts = sorted({cut // QUARTER * QUARTER for cut in asked.cuts})
    assume(len(cuts) > 1 and family_of(asked) is not None)
    return replace(asked, cuts=cuts)


async def lived_through(store: OpenStore, workspace: WorkspaceId, history: Sequence[Step]) -> list[Event]:
    """Let it all happen, and return every event that was stored."""
    stored: list[Event] = []
    for step in history:
        match step:
            case Arrival(day, brought):
                outcomes = await store.send(a_batch(*brought, workspace=workspace, received_at=NOW + day * DAY))
                pairs = zip(brought, outcomes, strict=True)
                stored += [event for event, outcome in pairs if outcome is Outcome.STORED]
            case LettingGo(day, limit, caught_up):
                if caught_up:
                    await store.catch_up()
                await removed(store, workspace, NOW + day * DAY + 1, limit)
            case Advance(limit):
                await store.rollups.advance(limit)
            case Rebuild():
                await rebuilt(store)
            case Consolidate():
                await store.rollups.consolidate(100)
    return stored


@pytest.mark.parametrize("kind", STORES)
def test_letting_go_changes_no_answer_of_pages(
    kind: str, new_bundle: Callable[[str], Callable[[HandClock], StoreBundle]]
) -> None:
    with opened_on_a_loop(kind, new_bundle(kind)) as (runner, store):
        numbers = iter(range(10_000))

        @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
        @given(histories, st.lists(questions(), min_size=1, max_size=6))
        def check(history: list[Step], asked: list[Aggregation]) -> None:
            runner.run(checked(store, f"run-{next(numbers)}", history, asked))

        check()
        runner.run(store.catch_up())
        assert runner.run(differences(store)) == []


async def checked(store: OpenStore, name: str, history: Sequence[Step], asked: Sequence[Aggregation]) -> None:
    workspace = await store.new_workspace(name)
    stored = await lived_through(store, workspace, history)
    async with store.snapshot(workspace) as snapshot:
        for question in asked:
            expected = {
                group: {bucket: counted(found, Needs.ALL) for bucket, found in buckets.items()}
                for group, buckets in brute_force(stored, question).items()
            }
            assert plain_tallies(await snapshot.tally(question), Needs.ALL) == expected
        assert snapshot.shortfall is None
