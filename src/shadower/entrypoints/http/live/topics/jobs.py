"""Jobs, and how far they have come."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

import msgspec
from msgspec import Meta, Struct

from shadower.application.known_callers import Caller
from shadower.application.list_jobs import ListJobs
from shadower.application.live.subscriptions import AnswerSubscription
from shadower.application.ports.jobs import JobCriteria
from shadower.domain.jobs.job import JobState, Queue
from shadower.domain.keys.key import Scope
from shadower.entrypoints.container import Container
from shadower.entrypoints.http.live.topics.topic import USUAL, Every, Topic
from shadower.entrypoints.http.parameters import LARGEST_PAGE, SMALLEST_PAGE, USUAL_PAGE
from shadower.entrypoints.http.wire.jobs_out import page_out


class Which(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which jobs, and how often they are looked at."""

    every: Every = USUAL
    kind: Annotated[str, Meta(max_length=100, description="Only jobs of this kind.")] | None = None
    state: Annotated[JobState | None, Meta(description="Only jobs in this state.")] = None
    queue: Annotated[Queue | None, Meta(description="Only jobs of this queue.")] = None
    limit: Annotated[int, Meta(ge=SMALLEST_PAGE, le=LARGEST_PAGE, description="How many.")] = USUAL_PAGE


class JobsTopic(Topic):
    """The first page of what `/api/v1/jobs` answers."""

    name: ClassVar[str] = "jobs"
    scope: ClassVar[Scope] = Scope.READ
    forms: ClassVar[tuple[type[Struct], ...]] = (Which,)

    def __init__(self, list_jobs: ListJobs) -> None:
        self._list = list_jobs

    @classmethod
    def of(cls, container: Container) -> Self:
        return cls(container.list_jobs())

    def form(self, given: Mapping[str, Any]) -> type[Struct]:  # noqa: ARG002 - there is one
        return Which

    def subscription(self, name: str, caller: Caller, parameters: Which) -> AnswerSubscription:
        system_too = caller.allows(Scope.ADMIN)
        wanted = JobCriteria(caller.workspace, system_too, parameters.kind or None, parameters.state, parameters.queue)

        async def ask() -> bytes:
            return msgspec.json.encode(page_out(await self._list(wanted, limit=parameters.limit)))

        return AnswerSubscription(name, self.name, (wanted, parameters.limit), ask, parameters.every)
