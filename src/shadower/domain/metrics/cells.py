"""What was counted for one group of events, before any metric is computed from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from shadower.domain.metrics.bucketing import last_local_day, local_days, whole
from shadower.domain.metrics.calendar import Bucket
from shadower.domain.metrics.periods import Range
from shadower.domain.metrics.question import Group
from shadower.domain.metrics.tally import IdSet, Tally, merged


@dataclass(frozen=True, slots=True)
class Frame:
    """How one period is cut."""

    range: Range
    buckets: Sequence[Bucket]
    """They cover the range. One that is empty (its start is its end) has no value."""
    days: Sequence[Bucket] = ()
    """Local days for metrics over rolling ones, with those that lead in; none when no such metric is asked for."""


def whole_frame(asked: Range, window: int, zone: ZoneInfo) -> Frame:
    """Return the range as one bucket, and the days before its end that a window of so many days takes (0: none)."""
    days = local_days(last_local_day(asked, zone), window, zone) if window else ()
    return Frame(asked, whole(asked), days)


def cut_frame(asked: Range, buckets: Sequence[Bucket], window: int, zone: ZoneInfo) -> Frame:
    """Return the range in these buckets, and all its days with those before it that a window of so many days takes."""
    return Frame(asked, buckets, local_days(asked, window, zone) if window else ())


@dataclass(slots=True)
class Cells:
    """The tallies of one group, by the number of the bucket and of the day. Those without events are absent."""

    buckets: dict[int, Tally] = field(default_factory=dict)
    days: dict[int, Tally] = field(default_factory=dict)
    _total: Tally | None = None

    def total(self) -> Tally:
        """Return the tally of all buckets together; not to be changed."""
        if self._total is None:
            tallies = list(self.buckets.values())
            self._total = tallies[0] if len(tallies) == 1 else merged(tallies)
        return self._total

    def users(self, days: int) -> list[IdSet | None]:
        """Return the users of each of so many days."""
        return [self.days[day].users if day in self.days else None for day in range(days)]

    def join(self, other: "Cells") -> None:
        """Take in the cells of the same group for other buckets and days."""
        self.buckets |= other.buckets
        self.days |= other.days
        self._total = None

    def add(self, other: "Cells") -> None:
        """Add the cells of another group, sharing nothing with it."""
        for mine, theirs in ((self.buckets, other.buckets), (self.days, other.days)):
            for number, tally in theirs.items():
                mine.setdefault(number, Tally()).add(tally)
        self._total = None


CellsByGroup = Mapping[Group, Cells]
