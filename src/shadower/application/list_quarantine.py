"""List refused events."""

from dataclasses import dataclass

from shadower.application.list_events import Selection, criteria_of
from shadower.application.page import Page, page_of
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.quarantine.entry import EntryId, EntryState, QuarantineEntry


@dataclass(frozen=True, slots=True)
class QuarantineQuestion:
    """Which entries are wanted; what is None does not matter."""

    code: str | None = None
    state: EntryState | None = None
    start: str | None = None
    """Last seen from then on; written as in a Selection."""
    end: str | None = None


class ListQuarantine:
    """Newest first."""

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin

    async def __call__(
        self, workspace: WorkspaceId, question: QuarantineQuestion, *, limit: int, before: EntryId | None = None
    ) -> Page[QuarantineEntry, EntryId]:
        """Raises MomentInvalid, StoreUnavailable."""
        times = await criteria_of(Selection(start=question.start, end=question.end), workspace, self._begin)
        async with self._begin(reading=True) as work:
            found = await work.quarantine.list(
                workspace,
                code=question.code,
                start=times.start,
                end=times.end,
                state=question.state,
                limit=limit + 1,
                before=before,
            )
        items, last = page_of(found, limit)
        return Page(items, None if last is None else last.id)
