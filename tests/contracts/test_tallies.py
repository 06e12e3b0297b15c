"""Snapshot.tally: every question, against a loop over all events, wherever the rollups happen to be."""

import random
from collections.abc import Mapping, Sequence
from itertools import combinations

import pytest

from shadower.domain.events.event import Event, WorkspaceId
from shadower.domain.events.filters import Present, one_of
from shadower.domain.events.moments import DAY, HOUR, MINUTE
from shadower.domain.metrics.question import Aggregation, Dimension
from shadower.domain.metrics.tally import Needs, merged
from shadower.testing import NOW, an_event
from tests.stores import OpenStore
from tests.tally_oracle import brute_force, counted, cuts, plain, plain_tallies

WORKSPACE = WorkspaceId(1)
MIDNIGHT = NOW - NOW % DAY
VALUES: Mapping[Dimension, Sequence[str | None]] = {
    Dimension.TYPE: ["agent.executed", "agent.failed", "user.login", "credit.consumed"],
    Dimension.SOURCE: ["api", "excel", "shadower"],
    Dimension.AGENT: ["pricing", "audit", "planner", None],
    Dimension.USER: ["ada", "grace", "Ada", None],
    Dimension.SESSION: ["s1", "s2", "s3", None],
    Dimension.MODEL: ["small-1", "large-2", None],
    Dimension.STATUS: ["success", "failure", "cancelled", None],
}


def varied(count: int, *, days: int, seed: int = 11) -> list[Event]:
    """Events of few values each, over some days, some of them exactly on quarter-hours."""
    chance = random.Random(seed)

    def amount(most: int) -> int | None:
        return chance.choice([None, 0, chance.randrange(most), most])

    events = []
    for _ in range(count):
        said = {str(dimension): chance.choice(values) for dimension, values in VALUES.items()}
        at = MIDNIGHT - chance.randrange(days * 96) * 15 * MINUTE + chance.choice([0, 0, 1, chance.randrange(HOUR)])
        if said["type"] == "agent.failed":
            said["status"] = "failure"
        amounts = {
            "credits": amount(10**12),
            "cost": amount(10**15),
            "tokens_in": amount(10**12),
            "tokens_out": amount(9),
        }
        events.append(an_event(**said, occurred_at=at, duration_us=amount(10**13), **amounts))
    return events


async def check(store: OpenStore, events: Sequence[Event], asked: Aggregation) -> None:
    """Compare every bucket, every group over the whole range, and all groups together."""
    expected = brute_force(events, asked)
    async with store.snapshot(WORKSPACE) as snapshot:
        tallies = await snapshot.tally(asked)
    assert plain_tallies(tallies, asked.needs) == {
        group: {bucket: counted(some, asked.needs) for bucket, some in buckets.items()}
        for group, buckets in expected.items()
    }
    for group, buckets in expected.items():
        together = [event for some in buckets.values() for event in some]
        assert plain(merged(tallies[group].values()), asked.needs) == counted(together, asked.needs)
    everything = [event for buckets in expected.values() for some in buckets.values() for event in some]
    total = merged(tally for buckets in tallies.values() for tally in buckets.values())
    assert plain(total, asked.needs) == counted(everything, asked.needs)


@pytest.fixture
async def mixed(store: OpenStore) -> list[Event]:
    """Events of which the rollups have taken in two thirds, and that came in no order of time."""
    elsewhere = await store.new_workspace("elsewhere")
    events = varied(450, days=6)
    await store.append(*events[:150])
    await store.append(*varied(50, days=6, seed=99), workspace=elsewhere)
    await store.append(*events[150:300])
    await store.catch_up()
    await store.append(*events[300:])
    return events


@pytest.mark.parametrize("dimension", list(Dimension))
async def test_each_dimension_filters_and_groups(store: OpenStore, mixed: list[Event], dimension: Dimension) -> None:
    whole, by_day = [MIDNIGHT - 7 * DAY, MIDNIGHT + 2 * DAY], cuts(MIDNIGHT - 6 * DAY, MIDNIGHT + DAY, DAY)
    await check(store, mixed, Aggregation(whole, Needs.ALL, group_by=dimension))
    await check(store, mixed, Aggregation(by_day, Needs.ALL, group_by=dimension))
    for value in VALUES[dimension]:
        await check(store, mixed, Aggregation(by_day, Needs.ALL, {dimension: one_of(value)}))


@pytest.mark.parametrize("dimension", list(Dimension))
async def test_each_dimension_filters_while_each_other_groups(
    store: OpenStore, mixed: list[Event], dimension: Dimension
) -> None:
    asked = cuts(MIDNIGHT - 5 * DAY, MIDNIGHT - DAY, 2 * DAY)
    filters = {dimension: one_of(VALUES[dimension][0])}
    for group_by in Dimension:
        await check(store, mixed, Aggregation(asked, Needs.ALL, filters, group_by))


async def test_filters_combine(store: OpenStore, mixed: list[Event]) -> None:
    asked = cuts(MIDNIGHT - 6 * DAY, MIDNIGHT + DAY, 3 * DAY)
    for number, (one, other) in enumerate(combinations(Dimension, 2)):
        filters = {one: one_of(VALUES[one][0]), other: one_of(VALUES[other][number % 2])}
        await check(store, mixed, Aggregation(asked, Needs.ALL, filters, list(Dimension)[number % 7]))


async def test_several_values_of_a_dimension_are_alternatives_and_no_value_is_one_of_them(
    store: OpenStore, mixed: list[Event]
) -> None:
    asked = cuts(MIDNIGHT - 6 * DAY, MIDNIGHT + DAY, DAY)
    for number, dimension in enumerate(Dimension):
        first, second, *_, last = VALUES[dimension]
        for wanted in (one_of(first, second), one_of(first, last), one_of("nobody", second)):
            await check(store, mixed, Aggregation(asked, Needs.ALL, {dimension: wanted}))
            await check(store, mixed, Aggregation(asked, Needs.ALL, {dimension: wanted}, list(Dimension)[number - 1]))
            await check(store, mixed, Aggregation(asked, Needs.ALL, {dimension: wanted}, dimension))
    runs = {Dimension.TYPE: one_of("agent.executed", "agent.failed"), Dimension.STATUS: one_of("failure", None)}
    await check(store, mixed, Aggregation(asked, Needs.ALL, runs, Dimension.AGENT))


@pytest.mark.parametrize("field", ["user_id", "agent_id", "model", "type", "credits", "duration_us"])
async def test_events_are_counted_by_what_they_have(store: OpenStore, mixed: list[Event], field: str) -> None:
    asked = cuts(MIDNIGHT - 6 * DAY, MIDNIGHT + DAY, DAY)
    await check(store, mixed, Aggregation(asked, Needs.ALL, {field: Present()}))
    filters = {field: Present(), "status": one_of("failure")}
    await check(store, mixed, Aggregation(asked, Needs.ALL, filters, Dimension.TYPE))


async def test_without_filter_and_group_there_is_one_group(store: OpenStore, mixed: list[Event]) -> None:
    await check(store, mixed, Aggregation([MIDNIGHT - 9 * DAY, MIDNIGHT + 9 * DAY], Needs.ALL))
    async with store.snapshot(WORKSPACE) as snapshot:
        tallies = await snapshot.tally(Aggregation([MIDNIGHT - 9 * DAY, MIDNIGHT + 9 * DAY], Needs.SUMS))
    assert set(tallies) == {None}
    assert tallies[None][0].events == len(mixed)


@pytest.mark.parametrize("width", [15 * MINUTE, HOUR, 6 * HOUR, DAY, 23 * HOUR, 7 * MINUTE + 13])
async def test_buckets_of_any_width_and_place_are_exact(store: OpenStore, mixed: list[Event], width: int) -> None:
    for shift in (0, 15 * MINUTE, 5 * HOUR + 45 * MINUTE, 1, -1, 17 * MINUTE + 3):
        start = MIDNIGHT - 3 * DAY + shift
        edges = cuts(start, start + min(60 * width, 3 * DAY) + shift % 7, width)
        await check(store, mixed, Aggregation(edges, Needs.ALL))
        await check(store, mixed, Aggregation(edges, Needs.ALL, {Dimension.MODEL: one_of("small-1")}, Dimension.TYPE))


async def test_buckets_may_differ_in_width(store: OpenStore, mixed: list[Event]) -> None:
    widths = [DAY, 23 * HOUR, 25 * HOUR, 15 * MINUTE, 1, 23 * HOUR + 30 * MINUTE, DAY]
    edges = [MIDNIGHT - 6 * DAY + 4 * HOUR]
    for width in widths:
        edges.append(edges[-1] + width)
    await check(store, mixed, Aggregation(edges, Needs.ALL))
    await check(store, mixed, Aggregation(edges, Needs.ALL, group_by=Dimension.AGENT))


async def test_a_bucket_holds_its_start_and_not_its_end(store: OpenStore) -> None:
    for settled in (False, True):
        await store.append(*(an_event(occurred_at=MIDNIGHT + offset) for offset in (-1, 0, DAY - 1, DAY)))
        if settled:
            await store.catch_up()
        async with store.snapshot(WORKSPACE) as snapshot:
            tallies = await snapshot.tally(Aggregation([MIDNIGHT, MIDNIGHT + DAY, MIDNIGHT + DAY + 1], Needs.SUMS))
        assert {bucket: tally.events for bucket, tally in tallies[None].items()} == (
            {0: 4, 1: 2} if settled else {0: 2, 1: 1}
        )


async def test_an_empty_range_has_no_tallies(store: OpenStore, mixed: list[Event]) -> None:
    for edges in ([NOW + DAY, NOW + 2 * DAY], [MIDNIGHT, MIDNIGHT], cuts(NOW - 99 * DAY, NOW - 90 * DAY, DAY)):
        for group_by in (None, Dimension.AGENT):
            async with store.snapshot(WORKSPACE) as snapshot:
                assert plain_tallies(await snapshot.tally(Aggregation(edges, Needs.ALL, {}, group_by)), Needs.ALL) == {}


async def test_a_filter_nobody_matches_has_no_tallies(store: OpenStore, mixed: list[Event]) -> None:
    for dimension in Dimension:
        for wanted in (one_of(), *map(one_of, ("nobody", "", "%", "ADA", "api ", "a\0b", "\ud83d"))):
            asked = Aggregation(
                [MIDNIGHT - 9 * DAY, MIDNIGHT + 9 * DAY], Needs.ALL, {dimension: wanted}, Dimension.TYPE
            )
            async with store.snapshot(WORKSPACE) as snapshot:
                assert plain_tallies(await snapshot.tally(asked), Needs.ALL) == {}


@pytest.mark.parametrize("needs", [Needs.SUMS, Needs.HISTOGRAM, Needs.USERS, Needs.AGENTS, Needs.SESSIONS])
async def test_each_part_is_exact_when_asked_for_alone(store: OpenStore, mixed: list[Event], needs: Needs) -> None:
    for filters, group_by in (
        ({}, None),
        ({Dimension.AGENT: one_of("audit")}, None),
        ({Dimension.TYPE: one_of("user.login")}, Dimension.USER),
    ):
        await check(store, mixed, Aggregation(cuts(MIDNIGHT - 4 * DAY, MIDNIGHT, DAY), needs, filters, group_by))


async def test_what_the_platform_does_itself_counts_but_makes_nobody_active(store: OpenStore) -> None:
    ours = an_event(source="shadower", user_id="robot", agent_id="robot", session_id="robot")
    for settled in (False, True):
        await store.append(an_event(), ours._replace(id=an_event().id))
        if settled:
            await store.catch_up()
        async with store.snapshot(WORKSPACE) as snapshot:
            tally = (await snapshot.tally(Aggregation([NOW, NOW + 1], Needs.ALL)))[None][0]
        assert tally.events == (4 if settled else 2)
        assert [len(tally.users or ()), len(tally.agents or ()), len(tally.sessions or ())] == [1, 1, 1]


async def test_sums_of_the_largest_amounts_never_overflow(store: OpenStore) -> None:
    """The sum of `cost` alone passes 2^63 after 9,224 such events, and a third of that when it is merged."""
    most = {"duration_us": 10**13, "credits": 10**12, "cost": 10**15, "tokens_in": 10**12, "tokens_out": 10**12}
    events = [an_event(**most, occurred_at=NOW - number % 3 * DAY) for number in range(12_000)]
    await store.append(*events[:9_500])
    await store.catch_up()
    await store.append(*events[9_500:])
    await check(store, events, Aggregation([NOW - 9 * DAY, NOW + 1], Needs.SUMS))
    await check(
        store, events, Aggregation(cuts(NOW - 2 * DAY, NOW + DAY, DAY), Needs.HISTOGRAM, group_by=Dimension.AGENT)
    )
    await check(store, events, Aggregation([NOW - HOUR, NOW + HOUR], Needs.SUMS))


async def test_ids_that_look_alike_are_told_apart(store: OpenStore) -> None:
    alike = [
        "ada",
        "Ada",
        "ada ",
        " ada",
        "adá",
        "ada\u0301",
        "\uff41da",
        "ada\u200b",
        "a\u200dda",
        "ad\u0430",
        "ADA",
        "ada\n",
    ]
    events = [an_event(user_id=name, agent_id=name, session_id=name, model=name) for name in alike]
    for settled in (False, True):
        if settled:
            await store.catch_up()
        else:
            await store.append(*events)
        for dimension in (Dimension.USER, Dimension.AGENT, Dimension.SESSION, Dimension.MODEL):
            await check(store, events, Aggregation([NOW, NOW + 1], Needs.ALL, group_by=dimension))
            await check(store, events, Aggregation([NOW, NOW + 1], Needs.ALL, {dimension: one_of("ada\u0301")}))


async def test_many_distinct_ids_are_counted_exactly_across_settled_and_fresh_events(store: OpenStore) -> None:
    events = [
        an_event(
            user_id=f"u{number % 1_700}", session_id=f"s{number}", agent_id=None, occurred_at=NOW - number * MINUTE
        )
        for number in range(3_000)
    ]
    await store.append(*events[::2])
    await store.catch_up()
    await store.append(*events[1::2])
    await check(store, events, Aggregation(cuts(NOW - 3 * DAY, NOW + 1, DAY), Needs.ALL))
