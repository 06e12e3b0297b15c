"""Count a workspace's events, and whom and what they are about."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from shadower.application.list_events import Selection, criteria_of
from shadower.application.ports.snapshot import Criteria, OpenSnapshot, Snapshot
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.metrics.calendar import Range, time_zone
from shadower.domain.metrics.gaps import Shortfall
from shadower.domain.metrics.question import Aggregation, Dimension
from shadower.domain.metrics.tally import IdSet, Needs, Tally, merged

_IDS = Needs.USERS | Needs.AGENTS | Needs.SESSIONS


@dataclass(frozen=True, slots=True)
class EventStatistics:
    """Exact counts, all of one instant. Distinct ids leave out events of Shadower itself."""

    events: int
    users: int
    sessions: int
    agents: int
    by_type: Mapping[str, int]
    """Type → events, most first."""
    range: Range | None
    """What is counted; None when there are no events at all."""
    zone: ZoneInfo
    fresh_to: int
    """Micros: everything acknowledged before this is counted."""
    shortfall: Shortfall | None = None
    """Why something may be missing."""


class SummarizeEvents:
    """Without times, all events there are. Raises MomentInvalid, InvalidRange, QueryTimeout."""

    def __init__(self, open_snapshot: OpenSnapshot, begin: BeginWork) -> None:
        self._open = open_snapshot
        self._begin = begin

    async def __call__(self, workspace: WorkspaceId, selection: Selection) -> EventStatistics:
        """Return the counts of the events that match."""
        criteria = await criteria_of(selection, workspace, self._begin)
        async with self._begin(reading=True) as work:
            zone = time_zone((await work.workspaces.get(workspace)).time_zone)
        async with self._open(workspace) as snapshot:
            asked = await _range(criteria, snapshot)
            by_type = {} if asked is None else await _by_type(criteria, asked, snapshot)
            total = merged(by_type.values())
            return EventStatistics(
                total.events,
                _size(total.users),
                _size(total.sessions),
                _size(total.agents),
                {kind: by_type[kind].events for kind in _most_first(by_type)},
                asked,
                zone,
                snapshot.as_of,
                snapshot.shortfall,
            )


async def _range(criteria: Criteria, snapshot: Snapshot) -> Range | None:
    extent = await snapshot.extent()
    start = criteria.start if criteria.start is not None else extent and extent[0]
    end = criteria.end if criteria.end is not None else extent and extent[1] + 1
    if start is None or end is None:
        return None
    # An open end, before or after everything there is, asks for nothing rather than for something impossible.
    if (criteria.start is None or criteria.end is None) and start >= end:
        return None
    return Range(start, end)


async def _by_type(criteria: Criteria, asked: Range, snapshot: Snapshot) -> dict[str, Tally]:
    tallies = await snapshot.tally(Aggregation((asked.start, asked.end), _IDS, criteria.filters, Dimension.TYPE))
    return {kind: merged(buckets.values()) for kind, buckets in tallies.items() if kind is not None and buckets}


def _most_first(by_type: Mapping[str, Tally]) -> list[str]:
    return sorted(by_type, key=lambda kind: (-by_type[kind].events, kind))


def _size(ids: IdSet | None) -> int:
    return 0 if ids is None else len(ids)
