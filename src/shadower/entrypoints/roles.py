"""What a process does in the background because of the roles it has."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shadower.application.ports.report import Report
from shadower.domain.jobs.job import Queue
from shadower.entrypoints.background import run_schedules, sweep_jobs, warm_answers, watch_quarantine, work_off
from shadower.entrypoints.container import Container
from shadower.entrypoints.settings import Role

__all__ = ["EVERY_ROLE", "SERVICES", "Role", "Service"]


@dataclass(frozen=True, slots=True)
class Service:
    """Something that goes on in the background until it is cancelled."""

    name: str
    start: Callable[[Container, Report], Coroutine[Any, Any, None]]


def _jobs_of(queue: Queue) -> Service:
    return Service(f"jobs-of-{queue}", lambda container, report: work_off(container, queue, report))


SERVICES: Final[Mapping[Role, Sequence[Service]]] = {
    Role.API: (
        Service("record-key-use", lambda container, report: container.record_key_use()(report)),
        Service("live", lambda container, report: container.live()(report)),
        Service("cache", lambda container, report: container.cache().run(report)),
        Service("warm-answers", warm_answers),
    ),
    Role.PROCESSOR: (
        Service("run-projections", lambda container, report: container.run_projections()(report)),
        Service("handle-events", lambda container, report: container.handle_events()(report)),
        Service("tell-acts", lambda container, report: container.tell_acts()(report)),
    ),
    Role.REPORTS: (_jobs_of(Queue.REPORTS),),
    Role.NOTIFICATIONS: (_jobs_of(Queue.NOTIFICATIONS),),
    Role.AGGREGATOR: (
        _jobs_of(Queue.AGGREGATION),
        Service("schedules", run_schedules),
        Service("sweep-jobs", sweep_jobs),
        Service("watch-quarantine", watch_quarantine),
    ),
}
"""What each role does. A new piece of background work is one line here."""

EVERY_ROLE: Final = tuple(Role)
