"""Random questions about metrics, each in the words of a question and in those of the oracle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from shadower.domain.events.filters import Present, Wanted, one_of
from tests.metric_oracle import EXACT, PERCENTILES, ROLLING, previous_of
from tests.metric_worlds import DAYS_BEFORE, HOUR, World, beginning, date_at

QUARTER = HOUR // 4
WIDTHS = {"15m": QUARTER, "hour": HOUR}
VALUES: Mapping[str, Sequence[str | None]] = {
    "type": ["agent.executed", "agent.failed", "tool.called"],
    "source": ["api", "import", "shadower"],
    "agent_id": ["a1", "a2", "other", "nobody", None],
    "user_id": ["u1", "u2", None],
    "session_id": ["s1", None],
    "model": ["small", "large", None],
    "status": ["success", "failure", None],
}


@dataclass(frozen=True)
class Span:
    """A period, as it is given and as it is meant."""

    start: int
    end: int
    given: Mapping[str, Any]
    timeframe_days: int | None = None


@dataclass(frozen=True)
class Asked:
    """What every question has."""

    span: Span
    filters: Mapping[str, Sequence[str | None]]
    """Any of these values, of which None is to have none."""
    has: Sequence[str]
    metrics: Sequence[str]
    compare: bool

    def words(self) -> dict[str, Any]:
        """As the use cases are asked."""
        filters: dict[str, Wanted] = {name: one_of(*values) for name, values in self.filters.items()}
        filters |= {name: Present() for name in self.has}
        return {"metrics": self.metrics, "filters": filters, "compare": self.compare, **self.span.given}

    @property
    def window(self) -> int:
        """How many days the longest of the metrics over rolling days looks back."""
        return max((ROLLING[metric] for metric in self.metrics if metric in ROLLING), default=0)

    def compared(self, world: World) -> tuple[tuple[int, int], tuple[int, int] | None]:
        """The current and the previous period; compared, the current one is cut at the present."""
        start, end = self.span.start, self.span.end
        if not self.compare:
            return (start, end), None
        running = start < world.now < end
        before = previous_of(start, end, world.now, world.zone, self.span.timeframe_days)
        return (start, world.now if running else end), before


def timeframes(world: World) -> st.SearchStrategy[Span]:
    def of_days(days: int) -> Span:
        first = date_at(world.now, world.zone) - timedelta(days=days - 1)
        return Span(beginning(first, world.zone), world.now, {"timeframe": f"{days}d"}, days)

    day = Span(world.now - 24 * HOUR, world.now, {"timeframe": "24h"})
    return st.one_of(st.just(day), st.sampled_from([7, 30]).map(of_days))


def local_dates(world: World) -> st.SearchStrategy[Span]:
    """Whole local days, some of them past the present."""

    def between(first: int, days: int) -> Span:
        start, end = (world.change + timedelta(days=first + more) for more in (0, days))
        given = {"start": start.isoformat(), "end": end.isoformat()}
        return Span(beginning(start, world.zone), beginning(end, world.zone), given)

    return st.builds(between, st.integers(-DAYS_BEFORE, 6), st.integers(1, 40))


def instants(world: World) -> st.SearchStrategy[Span]:
    """Anything else: on the quarter-hour, or at odd moments."""
    middle = beginning(world.change, world.zone)

    def between(from_change: int, length: int, unit: int) -> Span:
        start = (middle + from_change) // unit * unit
        end = start + max(unit, length // unit * unit)
        return Span(start, end, {"start": start, "end": end})

    units = st.sampled_from([1, QUARTER])
    return st.builds(between, st.integers(-90 * HOUR, 90 * HOUR), st.integers(1, 300 * HOUR), units)


@st.composite
def questions(draw: st.DrawFn, world: World) -> Asked:
    first = draw(st.sampled_from([*EXACT, *ROLLING]))
    more = draw(st.lists(st.sampled_from([*EXACT, *PERCENTILES, *ROLLING]), max_size=4))
    filtered = draw(st.lists(st.sampled_from(list(VALUES)), max_size=2, unique=True))
    left = [name for name in ("user_id", "model", "cost") if name not in filtered]
    has = draw(st.lists(st.sampled_from(left), max_size=1))
    return Asked(
        draw(st.one_of(timeframes(world), local_dates(world), instants(world))),
        {name: draw(st.lists(st.sampled_from(VALUES[name]), min_size=1, max_size=2, unique=True)) for name in filtered},
        has,
        list(dict.fromkeys([first, *more])),
        draw(st.booleans()),
    )


def intervals(asked: Asked) -> st.SearchStrategy[str]:
    """Rolling metrics have values per day; and there are no more buckets than a test has time for."""
    if asked.window:
        return st.just("day")
    hours = (asked.span.end - asked.span.start) // HOUR
    fine = [*(["hour"] if hours < 400 else []), *(["15m"] if hours < 72 else [])]
    return st.sampled_from(["day", "week", "month", *fine])
