"""The same random events in each kind of store and in DuckDB, at places whose clocks change."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import duckdb

from shadower.adapters.memory.store import MemoryStore
from shadower.application.ports.snapshot import OpenSnapshot
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import Event, WorkspaceId
from shadower.domain.workspaces.workspace import Weekday
from shadower.entrypoints.settings_sources import settings_for
from shadower.entrypoints.wiring.bundle import StoreBundle
from shadower.entrypoints.wiring.choice import chosen_store
from shadower.testing import HandClock, a_batch, an_event
from tests.kept import cache_of, keeping

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3_600_000_000
DAYS_BEFORE = 45
DAYS_AFTER = 6
EVENTS = 700
SPANS = 40

PLACES = {
    "Europe/Berlin": (date(2026, 3, 29), Weekday.MONDAY),
    "America/New_York": (date(2026, 11, 1), Weekday.SUNDAY),
    "Asia/Kathmandu": (date(2026, 5, 10), Weekday.WEDNESDAY),
    "Australia/Lord_Howe": (date(2026, 4, 5), Weekday.MONDAY),
    "America/Havana": (date(2026, 11, 1), Weekday.THURSDAY),
}
"""Each with a day on which its clock changes (in Kathmandu it never does), and a first day of the week."""

Question = TypeVar("Question")
Answer = TypeVar("Answer")
Asking = Callable[[WorkspaceId, Question], Coroutine[Any, Any, Answer]]

TEXTS = ("type", "source", "user_id", "agent_id", "session_id", "model", "status")
NUMBERS = ("occurred_at", "duration_us", "credits", "cost", "tokens_in", "tokens_out")


def clock_at(instant: int, zone: ZoneInfo) -> datetime:
    """What the clock on the wall says."""
    return (EPOCH + timedelta(microseconds=instant)).astimezone(zone)


def date_at(instant: int, zone: ZoneInfo) -> date:
    """What the calendar on the wall says."""
    return clock_at(instant, zone).date()


def beginning(day: date, zone: ZoneInfo) -> int:
    """In these zones: when the clock shows or skips midnight, for the first time."""
    return (datetime(day.year, day.month, day.day, tzinfo=zone) - EPOCH) // timedelta(microseconds=1)


@dataclass
class World:
    zone: ZoneInfo
    change: date
    first_weekday: Weekday
    now: int
    rows: duckdb.DuckDBPyConnection
    _runner: asyncio.Runner
    _stores: Sequence[tuple[WorkspaceId, StoreBundle]]
    _keeping: dict[int, OpenSnapshot] = field(default_factory=dict)

    def ask(
        self, use_case: Callable[[OpenSnapshot, BeginWork], Asking[Question, Answer]], question: Question
    ) -> Answer:
        """Ask every store, and return the one answer they must all give."""
        answers = [
            self._runner.run(use_case(snapshot, bundle.begin)(workspace, question))
            for workspace, bundle in self._stores
            for snapshot in (bundle.snapshot, self._kept(bundle))
        ]
        assert all(answer == answers[0] for answer in answers)
        return answers[0]

    def _kept(self, bundle: StoreBundle) -> OpenSnapshot:
        """The same, keeping what is counted."""
        if id(bundle) not in self._keeping:
            self._keeping[id(bundle)] = keeping(bundle.snapshot, cache_of(HandClock(self.now), None))
        return self._keeping[id(bundle)]


@contextmanager
def world_at(place: str, folder: Path, database: str) -> Iterator[World]:
    """`folder` is for the SQLite file, `database` the URL of an empty PostgreSQL database."""
    zone = ZoneInfo(place)
    change, first_weekday = PLACES[place]
    first = beginning(change - timedelta(days=DAYS_BEFORE), zone)
    now = beginning(change + timedelta(days=DAYS_AFTER), zone) + 9 * HOUR + 1_234_567
    chance = random.Random(place)
    events = [_random_event(chance, first, now + 20 * HOUR) for _ in range(EVENTS)]
    clock = HandClock(now)
    memory = MemoryStore(clock)
    bundles = [
        StoreBundle(memory, memory.log, memory.snapshot, memory.begin, memory.rollups, memory.removal),
        chosen_store(settings_for(database_url=f"sqlite:///{folder}/world.db"), clock),
        chosen_store(settings_for(database_url=database), clock),
    ]
    with asyncio.Runner() as runner, _in_duckdb(events, zone) as rows:
        stores = [(runner.run(_fill(bundle, events, place, first_weekday)), bundle) for bundle in bundles]
        yield World(zone, change, first_weekday, now, rows, runner, stores)
        for bundle in bundles:
            runner.run(bundle.store.close())


async def _fill(bundle: StoreBundle, events: Sequence[Event], place: str, first_weekday: Weekday) -> WorkspaceId:
    await bundle.store.migrate()
    await bundle.store.open()
    async with bundle.begin() as work:
        workspace = await work.workspaces.add("default", "Default", place, first_weekday, 1)
        await work.commit()
    await bundle.log.append([a_batch(*events, workspace=workspace.id)])
    # Part of the log is in the rollups, and of that some days are added up: answers cover all of it.
    await bundle.rollups.advance(EVENTS * 2 // 3)
    await bundle.rollups.consolidate(SPANS)
    return workspace.id


@contextmanager
def _in_duckdb(events: Sequence[Event], zone: ZoneInfo) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as rows:
        rows.execute("SET threads = 1")
        kinds = [*(f"{name} TEXT" for name in TEXTS), *(f"{name} BIGINT" for name in NUMBERS), "day DATE"]
        rows.execute(f"CREATE TABLE events ({', '.join(kinds)})")
        columns: list[list[Any]] = [[getattr(event, name) for event in events] for name in (*TEXTS, *NUMBERS)]
        columns.append([date_at(event.occurred_at, zone) for event in events])
        rows.execute(f"INSERT INTO events SELECT {', '.join(['unnest(?)'] * len(kinds))}", columns)
        yield rows


def _random_event(chance: random.Random, first: int, last: int) -> Event:
    """Often on the hour, where buckets meet; often without this or that."""
    pick = chance.choice
    kind = pick(["agent.executed", "agent.executed", "agent.failed", "tool.called", "user.signed_in"])
    at = chance.randrange(first, last)
    return an_event(
        type=kind,
        occurred_at=pick([at, at // HOUR * HOUR]),
        source=pick(["api", "api", "import", "shadower"]),
        status="failure" if kind == "agent.failed" else pick(["success", "success", "failure", "cancelled", None]),
        agent_id=pick(["a1", "a2", "a2", "a3", "other", None]),
        user_id=pick([f"u{chance.randrange(40)}", f"u{chance.randrange(40)}", None]),
        session_id=pick([f"s{chance.randrange(60)}", None]),
        model=pick(["small", "large", None]),
        duration_us=pick([None, 0, chance.randrange(200), int(chance.lognormvariate(14, 2))]),
        credits=pick([None, chance.randrange(10**7), 10**18]),
        cost=pick([None, chance.randrange(10**10)]),
        tokens_in=pick([None, chance.randrange(5_000)]),
        tokens_out=pick([None, chance.randrange(900)]),
    )
