"""Reading what a question counts, all of it from one snapshot."""

from collections.abc import Iterator, Sequence

from shadower.application.ports.snapshot import Snapshot
from shadower.domain.events.filters import Filters
from shadower.domain.metrics.calendar import Bucket
from shadower.domain.metrics.cells import Cells, Frame
from shadower.domain.metrics.formulas import Formulas
from shadower.domain.metrics.question import Aggregation, Dimension, Group, Tallies
from shadower.domain.metrics.ranking import Grouping, Shown
from shadower.domain.metrics.tally import Needs

MOST_CELLS = 20_000
"""How many tallies are asked for at a time, where the number of groups is known."""


class MetricReading:
    """Counts the events that pass the filters, for each value of the dimension (all in the group None without one)."""

    def __init__(self, snapshot: Snapshot, formulas: Formulas, filters: Filters, by: Dimension | None = None) -> None:
        self._snapshot = snapshot
        self._formulas = formulas
        self._filters = filters
        self._by = by

    async def whole(self, frame: Frame) -> Cells:
        """Return the cells of everything, for questions that do not group."""
        return (await self.groups(frame)).get(None) or Cells()

    async def groups(self, frame: Frame) -> dict[Group, Cells]:
        """Return the cells of every group, read at once."""
        found: dict[Group, Cells] = {}
        await self._read_buckets(frame.buckets, 0, found)
        await self._read_days(frame.days, 0, found)
        return found

    async def folded(self, frame: Frame, grouping: Grouping, groups: int) -> dict[Shown, Cells]:
        """Return the cells of the groups of the answer, read in parts because there are so many groups."""
        into: dict[Shown, Cells] = {}
        size = max(1, MOST_CELLS // max(1, groups))
        for offset, part in _parts(frame.buckets, size):
            found: dict[Group, Cells] = {}
            await self._read_buckets(part, offset, found)
            grouping.fold(found, into)
        for offset, part in _parts(frame.days, size):
            found = {}
            await self._read_days(part, offset, found)
            grouping.fold(found, into)
        return into

    async def present(self, start: int, end: int) -> list[Group]:
        """Return the groups with an event between the two instants."""
        return list(await self._tally([start, end], Needs.SUMS))

    async def _read_buckets(self, buckets: Sequence[Bucket], offset: int, found: dict[Group, Cells]) -> None:
        """
        Leave out empty buckets, which no store is asked about.

        A group with an event in the range is a group of the answer, also where only rolling days are counted.
        """
        numbers = [number for number, bucket in enumerate(buckets, offset) if bucket.start < bucket.end]
        if numbers and (self._formulas.counts or self._by is not None):
            cuts = [buckets[number - offset].start for number in numbers]
            for group, tallies in (await self._tally([*cuts, buckets[-1].end], self._formulas.needs)).items():
                cells = found.setdefault(group, Cells())
                cells.buckets |= {numbers[index]: tally for index, tally in tallies.items()}

    async def _read_days(self, days: Sequence[Bucket], offset: int, found: dict[Group, Cells]) -> None:
        if days:
            cuts = [*(day.start for day in days), days[-1].end]
            for group, tallies in (await self._tally(cuts, Needs.USERS)).items():
                cells = found.setdefault(group, Cells())
                cells.days |= {offset + index: tally for index, tally in tallies.items()}

    async def _tally(self, cuts: Sequence[int], needs: Needs) -> Tallies:
        return await self._snapshot.tally(Aggregation(cuts, needs, self._filters, self._by))


def _parts(buckets: Sequence[Bucket], size: int) -> Iterator[tuple[int, Sequence[Bucket]]]:
    return ((offset, buckets[offset : offset + size]) for offset in range(0, len(buckets), size))
