"""
What the answers about metrics must be, from plain SQL over the rows.

Shares no code with the project: dates are read off the clock row by row, sums and distinct counts are SQL, percentiles
are picked from the sorted values.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from math import ceil
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import duckdb

from tests.metric_worlds import HOUR, beginning, date_at

RUN = "type IN ('agent.executed', 'agent.failed')"
SUMS = {
    "events": "count(*)",
    "executions": f"count(*) FILTER ({RUN})",
    "successes": f"count(*) FILTER ({RUN} AND status = 'success')",
    "failures": f"count(*) FILTER ({RUN} AND status = 'failure')",
    "cancelled": f"count(*) FILTER ({RUN} AND status = 'cancelled')",
    "duration_count": f"count(duration_us) FILTER ({RUN})",
    "tokens_in": "sum(tokens_in)",
    "tokens_out": "sum(tokens_out)",
    "active_users": "count(DISTINCT user_id) FILTER (source <> 'shadower')",
    "active_agents": "count(DISTINCT agent_id) FILTER (source <> 'shadower')",
    "sessions": "count(DISTINCT session_id) FILTER (source <> 'shadower')",
    "duration_sum": f"sum(duration_us) FILTER ({RUN})",
    "credits": "sum(credits)",
    "cost": "sum(cost)",
    "run_credits": f"sum(credits) FILTER ({RUN})",
    "run_cost": f"sum(cost) FILTER ({RUN})",
}
OTHERS = {
    "duration_min": f"min(duration_us) FILTER ({RUN})",
    "duration_max": f"max(duration_us) FILTER ({RUN})",
    "durations": f"list(duration_us ORDER BY duration_us) FILTER ({RUN} AND duration_us IS NOT NULL)",
}
COUNTS = list(SUMS)[:11]
PLACES_OF = {"duration_sum": 3, "duration_min": 3, "duration_max": 3, "credits": 6, "cost": 9}
QUOTIENTS = ["success_rate", "error_rate", "avg_duration", "throughput", "credits_per_execution", "cost_per_success"]
EXACT = [*COUNTS, *PLACES_OF, *QUOTIENTS]
PERCENTILES = {"p50": 50, "p75": 75, "p90": 90, "p95": 95, "p99": 99}
ROLLING = {"dau": 1, "wau": 7, "mau": 30, "stickiness": 30}

T = TypeVar("T")

REST = "(rest)"
Spans = Sequence[tuple[int, int]]
Found = Mapping[str, Any]

_TWELVE_DIGITS = Context(prec=12, rounding=ROUND_HALF_EVEN)
_NOTHING: Found = dict.fromkeys(SUMS, 0) | {"duration_min": None, "duration_max": None, "durations": []}


@dataclass(frozen=True)
class Oracle:
    rows: duckdb.DuckDBPyConnection
    zone: ZoneInfo
    filters: Mapping[str, Sequence[str | None]]
    """Any of these values, of which None is to have none."""
    has: Sequence[str] = ()
    by: str | None = None
    shown: Sequence[str | None] | None = None
    """The groups with a place of their own; all others are REST. None: every group has."""
    _known: dict[Any, Any] = field(default_factory=dict, init=False)
    """Answers given already."""

    def counted(self, spans: Spans) -> dict[tuple[int, str | None], Found]:
        """Span and group → sums; those without events are absent."""
        return self._once(tuple(spans), lambda: self._counted(spans))

    def users(self, end: int) -> dict[tuple[date, str | None], set[str]]:
        """Local day and group → active users before the end; those without events are absent."""
        return self._once(end, lambda: self._users(end))

    def _counted(self, spans: Spans) -> dict[tuple[int, str | None], Found]:
        columns = ", ".join(f"{sql} AS {name}" for name, sql in (SUMS | OTHERS).items())
        answer = self.rows.execute(
            f"WITH spans AS (SELECT unnest(?::BIGINT[]) AS low, unnest(?::BIGINT[]) AS high, unnest(?::INT[]) AS i) "
            f"SELECT i, {self._group()}, {columns} FROM events, spans "
            f"WHERE occurred_at >= low AND occurred_at < high AND {self._condition()} GROUP BY ALL",
            [[low for low, _ in spans], [high for _, high in spans], list(range(len(spans)))],
        )
        names = [*SUMS, *OTHERS]
        return {(row[0], row[1]): _found(dict(zip(names, row[2:], strict=True))) for row in answer.fetchall()}

    def _users(self, end: int) -> dict[tuple[date, str | None], set[str]]:
        answer = self.rows.execute(
            f"SELECT day, {self._group()}, list(user_id) FILTER (source <> 'shadower' AND user_id IS NOT NULL) "
            f"FROM events WHERE occurred_at < {end} AND {self._condition()} GROUP BY ALL"
        )
        return {(day, group): set(users or ()) for day, group, users in answer.fetchall()}

    def rolling(self, metric: str, days: Sequence[date], end: int, group: str | None) -> list[Decimal | int | None]:
        users = self.users(end)

        def window(day: date, length: int) -> list[set[str]]:
            return [users.get((day - timedelta(days=back), group), set()) for back in range(length)]

        def value(day: date) -> Decimal | int | None:
            daily = window(day, ROLLING[metric])
            everybody = set[str]().union(*daily)
            if metric == "stickiness":
                return quotient(Fraction(sum(map(len, daily)), 30), len(everybody))
            return len(everybody)

        return [value(day) for day in days]

    def ranked(self, metric: str, start: int, end: int, *, since: int) -> list[str | None]:
        """Groups by the metric from start to end, of all that have an event since then."""
        everything = self.counted([(start, end)])
        groups = {group for _, group in (everything if since == start else self.counted([(since, end)]))}
        last = date_at(end - 1, self.zone)

        def total(group: str | None) -> Decimal | int | None:
            if metric in ROLLING:
                return self.rolling(metric, [last], end, group)[0]
            return value(metric, everything.get((0, group)), end - start)

        totals = {group: total(group) for group in groups}
        return sorted(
            groups,
            key=lambda group: (totals[group] is None, -Fraction(totals[group] or 0), group is None, group or ""),
        )

    def _once(self, asked: object, answer: Callable[[], T]) -> T:
        if asked not in self._known:
            self._known[asked] = answer()
        known: T = self._known[asked]
        return known

    def _group(self) -> str:
        if self.by is None:
            return "NULL"
        if self.shown is None:
            return self.by
        named = ", ".join(f"'{group}'" for group in self.shown if group is not None)
        kept = f"{self.by} IN ({named})" if named else "false"
        lacking = "NULL" if None in self.shown else f"'{REST}'"
        return f"CASE WHEN {self.by} IS NULL THEN {lacking} WHEN {kept} THEN {self.by} ELSE '{REST}' END"

    def _condition(self) -> str:
        present = [f"{name} IS NOT NULL" for name in self.has]
        return " AND ".join(["true", *present, *(_among(name, values) for name, values in self.filters.items())])


def value(metric: str, found: Found | None, length: int) -> Decimal | int | None:
    """The metric of a span of this length; for percentiles, the exact one."""
    this = found or _NOTHING
    if metric in COUNTS:
        return int(this[metric])
    if metric in PLACES_OF:
        return None if this[metric] is None else Decimal(this[metric]).scaleb(-PLACES_OF[metric], Context(prec=99))
    if metric in PERCENTILES:
        durations = this["durations"]
        return Decimal(durations[ceil(len(durations) * PERCENTILES[metric] / 100) - 1]) / 1000 if durations else None
    decided = this["successes"] + this["failures"]
    return {
        "success_rate": quotient(this["successes"], decided),
        "error_rate": quotient(this["failures"], decided),
        "avg_duration": quotient(this["duration_sum"], this["duration_count"] * 1000),
        "throughput": quotient(this["executions"], Fraction(length, HOUR)),
        "credits_per_execution": quotient(this["run_credits"], this["executions"] * 10**6),
        "cost_per_success": quotient(this["run_cost"], this["successes"] * 10**9),
    }[metric]


def _among(name: str, values: Sequence[str | None]) -> str:
    alternatives = [f"{name} IS NULL" if value is None else f"{name} = '{value}'" for value in values]
    return f"({' OR '.join(alternatives)})"


def quotient(numerator: int | Fraction, denominator: int | Fraction) -> Decimal | None:
    """Rounded once, to twelve digits."""
    if denominator == 0:
        return None
    exact = Fraction(numerator) / Fraction(denominator)
    return _TWELVE_DIGITS.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def previous_of(start: int, end: int, now: int, zone: ZoneInfo, timeframe_days: int | None) -> tuple[int, int]:
    """The period before, from the words of the definition."""
    first, last = date_at(start, zone), date_at(end, zone)
    days = timeframe_days
    if days is None and (beginning(first, zone), beginning(last, zone)) == (start, end):
        days = (last - first).days
    before = start - (end - start) if days is None else beginning(first - timedelta(days=days), zone)
    if timeframe_days is None and not start < now < end:
        return before, start
    return before, min(before + min(now, end) - start, start)


def _found(found: dict[str, Any]) -> Found:
    return found | {name: int(found[name] or 0) for name in SUMS} | {"durations": found["durations"] or []}
