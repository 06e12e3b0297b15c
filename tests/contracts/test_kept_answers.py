"""Kept answers: exact at every position, reused wherever the log tells that they are still true."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from shadower.adapters.diskcache.tier import DiskTier
from shadower.adapters.tiered.cache import TieredCache
from shadower.application.kept import touches
from shadower.application.metric_question import MetricQuestion
from shadower.application.ports.snapshot import OpenSnapshot, Snapshot
from shadower.application.summarize_metrics import SummarizeMetrics
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.filters import one_of
from shadower.domain.events.moments import DAY, HOUR, MINUTE
from shadower.domain.metrics.question import Aggregation, Dimension
from shadower.domain.metrics.tally import Needs
from shadower.testing import NOW, an_event
from tests.kept import cache_of, keeping
from tests.properties.test_stores_agree import rebuilt, removed
from tests.stores import OpenStore

WORKSPACE = WorkspaceId(1)
WEEK = Aggregation([NOW - 7 * DAY, NOW - 2 * DAY, NOW], Needs.ALL)


@dataclass
class Kept:
    """A store that keeps answers, and what it was really asked to count."""

    store: OpenStore
    cache: TieredCache
    opened: OpenSnapshot = field(init=False)
    counted: list[Aggregation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """As a process that has just started, with what is in the cache."""
        self.opened = keeping(Noting(self.store.snapshot, self.counted), self.cache)

    async def ask(self, asked: Aggregation = WEEK, workspace: WorkspaceId = WORKSPACE) -> list[int]:
        """Return the events of each bucket, and of those only the counts."""
        async with self.opened(workspace) as snapshot:
            tallies = await snapshot.tally(asked)
        async with self.store.snapshot(workspace) as snapshot:
            assert counts(tallies) == counts(await snapshot.tally(asked))
        return [tallies[None][bucket].events for bucket in sorted(tallies.get(None, {}))]

    async def recounted(self, asked: Aggregation = WEEK, workspace: WorkspaceId = WORKSPACE) -> list[tuple[int, int]]:
        """Ask, and return which hours that are over were counted for it, relative to now."""
        self.counted.clear()
        await self.ask(asked, workspace)
        over = (self.store.clock.now() - 15 * MINUTE) // HOUR * HOUR
        found = [one for one in self.counted if one.end <= over and one.end - one.start >= HOUR]
        return [(one.start // HOUR, one.end // HOUR) for one in found]


class Noting(OpenSnapshot):
    """Notes every aggregation."""

    def __init__(self, opened: OpenSnapshot, counted: list[Aggregation]) -> None:
        self._opened = opened
        self._counted = counted

    @asynccontextmanager
    async def __call__(self, workspace: WorkspaceId) -> AsyncIterator[Snapshot]:
        async with self._opened(workspace) as snapshot:
            really = snapshot.tally

            async def tally(aggregation: Aggregation) -> object:
                self._counted.append(aggregation)
                return await really(aggregation)

            snapshot.tally = tally
            yield snapshot


def counts(tallies: object) -> dict[object, dict[int, tuple[int, int, int]]]:
    return {
        group: {i: (one.events, one.credits, len(one.users or ())) for i, one in each.items()}
        for group, each in tallies.items()
    }


@pytest.fixture
async def kept(store: OpenStore) -> Kept:
    await store.append(*(an_event(occurred_at=NOW - hours * HOUR) for hours in (0, 1, 5, 30, 60, 100)))
    # As ever when hours are over: until they have numbers, ids are of no use to others.
    await store.catch_up()
    return Kept(store, cache_of(store.clock, None))


async def test_what_is_over_is_counted_once(kept: Kept) -> None:
    assert len(await kept.recounted()) == 2
    assert await kept.recounted() == []
    assert await kept.ask() == [2, 3]
    assert kept.cache.figures().misses == 2


async def test_an_answer_has_the_position_and_instant_of_its_snapshot(kept: Kept) -> None:
    await kept.ask()
    kept.store.clock.move(5)
    await kept.store.append(an_event())
    async with kept.opened(WORKSPACE) as snapshot:
        await snapshot.tally(WEEK)
        assert (snapshot.position, snapshot.as_of) == (7, NOW + 5)


async def test_events_of_now_are_in_the_next_answer_and_nothing_is_recounted(kept: Kept) -> None:
    asked = Aggregation([NOW - 7 * DAY, NOW + HOUR], Needs.ALL)
    before = (await kept.ask(asked))[0]
    for number in range(1, 4):
        await kept.store.append(an_event(user_id=f"new-{number}"))
        assert await kept.ask(asked) == [before + number]
        assert await kept.recounted(asked) == []


async def test_a_late_event_is_in_the_next_answer_and_only_its_piece_is_recounted(kept: Kept) -> None:
    await kept.ask()
    await kept.store.append(an_event(occurred_at=NOW - 100 * HOUR))
    (recounted,) = await kept.recounted()
    assert recounted[0] * HOUR <= NOW - 100 * HOUR < recounted[1] * HOUR
    assert await kept.ask() == [3, 3]
    assert await kept.recounted() == []


async def test_an_event_elsewhere_changes_nothing(kept: Kept) -> None:
    elsewhere = await kept.store.new_workspace("elsewhere")
    await kept.ask()
    await kept.store.append(an_event(occurred_at=NOW - 100 * HOUR), workspace=elsewhere)
    assert await kept.recounted() == []
    assert await kept.ask(workspace=elsewhere) == [1]


async def test_when_an_hour_turns_only_today_is_counted_anew(kept: Kept) -> None:
    await kept.ask()
    kept.store.clock.move(HOUR)
    day, now = NOW // DAY * 24, (NOW + HOUR - 15 * MINUTE) // HOUR
    assert await kept.recounted(Aggregation([NOW - 7 * DAY, NOW - 2 * DAY, NOW + HOUR], Needs.ALL)) == [(day, now)]


@pytest.mark.parametrize(
    "other",
    [
        Aggregation([NOW - 7 * DAY, NOW - 3 * DAY, NOW], Needs.ALL),
        Aggregation([NOW - 6 * DAY, NOW - 2 * DAY, NOW], Needs.ALL),
        Aggregation([NOW - 7 * DAY, NOW - 2 * DAY, NOW], Needs.SUMS),
        Aggregation([NOW - 7 * DAY, NOW - 2 * DAY, NOW], Needs.ALL, {"user_id": one_of("ada")}),
        Aggregation([NOW - 7 * DAY, NOW - 2 * DAY, NOW], Needs.ALL, {"user_id": one_of(None)}),
        Aggregation([NOW - 7 * DAY, NOW - 2 * DAY, NOW], Needs.ALL, {"agent_id": one_of("ada")}),
        Aggregation([NOW - 7 * DAY, NOW - 2 * DAY, NOW], Needs.ALL, {}, Dimension.USER),
    ],
    ids=["cuts", "start", "needs", "a filter", "the absence", "another field", "groups"],
)
async def test_another_question_is_another_count(kept: Kept, other: Aggregation) -> None:
    await kept.ask()
    async with kept.opened(WORKSPACE) as snapshot, kept.store.snapshot(WORKSPACE) as plain:
        assert counts(await snapshot.tally(other)) == counts(await plain.tally(other))
    assert kept.cache.figures().hits <= 1


async def test_a_short_question_is_not_kept(kept: Kept) -> None:
    await kept.ask(Aggregation([NOW - 2 * HOUR, NOW], Needs.ALL))
    assert kept.cache.figures().misses == 0


async def test_an_older_snapshot_is_not_given_what_came_after_it(kept: Kept) -> None:
    async with kept.opened(WORKSPACE) as older:
        await older.extent()
        await kept.store.append(an_event(occurred_at=NOW - 100 * HOUR))
        assert await kept.ask() == [3, 3]
        assert counts(await older.tally(WEEK))[None][0][0] == 2


async def test_ids_without_a_number_are_counted_once_whoever_keeps_them(kept: Kept) -> None:
    asked = Aggregation([NOW - 7 * DAY, NOW], Needs.USERS)
    await kept.store.append(*(an_event(user_id=f"user-{hour}", occurred_at=NOW - hour * HOUR) for hour in (3, 30, 60)))
    await kept.ask(asked)
    async with kept.opened(WORKSPACE) as before_numbers:
        await before_numbers.extent()
        await kept.store.catch_up()
        await kept.ask(asked)
        await kept.ask(asked)
        assert len((await before_numbers.tally(asked))[None][0].users or ()) == 4
    await kept.store.append(an_event(user_id="user-30"))
    await kept.ask(asked)


async def test_a_rebuild_changes_nothing(kept: Kept) -> None:
    await kept.store.catch_up()
    await kept.ask()
    await rebuilt(kept.store)
    assert await kept.recounted() == []


async def test_removed_events_count_as_before(kept: Kept) -> None:
    await kept.store.catch_up()
    await kept.ask()
    await removed(kept.store, WORKSPACE, NOW + 1, 100)
    assert await kept.ask() == await kept.ask() == [2, 3]


async def test_what_lacks_removed_events_is_not_kept(kept: Kept) -> None:
    await kept.store.catch_up()
    await removed(kept.store, WORKSPACE, NOW + 1, 100)
    asked = Aggregation(WEEK.cuts, Needs.SUMS, {"user_id": one_of("ada"), "agent_id": one_of("pricing")})
    for _ in range(2):
        async with kept.opened(WORKSPACE) as snapshot:
            await snapshot.tally(asked)
            assert snapshot.shortfall is not None


async def test_a_process_that_has_just_begun_goes_on_with_what_is_on_disk(kept: Kept, tmp_path: Path) -> None:
    tiers = [DiskTier(tmp_path / "cache", 2**24) for _ in range(2)]
    before, after = (Kept(kept.store, cache_of(kept.store.clock, tier)) for tier in tiers)
    await before.ask()
    await before.cache.close()
    assert await after.recounted() == []
    assert after.cache.figures().warm_hits == 2
    await after.cache.close()


async def test_what_came_in_while_no_process_was_there_is_in_the_next_answer(kept: Kept) -> None:
    await kept.ask()
    await kept.store.append(an_event(occurred_at=NOW - 100 * HOUR))
    kept.begin_anew()
    assert await kept.ask() == [3, 3]


async def test_what_is_kept_and_cannot_be_read_is_counted_anew(kept: Kept) -> None:
    await kept.ask()
    spoilt = TieredCache.get_or_compute

    async def half(*given: Any, **named: Any) -> bytes | None:  # noqa: ANN401 - as the cache is asked
        found = await spoilt(kept.cache, *given, **named)
        return None if found is None else found[:-1]

    kept.cache.get_or_compute = half  # type: ignore[method-assign]
    assert await kept.ask() == [2, 3]
    del kept.cache.get_or_compute
    assert len(await kept.recounted()) == 2


async def test_what_comes_in_through_another_process_is_in_the_next_answer(kept: Kept) -> None:
    await kept.ask()
    twin = await kept.store.twin()
    await twin.append(an_event(occurred_at=NOW - 100 * HOUR))
    assert await kept.ask() == [3, 3]
    other = Kept(twin, kept.cache)
    assert await other.recounted() == []


async def test_too_far_behind_everything_is_counted_anew(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touches, "MOST_BEHIND", 3)
    await kept.ask()
    await kept.store.append(*(an_event() for _ in range(3)))
    assert await kept.recounted() == []
    await kept.store.append(*(an_event() for _ in range(4)))
    assert len(await kept.recounted()) == 2
    assert await kept.recounted() == []


async def test_more_hours_than_are_remembered_are_counted_anew(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touches, "MOST_HOURS", 8)
    await kept.ask()
    await kept.store.append(*(an_event(occurred_at=NOW - days * DAY) for days in range(20, 30)))
    assert len(await kept.recounted()) == 2
    assert await kept.recounted() == []


async def test_more_workspaces_than_are_remembered_are_counted_anew(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(touches, "MOST_WORKSPACES", 1)
    elsewhere = await kept.store.new_workspace("elsewhere")
    await kept.ask()
    await kept.ask(workspace=elsewhere)
    assert await kept.ask() == [2, 3]


async def test_many_who_ask_at_once_share_one_count(kept: Kept) -> None:
    kept.counted.clear()
    assert await asyncio.gather(*(kept.ask() for _ in range(12))) == [[2, 3]] * 12
    assert kept.cache.figures().misses == 2


async def test_use_cases_are_answered_with_what_was_just_acknowledged(kept: Kept) -> None:
    summarize = SummarizeMetrics(kept.opened, kept.store.begin)
    kept.store.clock.move(1)
    for number in range(3):
        summary = await summarize(WORKSPACE, MetricQuestion(metrics=["events"], timeframe="7d"))
        assert summary.metrics["events"].value == 6 + number
        assert summary.fresh_to == kept.store.clock.now()
        kept.store.clock.move(1)
        await kept.store.append(an_event(occurred_at=NOW - (number + 1) * DAY))
