"""Summarize metrics over a whole range, and compare them with the period before."""

from shadower.application.grouped_reading import GroupedReading, whole_frames
from shadower.application.local_calendar import local_calendar
from shadower.application.metric_period import period_of
from shadower.application.metric_question import MetricQuestion
from shadower.application.metric_terms import metrics_named
from shadower.application.ports.snapshot import OpenSnapshot
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.metrics.answer import Summary, figures
from shadower.domain.metrics.catalogue import METRICS
from shadower.domain.metrics.formulas import Formulas


class SummarizeMetrics:
    """
    Each metric of the range, computed from its events; metrics over rolling days for its last local day.

    Without metrics named, all there are. Both periods are read from one snapshot. Raises UnknownMetric,
    UnknownTimeframe, PeriodInvalid, MomentInvalid, InvalidRange, WorkspaceNotFound, QueryTimeout, StoreUnavailable.
    """

    def __init__(self, open_snapshot: OpenSnapshot, begin: BeginWork) -> None:
        self._open = open_snapshot
        self._begin = begin

    async def __call__(self, workspace: WorkspaceId, question: MetricQuestion) -> Summary:
        formulas = Formulas(metrics_named(question.metrics, default=METRICS))
        zone = (await local_calendar(workspace, self._begin)).zone
        async with self._open(workspace) as snapshot:
            period = await period_of(question, zone, snapshot)
            frames = whole_frames(period, formulas.window, zone)
            cells = await GroupedReading(snapshot, formulas, question.filters, zone).ungrouped(frames)
        now = formulas.totals(frames.current, cells.current[None])
        before = None
        if frames.previous is not None and cells.previous is not None:
            before = formulas.totals(frames.previous, cells.previous[None])
        return Summary(
            range=period.current,
            zone=zone,
            fresh_to=snapshot.as_of,
            shortfall=snapshot.shortfall,
            metrics=figures(formulas.names, now, before),
            previous=period.previous,
        )
