"""One run of retention, as it is kept on record."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NewType, Self

from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import DAY, MINUTE

RunId = NewType("RunId", int)

SILENCE: Final = 10 * MINUTE
"""Micros after which a run that says nothing is taken for dead: each of its steps takes seconds."""
OVERDUE: Final = 2 * DAY
"""Micros after which the next run should have been; there is one every night."""
RUNS_KEPT: Final = 730 * DAY
"""How long (micros) a run stays on record."""
LONGEST_DETAIL: Final = 1_000


class RunState(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    HELD_BACK = "held_back"
    """Some events whose term has passed stay until a projection has taken them in."""
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """Its process ended. What it removed by then is removed; the next run goes on from there."""


@dataclass(frozen=True, slots=True)
class RetentionRun:
    """Over one workspace; or, without one, over the store itself, where it is about partitions instead of events."""

    id: RunId
    workspace: WorkspaceId | None
    before: int
    """Micros: it is about events received before this."""
    dry_run: bool
    """Whether it only counted."""
    started_at: int
    touched_at: int
    """Micros: when it was last heard of."""
    due: int = 0
    """Events whose term had passed when it began."""
    removed: int = 0
    state: RunState = RunState.RUNNING
    detail: str | None = None
    """What went wrong, what it waits for, or which partitions it dropped."""
    finished_at: int | None = None

    def counted(self, due: int, at: int) -> Self:
        """Return the run once it knows what there is to do."""
        return replace(self, due=due, touched_at=at)

    def finished(self, state: RunState, at: int, *, removed: int, detail: str | None = None) -> Self:
        """Return the run as it ended."""
        told = None if detail is None else detail[:LONGEST_DETAIL]
        return replace(self, state=state, removed=removed, detail=told, touched_at=at, finished_at=at)

    def is_dead(self, now: int) -> bool:
        """Whether its process has ended without a word."""
        return self.state is RunState.RUNNING and now - self.touched_at > SILENCE

    def is_alarming(self, now: int) -> bool:
        """Whether somebody should look, this being the newest run: it went wrong, or the next one did not come."""
        if self.state is RunState.RUNNING:
            return self.is_dead(now)
        return self.state is not RunState.SUCCEEDED or now - self.touched_at > OVERDUE
