"""Metrics: what there is, and every way to ask for them."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from shadower.application.break_down_metrics import BreakDownMetrics
from shadower.application.chart_metrics import ChartMetrics
from shadower.application.known_callers import Caller
from shadower.application.list_metrics import ListMetrics
from shadower.application.metric_question import DEFAULT_ROWS, DEFAULT_TOP, BreakdownQuestion, TimeseriesQuestion
from shadower.application.summarize_metrics import SummarizeMetrics
from shadower.domain.keys.key import Scope
from shadower.domain.metrics.calendar import Interval
from shadower.domain.metrics.question import Dimension
from shadower.entrypoints.http.access import needs
from shadower.entrypoints.http.cursors import page_in
from shadower.entrypoints.http.metric_parameters import Asked
from shadower.entrypoints.http.parameters import USUAL_PAGE, Cursor, Limit
from shadower.entrypoints.http.provided import Provided
from shadower.entrypoints.http.wire.metrics_out import (
    BreakdownOut,
    MetricPage,
    SummaryOut,
    TimeseriesOut,
    breakdown_out,
    metric_out,
    summary_out,
    timeseries_out,
)

Width = Annotated[Interval | None, QueryParameter(description="The width of a bucket; by default one that suits.")]
GroupBy = Annotated[Dimension | None, QueryParameter(description="One series for each of the largest groups.")]
Top = Annotated[int, QueryParameter(ge=1, le=100, description="How many groups; the rest is computed as one, `other`.")]
By = Annotated[Dimension, QueryParameter(description="The dimension whose values are the rows.")]
RowOrder = Annotated[
    str | None,
    QueryParameter(
        max_length=65, description="A metric or `key`; `-` before it for descending. By default the first metric, so."
    ),
]
Rows = Annotated[int, QueryParameter(ge=1, le=1_000, description="How many rows; the rest is computed as `other`.")]


@get("/metrics", opt=needs(Scope.READ), summary="List metrics", tags=["metrics"])
async def get_metrics(
    list_metrics: NamedDependency[ListMetrics], limit: Limit = USUAL_PAGE, cursor: Cursor = None
) -> MetricPage:
    """List every metric with its one definition."""
    metrics, next_cursor = page_in(list_metrics(), "metrics", limit, cursor)
    return MetricPage([metric_out(metric) for metric in metrics], next_cursor)


@get("/metrics/summary", opt=needs(Scope.READ), summary="Metrics of a range", tags=["metrics"])
async def get_summary(
    caller: NamedDependency[Caller],
    summarize_metrics: NamedDependency[SummarizeMetrics],
    asked: Provided[Asked],
) -> SummaryOut:
    """Ask for metrics of a whole range, compared with the period before if wanted."""
    return summary_out(await summarize_metrics(caller.workspace, asked.question()))


@get("/metrics/timeseries", opt=needs(Scope.READ), summary="Metrics over time", tags=["metrics"])
async def get_timeseries(
    caller: NamedDependency[Caller],
    chart_metrics: NamedDependency[ChartMetrics],
    asked: Provided[Asked],
    interval: Width = None,
    group_by: GroupBy = None,
    top: Top = DEFAULT_TOP,
) -> TimeseriesOut:
    """Ask for metrics bucket by bucket, as one series or one for each of the largest groups."""
    question = TimeseriesQuestion(**asked.parts(), interval=interval, group_by=group_by, top=top)
    return timeseries_out(await chart_metrics(caller.workspace, question))


@get("/metrics/breakdown", opt=needs(Scope.READ), summary="Metrics by a dimension", tags=["metrics"])
async def get_breakdown(
    caller: NamedDependency[Caller],
    break_down_metrics: NamedDependency[BreakDownMetrics],
    asked: Provided[Asked],
    by: By,
    order: RowOrder = None,
    limit: Rows = DEFAULT_ROWS,
) -> BreakdownOut:
    """Ask for metrics of a whole range for each value of a dimension, ranked."""
    question = BreakdownQuestion(**asked.parts(), by=by, order=order or None, limit=limit)
    return breakdown_out(await break_down_metrics(caller.workspace, question))
