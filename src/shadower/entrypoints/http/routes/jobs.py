"""Work in the background: look at it, ask for it, cancel it, have it tried again."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from shadower.application.cancel_job import CancelJob
from shadower.application.known_callers import Caller
from shadower.application.known_tasks import KnownTasks
from shadower.application.list_jobs import ListJobs
from shadower.application.list_schedules import ListSchedules
from shadower.application.ports.jobs import JobCriteria
from shadower.application.read_job import ReadJob
from shadower.application.request_job import RequestJob
from shadower.application.retry_job import RetryJob
from shadower.domain.jobs.job import JobId, JobState, Queue
from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.access import needs
from shadower.entrypoints.http.cursors import numbers_in, page_in
from shadower.entrypoints.http.parameters import USUAL_PAGE, Cursor, Limit
from shadower.entrypoints.http.surroundings import REQUEST_ID
from shadower.entrypoints.http.wire.jobs_out import (
    JobIn,
    JobKindPage,
    JobOut,
    JobPage,
    SchedulePage,
    job_out,
    job_request,
    kind_out,
    page_out,
    schedule_out,
)

Kind = Annotated[str | None, QueryParameter(max_length=100, description="Only jobs of this kind.")]
State = Annotated[JobState | None, QueryParameter(name="state", description="Only jobs in this state.")]
OfQueue = Annotated[Queue | None, QueryParameter(name="queue", description="Only jobs of this queue.")]
Number = Annotated[int, PathParameter(description="The `id` of the job.", ge=0, le=2**63 - 1)]


@get("/jobs", opt=needs(Scope.READ), summary="List jobs", tags=["jobs"])
async def get_jobs(
    caller: NamedDependency[Caller],
    list_jobs: NamedDependency[ListJobs],
    kind: Kind = None,
    in_state: State = None,
    of_queue: OfQueue = None,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> JobPage:
    """List the workspace's jobs, newest first; with a key of scope admin, those of the system too."""
    wanted = JobCriteria(caller.workspace, caller.allows(Scope.ADMIN), kind or None, in_state, of_queue)
    before = JobId(numbers_in(cursor, "jobs", 1)[0]) if cursor else None
    return page_out(await list_jobs(wanted, limit=limit, before=before))


@get("/jobs/kinds", opt=needs(Scope.ADMIN), summary="List what can be asked for", tags=["jobs"])
async def get_job_kinds(
    known_tasks: NamedDependency[KnownTasks], limit: Limit = USUAL_PAGE, cursor: Cursor = None
) -> JobKindPage:
    """List the kinds of jobs that `POST /jobs` takes."""
    tasks, next_cursor = page_in(known_tasks.on_request(), "job kinds", limit, cursor)
    return JobKindPage([kind_out(task) for task in tasks], next_cursor)


@post("/jobs", opt=needs(Scope.ADMIN), summary="Ask for a job", tags=["jobs"])
async def post_job(
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    request_job: NamedDependency[RequestJob],
    data: JSONBody[JobIn],
) -> Response[JobOut]:
    """
    Have something done in the background, for this workspace.

    Answers 201; or 200 and the job there is, when one has this `idempotency_key`. From then on it will be done at least
    once, whatever crashes.
    """
    correlation_id = request.scope.get(REQUEST_ID)
    told = None if correlation_id is None else str(correlation_id)
    job, new = await request_job(caller.workspace, job_request(data), correlation_id=told)
    return Response(job_out(job), status_code=201 if new else 200)


@get("/jobs/{job_id:int}", opt=needs(Scope.READ), summary="Read a job", tags=["jobs"])
async def get_job(caller: NamedDependency[Caller], read_job: NamedDependency[ReadJob], job_id: Number) -> JobOut:
    """Read one job, with how far it has come."""
    return job_out(await read_job(caller.workspace, JobId(job_id), system_too=caller.allows(Scope.ADMIN)))


@post("/jobs/{job_id:int}/cancel", opt=needs(Scope.ADMIN), status_code=200, summary="Cancel a job", tags=["jobs"])
async def post_job_cancel(
    caller: NamedDependency[Caller], cancel_job: NamedDependency[CancelJob], job_id: Number
) -> JobOut:
    """Keep a job from beginning; one that runs is told to stop, and is `cancelling` until it has."""
    return job_out(await cancel_job(caller.workspace, JobId(job_id)))


@post("/jobs/{job_id:int}/retry", opt=needs(Scope.ADMIN), status_code=200, summary="Try a job again", tags=["jobs"])
async def post_job_retry(
    caller: NamedDependency[Caller], retry_job: NamedDependency[RetryJob], job_id: Number
) -> JobOut:
    """Begin anew what failed, was cancelled or is dead; what waits for its next attempt need not wait any longer."""
    return job_out(await retry_job(caller.workspace, JobId(job_id)))


@get("/schedules", opt=needs(Scope.READ), summary="List schedules", tags=["jobs"])
async def get_schedules(
    caller: NamedDependency[Caller],
    list_schedules: NamedDependency[ListSchedules],
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> SchedulePage:
    """List what is done again and again, when it was done last and when it is due next."""
    statuses, next_cursor = page_in(await list_schedules(caller.workspace), "schedules", limit, cursor)
    return SchedulePage([schedule_out(status) for status in statuses], next_cursor)
