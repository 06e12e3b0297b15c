"""What handlers may ask for by name: the use cases, who is calling, and the parts of the server."""

from collections.abc import Mapping
from typing import Any

from litestar import Request
from litestar.di import Provide

from shadower.application.acknowledge_overflow import AcknowledgeOverflow
from shadower.application.break_down_metrics import BreakDownMetrics
from shadower.application.cancel_job import CancelJob
from shadower.application.change_workspace import ChangeWorkspace
from shadower.application.chart_metrics import ChartMetrics
from shadower.application.drop_dead_letter import DropDeadLetter
from shadower.application.drop_quarantined import DropQuarantined
from shadower.application.issue_key import IssueKey
from shadower.application.known_callers import Caller
from shadower.application.known_tasks import KnownTasks
from shadower.application.list_dead_letters import ListDeadLetters
from shadower.application.list_events import ListEvents
from shadower.application.list_jobs import ListJobs
from shadower.application.list_keys import ListKeys
from shadower.application.list_metrics import ListMetrics
from shadower.application.list_quarantine import ListQuarantine
from shadower.application.list_retention_runs import ListRetentionRuns
from shadower.application.list_schedules import ListSchedules
from shadower.application.list_sessions import ListSessions
from shadower.application.read_event import ReadEvent
from shadower.application.read_job import ReadJob
from shadower.application.read_retention import ReadRetention
from shadower.application.read_session import ReadSession
from shadower.application.read_workspace import ReadWorkspace
from shadower.application.replay_dead_letter import ReplayDeadLetter
from shadower.application.replay_quarantined import ReplayQuarantined
from shadower.application.report_data_health import ReportDataHealth
from shadower.application.report_health import ReportHealth
from shadower.application.request_job import RequestJob
from shadower.application.retry_job import RetryJob
from shadower.application.revoke_key import RevokeKey
from shadower.application.sign_in import SignIn
from shadower.application.sign_out import SignOut
from shadower.application.summarize_events import SummarizeEvents
from shadower.application.summarize_metrics import SummarizeMetrics
from shadower.entrypoints.container import Container
from shadower.entrypoints.http.access import caller_of
from shadower.entrypoints.http.filter_parameters import provide_filters, provide_selection
from shadower.entrypoints.http.metric_parameters import provide_asked
from shadower.entrypoints.settings import Settings

FROM_CONTAINER: Mapping[str, type] = {
    "acknowledge_overflow": AcknowledgeOverflow,
    "break_down_metrics": BreakDownMetrics,
    "cancel_job": CancelJob,
    "change_workspace": ChangeWorkspace,
    "chart_metrics": ChartMetrics,
    "drop_dead_letter": DropDeadLetter,
    "drop_quarantined": DropQuarantined,
    "issue_key": IssueKey,
    "known_tasks": KnownTasks,
    "list_dead_letters": ListDeadLetters,
    "list_events": ListEvents,
    "list_jobs": ListJobs,
    "list_keys": ListKeys,
    "list_metrics": ListMetrics,
    "list_quarantine": ListQuarantine,
    "list_retention_runs": ListRetentionRuns,
    "list_schedules": ListSchedules,
    "list_sessions": ListSessions,
    "read_event": ReadEvent,
    "read_job": ReadJob,
    "read_retention": ReadRetention,
    "read_session": ReadSession,
    "read_workspace": ReadWorkspace,
    "replay_dead_letter": ReplayDeadLetter,
    "replay_quarantined": ReplayQuarantined,
    "report_data_health": ReportDataHealth,
    "report_health": ReportHealth,
    "request_job": RequestJob,
    "retry_job": RetryJob,
    "revoke_key": RevokeKey,
    "settings": Settings,
    "sign_in": SignIn,
    "sign_out": SignOut,
    "summarize_events": SummarizeEvents,
    "summarize_metrics": SummarizeMetrics,
}
"""Name, of the container's provider and of the handlers' parameter alike, and what it is."""


def dependencies(container: Container, **parts: object) -> dict[str, Provide]:
    """Return every dependency of the handlers; `parts` are those of the server itself, by name."""
    found = {name: _checked(name, getattr(container, name)()) for name in FROM_CONTAINER}
    return {
        **{name: _provide(one) for name, one in (found | parts).items()},
        "caller": Provide(_caller, sync_to_thread=False),
        "filters": Provide(provide_filters, sync_to_thread=False),
        "selection": Provide(provide_selection, sync_to_thread=False),
        "asked": Provide(provide_asked, sync_to_thread=False),
    }


def _checked(name: str, found: object) -> object:
    # A type checker does not look into the container.
    if not isinstance(found, FROM_CONTAINER[name]):
        raise TypeError(
            f"The container provides {type(found).__name__} where {FROM_CONTAINER[name].__name__} is meant."
        )
    return found


def _provide(one: object) -> Provide:
    """Wrap it as the framework wants it: in a function that says what it returns."""

    def provided() -> object:
        return one

    provided.__annotations__ = {"return": type(one)}
    return Provide(provided, sync_to_thread=False)


def _caller(request: Request[Any, Any, Any]) -> Caller:
    return caller_of(request)
