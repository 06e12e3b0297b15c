"""The last answer to each question, for as long as the store cannot give another."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from shadower.application.break_down_metrics import BreakDownMetrics
from shadower.application.chart_metrics import ChartMetrics
from shadower.application.kept.digests import digest_of_question
from shadower.application.kept.kept_snapshot import tag_of
from shadower.application.kept.recent_questions import RecentQuestions
from shadower.application.metric_question import BreakdownQuestion, MetricQuestion, TimeseriesQuestion
from shadower.application.ports.answer_codec import AnswerCodec, AnswerT
from shadower.application.ports.cache import Cache, CacheKey
from shadower.application.summarize_metrics import SummarizeMetrics
from shadower.domain.errors import StoreUnavailable
from shadower.domain.events.event import WorkspaceId
from shadower.domain.keys.key import Scope
from shadower.domain.metrics.answer import Breakdown, Summary, Timeseries

TTL: Final = 24 * 3600.0
"""Seconds."""


class LastAnswers:
    """
    Keeps answers in this process, and tells one again only while the store is down, saying so.

    It is of its own instant then, `fresh_to`. Whoever may ask is decided before.
    """

    def __init__(self, cache: Cache, codec: AnswerCodec, recent: RecentQuestions) -> None:
        self._cache = cache
        self._codec = codec
        self._recent = recent

    async def given(
        self,
        kind: type[AnswerT],
        workspace: WorkspaceId,
        question: MetricQuestion,
        ask: Callable[[], Awaitable[AnswerT]],
    ) -> AnswerT:
        """Return the answer, or the last one. Raises what asking raises, StoreUnavailable when there is no last one."""
        key = CacheKey(workspace, Scope.READ, kind.__name__.lower(), digest_of_question(question))
        try:
            answer = await ask()
        except StoreUnavailable:
            kept = await self._cache.get(key)
            last = None if kept is None else self._codec.decode(kept, kind)
            if last is None:
                raise
            return replace(last, degraded=True)
        self._recent.note(workspace, question, ask)
        kept = self._codec.encode(answer)
        if kept is not None:
            await self._cache.set(key, kept, ttl=TTL, tags=[tag_of(workspace)], near=True)
        return answer


class LastingSummaries(SummarizeMetrics):
    """As SummarizeMetrics, and while the store is down the last summary, `degraded`."""

    def __init__(self, summarize: SummarizeMetrics, last: LastAnswers) -> None:
        self._summarize = summarize
        self._last = last

    async def __call__(self, workspace: WorkspaceId, question: MetricQuestion) -> Summary:
        return await self._last.given(Summary, workspace, question, lambda: self._summarize(workspace, question))


class LastingCharts(ChartMetrics):
    """As ChartMetrics, and while the store is down the last chart, `degraded`."""

    def __init__(self, chart: ChartMetrics, last: LastAnswers) -> None:
        self._chart = chart
        self._last = last

    async def __call__(self, workspace: WorkspaceId, question: TimeseriesQuestion) -> Timeseries:
        return await self._last.given(Timeseries, workspace, question, lambda: self._chart(workspace, question))


class LastingBreakdowns(BreakDownMetrics):
    """As BreakDownMetrics, and while the store is down the last breakdown, `degraded`."""

    def __init__(self, break_down: BreakDownMetrics, last: LastAnswers) -> None:
        self._break_down = break_down
        self._last = last

    async def __call__(self, workspace: WorkspaceId, question: BreakdownQuestion) -> Breakdown:
        return await self._last.given(Breakdown, workspace, question, lambda: self._break_down(workspace, question))
