"""Which runs of retention somebody should look at."""

from collections.abc import Sequence

from shadower.application.ports.work import Work
from shadower.domain.retention.run import RetentionRun


async def retention_alarms(work: Work, now: int) -> Sequence[RetentionRun]:
    """Return the newest run of each workspace with a term, and of the store itself, if it went wrong or is overdue."""
    with_term = {workspace.id for workspace in await work.workspaces.all() if workspace.term.days is not None}
    return [
        run
        for run in await work.retention.latest()
        if with_term and (run.workspace is None or run.workspace in with_term) and run.is_alarming(now)
    ]
