"""List events, newest or oldest first."""

from collections.abc import Collection
from dataclasses import dataclass, field

from shadower.application.local_moments import instant_in, is_local
from shadower.application.page import Page, page_of
from shadower.application.ports.snapshot import Criteria, OpenSnapshot, Order, Place
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import RecordedEvent, WorkspaceId
from shadower.domain.events.filters import Filters
from shadower.domain.metrics.calendar import time_zone


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events are meant, as somebody asks for them."""

    filters: Filters = field(default_factory=dict)
    start: str | None = None
    """RFC 3339, or a date or time in the workspace's time zone; included."""
    end: str | None = None
    """Likewise; excluded."""
    ids: Collection[str] = ()
    """Any of these, UUIDs or the producers' own; none for all."""


class ListEvents:
    """Pages by (occurred_at, position), so that events that come in meanwhile neither repeat nor hide others."""

    def __init__(self, open_snapshot: OpenSnapshot, begin: BeginWork) -> None:
        self._open = open_snapshot
        self._begin = begin

    async def __call__(
        self, workspace: WorkspaceId, selection: Selection, *, order: Order, limit: int, after: Place | None = None
    ) -> Page[RecordedEvent, Place]:
        """Raises MomentInvalid, QueryTimeout, StoreUnavailable."""
        criteria = await criteria_of(selection, workspace, self._begin)
        async with self._open(workspace) as snapshot:
            found = await snapshot.events(criteria, order, limit + 1, after)
        items, last = page_of(found, limit)
        return Page(items, None if last is None else Place(last.event.occurred_at, last.position))


async def criteria_of(selection: Selection, workspace: WorkspaceId, begin: BeginWork) -> Criteria:
    """Read the times in the workspace's time zone, which is looked up only when they depend on it."""
    given = {"from": selection.start, "to": selection.end}
    zone = time_zone("UTC")
    if any(text and is_local(text) for text in given.values()):
        async with begin(reading=True) as work:
            zone = time_zone((await work.workspaces.get(workspace)).time_zone)
    start, end = (instant_in(text, zone, name) if text else None for name, text in given.items())
    return Criteria(selection.filters, start, end, frozenset(selection.ids))
