"""
The query workload: 90 days of 50 agents and 10,000 users, in the order in which it happened.

Days have a rhythm, agents and users unequal shares, and a session is about ten events of one user and one agent. Made
by chance but for the seed, in columns, because ten million events are wanted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, AnyStr

import numpy as np
from numpy.typing import NDArray

from bench.workload import a_batch
from shadower.application.ports.event_log import Batch
from shadower.domain.events.event import Event
from shadower.domain.events.moments import DAY

DAYS = 90
AGENTS = 50
USERS = 10_000
EVENTS_A_SESSION = 10

PER_BATCH = 5_000
OPEN_SESSIONS = 400
"""How many sessions go on side by side."""

SEED = 4711

_TYPES = ("agent.executed", "agent.failed", "credit.consumed", "user.login", "tool.called")
_TYPE_SHARES = (0.70, 0.06, 0.10, 0.06, 0.08)
_SOURCES = ("api", "sdk", "crm", "scheduler")
_SOURCE_SHARES = (0.60, 0.25, 0.10, 0.05)
_MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4", "llama-3.1-70b", "mistral-large", "qwen-2.5-72b")
_MODEL_SHARES = (0.35, 0.25, 0.20, 0.10, 0.06, 0.04)
_STATUSES = ("success", "failure", "cancelled")
_STATUS_SHARES = (0.92, 0.05, 0.03)
_ERRORS = ("TimeoutError", "RateLimited", "ToolFailed", "ContextTooLong")
_TASKS = tuple(f'{{"task":"{task}"}}' for task in ("refund", "triage", "summary", "pricing", "forecast"))

_RHYTHM = 0.7
"""How much busier than the mean the busiest time of day is, and how much quieter the quietest."""

VALUES = {
    "type": _TYPES,
    "source": _SOURCES,
    "model": _MODELS,
    "status": _STATUSES,
    "agent_id": tuple(f"agent-{number:02d}" for number in range(AGENTS)),
    "user_id": tuple(f"user-{number:05d}" for number in range(USERS)),
}
"""What each dimension can be filtered by."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class History:
    """So many events in the 90 days up to a moment (micros)."""

    events: int
    end: int

    @property
    def start(self) -> int:
        """Micros."""
        return self.end - DAYS * DAY

    def batches(self) -> Iterator[Batch]:
        """Yield the events in batches, each received just after its last event occurred."""
        chance = np.random.default_rng(SEED)
        for first in range(0, self.events, PER_BATCH):
            events = self._events(chance, np.arange(first, min(first + PER_BATCH, self.events), dtype=np.int64))
            yield a_batch(events, events[-1].occurred_at + 1_000)

    def _events(self, chance: np.random.Generator, numbers: Numbers) -> list[Event]:
        count = len(numbers)
        kind = _drawn(chance, _TYPE_SHARES, count)
        session = np.abs(numbers // EVENTS_A_SESSION - chance.integers(0, OPEN_SESSIONS, count))
        run, timed = kind <= 1, (kind <= 1) | (kind == 4)
        status = np.where(kind == 1, 1, _drawn(chance, _STATUS_SHARES, count))
        tokens_in, tokens_out = chance.integers(100, 8_000, count), chance.integers(10, 1_500, count)
        failed = run & (status == 1)
        columns: tuple[Sequence[Any], ...] = (
            _uuids(chance, count),
            [None] * count,
            _named(_TYPES, kind),
            _named(_SOURCES, _drawn(chance, _SOURCE_SHARES, count)),
            self._moments(chance, numbers).tolist(),
            _named(VALUES["user_id"], (USERS * _share(session, 2_654_435_761) ** 1.5).astype(np.int64)),
            _named(VALUES["agent_id"], (AGENTS * _share(session, 2_246_822_519) ** 1.5).astype(np.int64)),
            [f"session-{number}" for number in session.tolist()],
            [None] * count,
            [None] * count,
            _where(run, _named(_STATUSES, status)),
            _where(failed, _named(_ERRORS, chance.integers(0, len(_ERRORS), count))),
            _where(timed, (np.exp(chance.normal(14.0, 1.1, count))).astype(np.int64).tolist()),
            _where(kind == 2, chance.integers(1, 10_000_000, count).tolist()),
            _where(run, (tokens_in * 2_500 + tokens_out * 10_000).tolist()),
            _where(run, tokens_in.tolist()),
            _where(run, tokens_out.tolist()),
            _where(timed, _named(_MODELS, _drawn(chance, _MODEL_SHARES, count))),
            _where(timed, _named(_TASKS, chance.integers(0, len(_TASKS), count))),
            _pieces(chance.bytes(16 * count), 16),
        )
        return list(map(Event._make, zip(*columns, strict=True)))

    def _moments(self, chance: np.random.Generator, numbers: Numbers) -> Numbers:
        """Return ascending micros: evenly spread numbers, crowded together where days are busy."""
        even = np.sort((numbers + chance.random(len(numbers))) * (DAYS * DAY / self.events))
        bent = even - _RHYTHM * DAY / (2 * np.pi) * np.sin(2 * np.pi * even / DAY)
        return self.start + np.clip(bent, 0, DAYS * DAY - 1).astype(np.int64)


def _drawn(chance: np.random.Generator, shares: Sequence[float], count: int) -> Numbers:
    return np.searchsorted(np.cumsum(shares)[:-1], chance.random(count), side="right").astype(np.int64)


def _share(number: Numbers, factor: int) -> NDArray[np.float64]:
    """Return a share of one that follows from the number alone, yet looks like chance (Knuth's multiplicative hash)."""
    return ((number + 1) * factor % 2**32) / 2**32


def _named(names: Sequence[str], numbers: Numbers) -> list[str]:
    return [names[number] for number in numbers.tolist()]


def _where(there: NDArray[np.bool_], values: Sequence[Any]) -> list[Any]:
    return [value if is_there else None for is_there, value in zip(there.tolist(), values, strict=True)]


def _uuids(chance: np.random.Generator, count: int) -> list[str]:
    digits = _pieces(chance.bytes(16 * count).hex(), 32)
    return [f"{d[:8]}-{d[8:12]}-4{d[13:16]}-a{d[17:20]}-{d[20:]}" for d in digits]


def _pieces(whole: AnyStr, size: int) -> list[AnyStr]:
    return [whole[start : start + size] for start in range(0, len(whole), size)]
