"""A line in the log for every attempt at a job."""

import structlog

from shadower.domain.events.moments import SECOND
from shadower.domain.jobs.job import Job, JobState

_log = structlog.stdlib.get_logger("shadower.jobs")


def log_job(job: Job) -> None:
    """Log what has become of it: `queued` means that it will be tried again."""
    tell = _log.warning if job.error is not None and job.state is not JobState.SUCCEEDED else _log.info
    ran = (job.finished_at or job.run_after) - (job.started_at or job.created_at)
    tell(
        "job",
        id=job.id,
        kind=job.kind,
        state=job.state.value,
        attempt=job.attempts,
        seconds=round(max(ran, 0) / SECOND, 3),
        correlation_id=job.correlation_id,
        error=None if job.error is None else job.error.code,
    )
