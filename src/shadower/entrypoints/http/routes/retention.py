"""Retention: how long events are kept, and what was removed when."""

from litestar import get
from litestar.di import NamedDependency

from shadower.application.known_callers import Caller
from shadower.application.list_retention_runs import ListRetentionRuns
from shadower.application.read_retention import ReadRetention
from shadower.domain.keys.key import Scope
from shadower.domain.retention.run import RunId
from shadower.entrypoints.http.access import needs
from shadower.entrypoints.http.cursors import cursor_of, numbers_in
from shadower.entrypoints.http.parameters import USUAL_PAGE, Cursor, Limit
from shadower.entrypoints.http.wire.retention_out import RetentionOut, RunPage, retention_out, run_out

_LIST = "retention-runs"


@get("/retention", opt=needs(Scope.READ), summary="How long are events kept?", tags=["workspace"])
async def get_retention(
    caller: NamedDependency[Caller], read_retention: NamedDependency[ReadRetention]
) -> RetentionOut:
    """Say how long events are kept, and what has been removed. `PATCH /workspaces/current` changes the term."""
    return retention_out(await read_retention(caller.workspace))


@get("/retention/runs", opt=needs(Scope.READ), summary="List runs of retention", tags=["workspace"])
async def get_retention_runs(
    caller: NamedDependency[Caller],
    list_retention_runs: NamedDependency[ListRetentionRuns],
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> RunPage:
    """List the runs over the workspace, newest first, dry runs included."""
    before = RunId(numbers_in(cursor, _LIST, 1)[0]) if cursor else None
    page = await list_retention_runs(caller.workspace, limit=limit, before=before)
    return RunPage([run_out(run) for run in page.items], None if page.next is None else cursor_of(_LIST, page.next))
