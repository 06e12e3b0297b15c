"""Retention, as it is answered."""

from collections.abc import Sequence

from msgspec import Struct

from shadower.application.read_retention import RetentionStatus
from shadower.domain.retention.run import RetentionRun
from shadower.entrypoints.http.wire.times import utc, utc_or_none


class RunOut(Struct, frozen=True):
    """
    One run over the workspace: `running`, `succeeded`, `held_back`, `failed` or `interrupted`.

    It is about events received before `before`; there were so many `due`, and so many are `removed`. `detail` says what
    went wrong, or what events wait for.
    """

    id: int
    state: str
    dry_run: bool
    before: str
    due: int
    removed: int
    detail: str | None
    started_at: str
    finished_at: str | None


class RunPage(Struct, frozen=True):
    """One page of runs."""

    items: Sequence[RunOut]
    next_cursor: str | None


class RetentionOut(Struct, frozen=True):
    """
    How long events are kept (null: for ever), and what is gone.

    So many events were removed in all, received before `received_before`. `alarm` says that somebody should look at the
    newest run.
    """

    retention_days: int | None
    removed_events: int
    received_before: str | None
    latest_run: RunOut | None
    alarm: bool


def retention_out(status: RetentionStatus) -> RetentionOut:
    """Return how retention stands, as it is answered."""
    removed = status.removed
    return RetentionOut(
        status.workspace.term.days,
        0 if removed is None else removed.events,
        None if removed is None else utc(removed.received_before),
        None if status.latest is None else run_out(status.latest),
        status.alarm,
    )


def run_out(run: RetentionRun) -> RunOut:
    """Return the run as it is answered."""
    return RunOut(
        run.id,
        run.state,
        run.dry_run,
        utc(run.before),
        run.due,
        run.removed,
        run.detail,
        utc(run.started_at),
        utc_or_none(run.finished_at),
    )
