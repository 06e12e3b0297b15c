"""The cache: what a hit costs at its port, and how often a day of dashboards hits."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from bench.options import Options
from bench.progress import say
from bench.statistics import Round
from bench.stores import new_sqlite
from shadower.adapters.rollups.kept import MsgspecTallyCodec
from shadower.adapters.system.chance import SystemChance
from shadower.application.break_down_metrics import BreakDownMetrics
from shadower.application.chart_metrics import ChartMetrics
from shadower.application.kept.kept_snapshot import Means, OpenKeptSnapshot
from shadower.application.kept.touches import Touches
from shadower.application.metric_question import BreakdownQuestion, MetricQuestion, TimeseriesQuestion
from shadower.application.ports.cache import Cache, CacheKey
from shadower.application.ports.snapshot import OpenSnapshot, Snapshot
from shadower.application.ports.tally_codec import KeptHead
from shadower.application.ports.work import BeginWork
from shadower.application.summarize_metrics import SummarizeMetrics
from shadower.domain.events.event import Event, WorkspaceId
from shadower.domain.events.filters import NO_FILTERS, Filters, one_of
from shadower.domain.events.moments import DAY, HOUR, MINUTE, SECOND
from shadower.domain.keys.key import Scope
from shadower.domain.metrics.question import Tallies
from shadower.domain.metrics.tally import Needs, Tally
from shadower.entrypoints.loop import new_loop
from shadower.entrypoints.settings import Settings
from shadower.entrypoints.settings_sources import settings_for
from shadower.entrypoints.wiring import disk_cache, memory, memory_cache
from shadower.entrypoints.wiring.bundle import StoreBundle
from shadower.testing import NOW, HandClock, a_batch, an_event

LIMIT_US = 50.0
HITS = 20_000

HISTORY_DAYS = 30
BEGINS = NOW // DAY * DAY + 8 * HOUR
HOURS = 12
STEP = 5 * MINUTE
PER_STEP = 40
LATE = 0.005
"""The share of events that come in minutes to hours after they happened; the others within a minute."""
LATEST = 6 * HOUR

_WORKSPACE = WorkspaceId(1)
_KEY = CacheKey(_WORKSPACE, Scope.READ, "tallies", "0")


def cache_hit(options: Options) -> Iterator[Round]:
    """µs of a hit, with the look at the log's marks that every answer takes; against the limit."""
    for _ in range(options.rounds):
        with asyncio.Runner(loop_factory=new_loop) as runner:
            seconds, plain = runner.run(_hits(options.scaled(HITS, HITS // 4)))
        one = Round(seconds * 1e6, LIMIT_US, extras={"dict_get_us": round(plain * 1e6, 3)})
        say(f"{one.value:.1f} µs, a plain dict {plain * 1e6:.2f} µs")
        yield one


async def _hits(times: int) -> tuple[float, float]:
    """Return the seconds of a hit, and of looking up the same bytes in a dictionary."""
    clock = HandClock()
    cache = memory_cache.cache(_settings(), clock, SystemChance())
    codec, touches = MsgspecTallyCodec(), Touches()
    store = memory.store_bundle(_settings(), clock)
    await store.store.open()
    await store.log.append([a_batch(*(an_event(occurred_at=NOW - hour * HOUR) for hour in range(200)))])
    async with store.snapshot(_WORKSPACE) as snapshot:
        await touches.look(_WORKSPACE, snapshot)
        mark = touches.mark_at(snapshot.position)
        assert mark is not None
        kept = codec.encode(_tallies(), KeptHead(snapshot.position, mark))
        await store.log.append([a_batch(*(an_event(occurred_at=NOW - minute * MINUTE) for minute in range(300)))])
    await cache.set(_KEY, kept, ttl=3600.0)
    async with store.snapshot(_WORKSPACE) as snapshot:
        await touches.look(_WORKSPACE, snapshot)
        seconds = await _timed(cache, codec, touches, snapshot, times)
    plain = {_KEY.text: kept}
    began = perf_counter()
    for _ in range(times):
        plain[_KEY.text]
    return seconds, (perf_counter() - began) / times


async def _timed(cache: Cache, codec: MsgspecTallyCodec, touches: Touches, snapshot: Snapshot, times: int) -> float:
    start, end = NOW // DAY * DAY - HISTORY_DAYS * DAY, NOW // DAY * DAY

    async def is_true(kept: bytes) -> bool:
        head = codec.head(kept)
        return head is not None and await touches.is_untouched(_WORKSPACE, head, start, end, snapshot)

    async def compute() -> bytes:
        raise RuntimeError("A miss, so the figure says nothing.")

    began = perf_counter()
    for _ in range(times):
        await cache.get_or_compute(_KEY, compute, ttl=3600.0, acceptable=is_true)
    return (perf_counter() - began) / times


def _tallies() -> Tallies:
    """A chart of thirty days with distributions."""
    tallies: Tallies = {None: {}}
    for day in range(HISTORY_DAYS):
        tally = Tally()
        for number in range(200):
            tally.count(an_event(duration_us=1_000 + number * 7_919, user_id=f"user-{number}"), Needs.ALL)
        tallies[None][day] = tally
    return tallies


def cache_hit_rate(options: Options) -> Iterator[Round]:
    """Share of look-ups for which nothing is counted, on the day that this module describes, on SQLite and disk."""
    for number in range(options.rounds):
        with new_sqlite(options.folder) as place, TemporaryDirectory(dir=options.folder) as folder:
            clock = HandClock(BEGINS)
            with asyncio.Runner(loop_factory=new_loop) as runner:
                ends = BEGINS + options.scaled(HOURS, 2) * HOUR
                one = runner.run(_day(place.bundle(clock), clock, ends, Path(folder), number))
        say(f"{one.value:.1%} {one.extras}")
        yield one


async def _day(bundle: StoreBundle, clock: HandClock, ends: int, folder: Path, seed: int) -> Round:
    chance = random.Random(seed)
    cache = disk_cache.cache(_settings(data_dir=str(folder)), clock, SystemChance())
    kept = OpenKeptSnapshot(bundle.snapshot, Means(cache, Touches(), MsgspecTallyCodec()))
    await bundle.store.open()
    history = [_event(chance, BEGINS - chance.randrange(HISTORY_DAYS * DAY)) for _ in range(20_000)]
    await bundle.log.append([a_batch(*history, received_at=BEGINS)])
    viewers = [Viewer(chance, kept, bundle.begin) for _ in range(3)]
    asked = 0
    while clock.now() < ends:
        clock.move(STEP)
        events = [_event(chance, _happened(chance, clock.now())) for _ in range(PER_STEP)]
        await bundle.log.append([a_batch(*events, received_at=clock.now())])
        while await bundle.rollups.advance(20_000):
            pass
        for viewer in viewers:
            asked += await viewer.look()
    figures = cache.figures()
    await cache.close()
    await bundle.store.close()
    rate = figures.hits / (figures.hits + figures.misses)
    looked_up = figures.hits + figures.misses
    return Round(rate, 1.0, extras={"questions": asked, "looked_up": looked_up, "misses": figures.misses})


class Viewer:
    """Has an overview open that asks anew at every step; now and then looks at another range, or at one agent."""

    def __init__(self, chance: random.Random, opened: OpenSnapshot, begin: BeginWork) -> None:
        self._chance = chance
        self._summarize = SummarizeMetrics(opened, begin)
        self._chart = ChartMetrics(opened, begin)
        self._break_down = BreakDownMetrics(opened, begin)
        self._choose()

    def _choose(self) -> None:
        self._timeframe = self._chance.choice(["24h", "7d", "7d", "30d"])
        agent = self._chance.choice([None, None, None, "agent-1", "agent-2", "agent-3"])
        self._filters: Filters = NO_FILTERS if agent is None else {"agent_id": one_of(agent)}

    async def look(self) -> int:
        """Ask everything an overview shows, and return how many questions that were."""
        if self._chance.random() < 0.1:
            self._choose()
        words: dict[str, Any] = {"timeframe": self._timeframe, "filters": self._filters}
        summary = ["executions", "success_rate", "p95", "credits", "cost", "active_users"]
        await self._summarize(_WORKSPACE, MetricQuestion(metrics=summary, compare=True, **words))
        charts: Sequence[tuple[list[str], str | None]] = (
            (["executions"], "status"),
            (["p50", "p95"], None),
            (["success_rate"], None),
            (["credits"], None),
            (["cost"], None),
        )
        for metrics, by in charts:
            await self._chart(_WORKSPACE, TimeseriesQuestion(metrics=metrics, group_by=by, **words))
        for by in ("agent_id", "model", "user_id"):
            await self._break_down(_WORKSPACE, BreakdownQuestion(metrics=["executions"], by=by, limit=5, **words))
        return 1 + len(charts) + 3


def _event(chance: random.Random, at: int) -> Event:
    return an_event(
        occurred_at=at,
        user_id=f"user-{chance.randrange(200)}",
        agent_id=f"agent-{chance.randrange(12)}",
        session_id=f"session-{chance.randrange(900)}",
        model=chance.choice(["small-1", "large-2"]),
        status=chance.choice(["success", "success", "success", "failure"]),
        duration_us=chance.randrange(10_000, 90_000_000),
    )


def _happened(chance: random.Random, now: int) -> int:
    """When an event happened that comes in now: within the step, or long before."""
    if chance.random() < LATE:
        return now - chance.randrange(MINUTE, LATEST)
    return now - chance.randrange(STEP) - chance.randrange(60 * SECOND)


def _settings(**given: str) -> Settings:
    return settings_for(profile="memory", **given)
