"""Reading the groups an answer shows, and the rest of them as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shadower.application.metric_period import Period
from shadower.application.metric_reading import MetricReading
from shadower.application.ports.snapshot import Snapshot
from shadower.domain.events.filters import Filters
from shadower.domain.metrics.cells import Cells, Frame, whole_frame
from shadower.domain.metrics.formulas import Formulas
from shadower.domain.metrics.question import Dimension, Group
from shadower.domain.metrics.ranking import Grouping, Ordering, Shown

_MANY_VALUED = {Dimension.AGENT, Dimension.USER, Dimension.SESSION}


class Frames(NamedTuple):
    """The current period, and the one it is compared with."""

    current: Frame
    previous: Frame | None


def whole_frames(period: Period, window: int, zone: ZoneInfo) -> Frames:
    """Return both periods as one bucket each."""
    before = None if period.previous is None else whole_frame(period.previous, window, zone)
    return Frames(whole_frame(period.current, window, zone), before)


@dataclass(frozen=True, slots=True)
class GroupedCells:
    """What was counted for the groups of an answer."""

    groups: Sequence[Shown]
    """Those shown, in order, and the rest last when either period has any."""
    current: Mapping[Shown, Cells]
    previous: Mapping[Shown, Cells] | None


class GroupedReading:
    """Reads both periods of a question, whole or by groups."""

    def __init__(self, snapshot: Snapshot, formulas: Formulas, filters: Filters, zone: ZoneInfo) -> None:
        self._snapshot = snapshot
        self._formulas = formulas
        self._filters = filters
        self._zone = zone

    async def ungrouped(self, frames: Frames) -> GroupedCells:
        """Everything is one group, which is None."""
        reading = MetricReading(self._snapshot, self._formulas, self._filters)
        current: Mapping[Shown, Cells] = {None: await reading.whole(frames.current)}
        if frames.previous is None:
            return GroupedCells([None], current, None)
        return GroupedCells([None], current, {None: await reading.whole(frames.previous)})

    async def groups(self, frames: Frames, by: Dimension, ordering: Ordering, most: int) -> GroupedCells:
        """The first `most` groups in the order are shown."""
        reading = MetricReading(self._snapshot, self._formulas, self._filters, by)
        frame = frames.current
        if by in _MANY_VALUED and len(frame.buckets) > 1:
            ranked = await self._ranked_beforehand(frame, by, ordering)
            grouping = Grouping(by, ranked, most)
            current = await reading.folded(frame, grouping, len(ranked))
        else:
            cells = await reading.groups(frame)
            ranked = ordering.ranked(frame, cells)
            grouping = Grouping(by, ranked, most)
            grouping.fold(cells, current := {})
        previous = None
        if frames.previous is not None:
            previous = await reading.folded(frames.previous, grouping, len(ranked))
        has_rest = grouping.rest in current or grouping.rest in (previous or {})
        return GroupedCells([*grouping.shown, *([grouping.rest] if has_rest else [])], current, previous)

    async def _ranked_beforehand(self, frame: Frame, by: Dimension, ordering: Ordering) -> list[Group]:
        """Rank by totals alone: the tallies of every group in every bucket may be too many to hold."""
        ranking = ordering.formulas or self._formulas
        coarse = whole_frame(frame.range, ranking.window, self._zone)
        reading = MetricReading(self._snapshot, ranking, self._filters, by)
        cells = await reading.groups(coarse)
        if frame.days:
            for group in await reading.present(frame.days[0].start, frame.range.end):
                cells.setdefault(group, Cells())
        return ordering.ranked(coarse, cells)
