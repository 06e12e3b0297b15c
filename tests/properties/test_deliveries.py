"""Any split, order and repetition of the same events gives the same answers."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shadower.application.ports.snapshot import Criteria, Order
from shadower.domain.events.event import Event, Outcome, WorkspaceId
from shadower.domain.metrics.question import Aggregation
from shadower.domain.metrics.tally import Needs
from shadower.entrypoints.wiring.bundle import StoreBundle
from shadower.testing import HandClock, a_batch
from tests.event_strategies import aggregations, events
from tests.stores import STORES, OpenStore, opened_on_a_loop, told
from tests.tally_oracle import plain_tallies


@dataclass(frozen=True)
class Delivery:
    """The same events twice: in one piece, and as the world brings them."""

    events: Sequence[Event]
    calls: Sequence[Sequence[Sequence[Event]]]
    """Appends, each of some batches; together they bring each event at least once."""
    advances: Sequence[int]
    """How far the rollups are let go after each append."""
    questions: Sequence[Aggregation]


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    distinct = draw(st.lists(events(), min_size=1, max_size=14, unique_by=lambda event: event.id))
    repeated = draw(st.lists(st.sampled_from(distinct), max_size=8))
    order = draw(st.permutations([*distinct, *repeated]))
    calls: list[list[list[Event]]] = [[[]]]
    for event in order:
        boundary = draw(st.sampled_from(["none", "none", "batch", "call"]))
        if boundary == "call":
            calls.append([[]])
        elif boundary == "batch":
            calls[-1].append([])
        calls[-1][-1].append(event)
    advances = draw(st.lists(st.sampled_from([0, 1, 3, 100]), min_size=len(calls), max_size=len(calls)))
    return Delivery(distinct, calls, advances, draw(st.lists(aggregations(), min_size=2, max_size=4)))


async def answers(store: OpenStore, workspace: WorkspaceId, questions: Sequence[Aggregation]) -> list[object]:
    """Ask what does not depend on the order of arrival."""
    async with store.snapshot(workspace) as snapshot:
        sessions = await snapshot.sessions(Criteria(), Order.NEWEST, 100)
        return [
            *[plain_tallies(await snapshot.tally(question), Needs.ALL) for question in questions],
            sorted(told(*await snapshot.events(Criteria(), Order.OLDEST, 100))),
            sorted((replace(one, last_position=0) for one in sessions), key=lambda one: one.id),  # type: ignore[arg-type]
            await snapshot.extent(),
            Counter((one.source, one.events) for one in await snapshot.last_intake()),
        ]


async def deliver(store: OpenStore, delivery: Delivery, workspace: WorkspaceId) -> Counter[Outcome]:
    outcomes: Counter[Outcome] = Counter()
    for call, advance in zip(delivery.calls, delivery.advances, strict=True):
        for decided in await store.log.append([a_batch(*batch, workspace=workspace) for batch in call]):
            outcomes.update(decided)
        if advance:
            await store.rollups.advance(advance)
    return outcomes


async def check(store: OpenStore, delivery: Delivery, number: int) -> None:
    whole, split = [await store.new_workspace(f"{kind}-{number}") for kind in ("whole", "split")]
    await store.append(*delivery.events, workspace=whole)
    outcomes = await deliver(store, delivery, split)
    assert outcomes[Outcome.STORED] == len(delivery.events)
    assert outcomes[Outcome.CONFLICT] == 0
    expected = await answers(store, whole, delivery.questions)
    assert await answers(store, split, delivery.questions) == expected
    await store.catch_up()
    assert await answers(store, split, delivery.questions) == expected
    assert await answers(store, whole, delivery.questions) == expected


@pytest.mark.parametrize("kind", STORES)
def test_any_split_order_and_repetition_of_the_same_events_gives_the_same_answers(
    kind: str, new_bundle: Callable[[str], Callable[[HandClock], StoreBundle]]
) -> None:
    tried = 0
    with opened_on_a_loop(kind, new_bundle(kind)) as (runner, store):

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        @given(deliveries())
        def holds(delivery: Delivery) -> None:
            nonlocal tried
            tried += 1
            runner.run(check(store, delivery, tried))

        holds()
