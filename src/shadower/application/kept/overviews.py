"""What the overviews of active workspaces ask, so that it is counted before somebody opens them."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from shadower.application.break_down_metrics import BreakDownMetrics
from shadower.application.chart_metrics import ChartMetrics
from shadower.application.kept.recent_questions import Ask
from shadower.application.metric_question import BreakdownQuestion, MetricQuestion, TimeseriesQuestion
from shadower.application.ports.clock import Clock
from shadower.application.ports.snapshot import OpenSnapshot
from shadower.application.ports.work import BeginWork
from shadower.application.summarize_metrics import SummarizeMetrics
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import DAY

ACTIVE: Final = DAY
"""Micros: a workspace that received an event within that time is active."""
MOST_LOOKED_AT: Final = 1_000
MOST: Final = 50
"""Workspaces: those that received an event last come first."""

_WEEK: Final = "7d"
SUMMARY: Final = MetricQuestion(
    metrics=(
        "executions",
        "success_rate",
        "failures",
        "p95",
        "active_users",
        "tokens_out",
        "tokens_in",
        "credits",
        "cost",
        "error_rate",
    ),
    timeframe=_WEEK,
    compare=True,
)
CHARTS: Final = (
    TimeseriesQuestion(
        metrics=(
            "executions",
            "success_rate",
            "failures",
            "p50",
            "p95",
            "p99",
            "active_users",
            "tokens_out",
            "credits",
            "cost",
        ),
        timeframe=_WEEK,
        interval="hour",
    ),
    TimeseriesQuestion(metrics=("executions",), timeframe=_WEEK, interval="hour", group_by="status"),
)
BREAKDOWNS: Final = tuple(
    BreakdownQuestion(
        metrics=("executions", "success_rate", "p95", "cost"), timeframe=_WEEK, by=by, order="-executions", limit=8
    )
    for by in ("agent_id", "model", "user_id")
)
"""As `views/overview.js` asks when it is opened without filters; a test compares them with what is written there."""


class Overviews:
    """Bounded in workspaces, each of which has six questions. Raises StoreUnavailable."""

    def __init__(
        self,
        begin: BeginWork,
        open_snapshot: OpenSnapshot,
        summarize: SummarizeMetrics,
        chart: ChartMetrics,
        break_down: BreakDownMetrics,
        clock: Clock,
    ) -> None:
        self._begin = begin
        self._open = open_snapshot
        self._summarize = summarize
        self._chart = chart
        self._break_down = break_down
        self._clock = clock

    async def questions(self) -> Sequence[Ask]:
        """Return how to ask them, workspace by workspace."""
        return [ask for workspace in await self._active() for ask in self._of(workspace)]

    def _of(self, workspace: WorkspaceId) -> Sequence[Ask]:
        return [
            partial(self._summarize, workspace, SUMMARY),
            *(partial(self._chart, workspace, question) for question in CHARTS),
            *(partial(self._break_down, workspace, question) for question in BREAKDOWNS),
        ]

    async def _active(self) -> Sequence[WorkspaceId]:
        async with self._begin(reading=True) as work:
            workspaces = await work.workspaces.all()
        since = self._clock.now() - ACTIVE
        last = {each.id: await self._last_received(each.id) for each in workspaces[:MOST_LOOKED_AT]}
        active = [workspace for workspace, at in last.items() if at >= since]
        return sorted(active, key=lambda workspace: -last[workspace])[:MOST]

    async def _last_received(self, workspace: WorkspaceId) -> int:
        async with self._open(workspace) as snapshot:
            return max((intake.last_at for intake in await snapshot.last_intake()), default=0)
