"""What can be wrong with a job, or with what is asked of it."""

from shadower.domain.errors import Conflict, Invalid, NotFound


class JobNotFound(NotFound):
    """The workspace has no such job."""

    code = "job_not_found"


class JobKindUnknown(Invalid):
    """No task of this kind can be asked for."""

    code = "job_kind_unknown"


class JobPayloadInvalid(Invalid):
    """The task cannot do anything with what it is given."""

    code = "job_payload_invalid"


class JobWorkspaceMissing(Invalid):
    """The task works on a workspace, and the job is the system's own."""

    code = "job_workspace_missing"


class JobTimeLimit(Invalid):
    """The task did not end within its time; it would not the next time either."""

    code = "job_time_limit"


class JobEnded(Conflict):
    """The job has come to its end: it cannot be cancelled any more."""

    code = "job_ended"


class JobNotEnded(Conflict):
    """The job waits or runs: there is nothing to try again."""

    code = "job_not_ended"


class JobSucceeded(Conflict):
    """The job has done its work: it is not done again."""

    code = "job_succeeded"


class ClaimLost(Conflict):
    """Another worker has the job by now, or nobody: this one may no longer change it."""

    code = "claim_lost"


class IdempotencyKeyReused(Conflict):
    """A job that asks for something else has this idempotency key."""

    code = "idempotency_key_reused"
