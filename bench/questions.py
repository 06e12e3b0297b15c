"""
The questions whose answers are timed: what has to be fast, in every combination, none asked twice.

No filter or one of six, grouped by another of four; 90 local days up to some moment of the last, or ranges that begin
in the middle of a quarter-hour as well.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from bench.history import VALUES, History
from shadower.domain.events.moments import DAY

SUMMED = (
    "events",
    "executions",
    "successes",
    "failures",
    "success_rate",
    "avg_duration",
    "credits",
    "cost",
    "tokens_in",
    "tokens_out",
)
QUANTILES = ("p50", "p95", "p99")
DISTINCT = ("active_users", "active_agents", "sessions")

SUMMARY_METRICS = (*SUMMED, *QUANTILES, *DISTINCT)
GROUPED_METRICS = ("executions", "success_rate", "cost", "p95", "active_users")

NARROW = ("agent_id", "user_id")
FILTERS = (None, "type", "source", "model", "status", *NARROW)
GROUPS = ("type", "source", "model", "status")

TOP = 10


class Kind(StrEnum):
    """Which way of asking."""

    SUMMARY = "summary"
    TIMESERIES = "timeseries"
    BREAKDOWN = "breakdown"


class Reach(StrEnum):
    """How much of the log a question is about, which decides how long SQL takes."""

    EVERYTHING = "everything"
    PART = "part"
    """Events of one type, source, model or status."""
    NARROW = "narrow"
    """Events of one agent or user: SQL finds these few through an index."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a range (micros)."""

    kind: Kind
    start: int
    end: int
    filtered: tuple[str, str] | None
    group: str | None
    """The dimension of a timeseries or breakdown."""

    @property
    def reach(self) -> "Reach":
        """How much of the log it is about."""
        if self.filtered is None:
            return Reach.EVERYTHING
        return Reach.NARROW if self.filtered[0] in NARROW else Reach.PART

    @property
    def words(self) -> str:
        """The question in short."""
        filtered = f"{self.filtered[0]} = {self.filtered[1]}" if self.filtered else "everything"
        return f"{filtered}, by {self.group}" if self.group else filtered

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics asked for."""
        return SUMMARY_METRICS if self.kind is Kind.SUMMARY else GROUPED_METRICS

    @property
    def path(self) -> str:
        """The question as a request."""
        asked = {"metric": ",".join(self.metrics), "from": _rfc3339(self.start), "to": _rfc3339(self.end)}
        if self.filtered:
            asked[self.filtered[0]] = self.filtered[1]
        if self.kind is Kind.TIMESERIES:
            asked["interval"] = "day"
            if self.group:
                asked |= {"group_by": self.group, "top": str(TOP)}
        if self.kind is Kind.BREAKDOWN:
            asked |= {"by": str(self.group), "limit": str(TOP)}
        return f"/api/v1/metrics/{self.kind}?{urlencode(asked)}"


def questions(kind: Kind, history: History, seed: int) -> Iterator[Question]:
    """Yield questions without end: every combination in turn, with filters and ranges by chance."""
    chance = random.Random(seed)
    while True:
        for filtered, group in _combinations(kind):
            start, end = _range(chance, history)
            value = None if filtered is None else (filtered, chance.choice(VALUES[filtered]))
            yield Question(kind, start, end, value, group)


def _combinations(kind: Kind) -> list[tuple[str | None, str | None]]:
    groups: dict[Kind, tuple[str | None, ...]] = {
        Kind.SUMMARY: (None,),
        Kind.TIMESERIES: (None, *GROUPS),
        Kind.BREAKDOWN: (*GROUPS, "agent_id"),
    }
    return [
        (filtered, group)
        for group in groups[kind]
        for filtered in FILTERS
        # The ten busiest agents are asked for of everything.
        if filtered is None or filtered != group != "agent_id"
    ]


def _range(chance: random.Random, history: History) -> tuple[int, int]:
    end = history.end - chance.randrange(DAY // 2)
    if chance.random() < 0.5:
        return history.end - history.end % DAY - 89 * DAY, end
    return history.start + chance.randrange(DAY // 2), end


def _rfc3339(micros: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return moment.isoformat().replace("+00:00", "Z")
