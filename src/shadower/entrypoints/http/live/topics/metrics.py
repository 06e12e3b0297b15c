"""Questions about metrics, asked again as events come in."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

import msgspec
from msgspec import Meta, Struct, field

from shadower.application.break_down_metrics import BreakDownMetrics
from shadower.application.chart_metrics import ChartMetrics
from shadower.application.known_callers import Caller
from shadower.application.live.subscriptions import AnswerSubscription
from shadower.application.metric_question import (
    DEFAULT_ROWS,
    DEFAULT_TOP,
    BreakdownQuestion,
    MetricQuestion,
    TimeseriesQuestion,
)
from shadower.application.summarize_metrics import SummarizeMetrics
from shadower.domain.events.event import WorkspaceId
from shadower.domain.keys.key import Scope
from shadower.entrypoints.container import Container
from shadower.entrypoints.http.live.errors import ParameterInvalid
from shadower.entrypoints.http.live.topics.filters import Filtered
from shadower.entrypoints.http.live.topics.topic import USUAL, Every, Topic
from shadower.entrypoints.http.parameters import moment
from shadower.entrypoints.http.wire.metrics_out import breakdown_out, summary_out, timeseries_out

_Names = Annotated[
    list[str], Meta(max_length=100, description="Metrics; one text may hold several names, separated by commas.")
]
_Moment = Annotated[str, Meta(max_length=64, description="RFC 3339, or a date or time in the workspace's time zone.")]
_Compare = Annotated[Literal["previous", "true", "false", ""], Meta(description="`previous`: with the time before.")]


class _Common(Filtered, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}):
    """What all questions have."""

    every: Every = USUAL
    metric: _Names = field(default_factory=list)
    timeframe: Annotated[str, Meta(max_length=64, description="24h, 7d, 30d, 90d, 1y or all.")] | None = None
    start: _Moment | None = None
    end: _Moment | None = None
    compare: _Compare | None = None

    def parts(self) -> dict[str, Any]:
        """Return what every question takes."""
        return {
            "metrics": [name.strip() for each in self.metric for name in each.split(",") if name.strip()],
            "timeframe": self.timeframe or None,
            "start": moment(self.start),
            "end": moment(self.end),
            "filters": self.filters(),
            "compare": self.compare in {"previous", "true"},
        }


class SummaryTerms(_Common, frozen=True, kw_only=True, tag_field="question", tag="summary"):
    """Metrics of a whole range."""


class TimeseriesTerms(_Common, frozen=True, kw_only=True, tag_field="question", tag="timeseries"):
    """Metrics over time."""

    interval: Annotated[str, Meta(max_length=64, description="15m, hour, day, week or month.")] | None = None
    group_by: Annotated[str, Meta(max_length=64, description="The name of a dimension.")] | None = None
    top: Annotated[int, Meta(ge=1, le=100, description="How many groups.")] = DEFAULT_TOP


class BreakdownTerms(_Common, frozen=True, kw_only=True, tag_field="question", tag="breakdown"):
    """Metrics by the values of a dimension."""

    by: Annotated[str, Meta(max_length=64, description="The name of a dimension.")]
    order: Annotated[str, Meta(max_length=65, description="A metric or `key`; `-` for descending.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=1_000, description="How many rows.")] = DEFAULT_ROWS


_Terms = SummaryTerms | TimeseriesTerms | BreakdownTerms
_FORMS: Mapping[str, type[Struct]] = {
    "summary": SummaryTerms,
    "timeseries": TimeseriesTerms,
    "breakdown": BreakdownTerms,
}


class MetricsTopic(Topic):
    """What `/api/v1/metrics/…` answers."""

    name: ClassVar[str] = "metrics"
    scope: ClassVar[Scope] = Scope.READ
    forms: ClassVar[tuple[type[Struct], ...]] = tuple(_FORMS.values())

    def __init__(self, summarize: SummarizeMetrics, chart: ChartMetrics, break_down: BreakDownMetrics) -> None:
        self._summarize = summarize
        self._chart = chart
        self._break_down = break_down

    @classmethod
    def of(cls, container: Container) -> Self:
        return cls(container.summarize_metrics(), container.chart_metrics(), container.break_down_metrics())

    def form(self, given: Mapping[str, Any]) -> type[Struct]:
        question = given.get("question", "summary")
        if not isinstance(question, str) or question not in _FORMS:
            raise ParameterInvalid(f"question must be one of {', '.join(_FORMS)}.", field="question")
        return _FORMS[question]

    def subscription(self, name: str, caller: Caller, parameters: _Terms) -> AnswerSubscription:
        # The whole question and whose it is: what is equal in both is asked once.
        key = (caller.workspace, msgspec.json.encode(parameters))
        ask = self._asking(caller.workspace, parameters)
        return AnswerSubscription(name, self.name, key, ask, parameters.every, moves_with=caller.workspace)

    def _asking(self, workspace: WorkspaceId, terms: _Terms) -> Callable[[], Awaitable[bytes]]:
        parts = terms.parts()

        async def summary() -> bytes:
            return msgspec.json.encode(summary_out(await self._summarize(workspace, MetricQuestion(**parts))))

        async def timeseries(question: TimeseriesQuestion) -> bytes:
            return msgspec.json.encode(timeseries_out(await self._chart(workspace, question)))

        async def breakdown(question: BreakdownQuestion) -> bytes:
            return msgspec.json.encode(breakdown_out(await self._break_down(workspace, question)))

        match terms:
            case TimeseriesTerms(interval=interval, group_by=by, top=top):
                over_time = TimeseriesQuestion(**parts, interval=interval or None, group_by=by or None, top=top)
                return lambda: timeseries(over_time)
            case BreakdownTerms(by=by, order=order, limit=limit):
                by_value = BreakdownQuestion(**parts, by=by, order=order or None, limit=limit)
                return lambda: breakdown(by_value)
        return summary
