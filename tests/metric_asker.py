"""Asks the use cases about the metrics of one workspace in memory, and notes what the store is asked in turn."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from shadower.adapters.memory.store import MemoryStore
from shadower.application.break_down_metrics import BreakDownMetrics
from shadower.application.chart_metrics import ChartMetrics
from shadower.application.metric_question import BreakdownQuestion, MetricQuestion, TimeseriesQuestion
from shadower.application.ports.snapshot import Snapshot
from shadower.application.summarize_metrics import SummarizeMetrics
from shadower.domain.events.event import Event, WorkspaceId
from shadower.domain.events.filters import Filters, one_of
from shadower.domain.metrics.answer import Breakdown, Summary, Timeseries
from shadower.domain.metrics.question import Aggregation, Tallies
from shadower.domain.workspaces.workspace import Weekday
from shadower.testing import HandClock, a_batch

Words = Any
"""A field of the question."""


@dataclass
class Asker:
    """Every keyword is a field of the question; filters go by the names of dimensions."""

    store: MemoryStore
    clock: HandClock
    workspace: WorkspaceId
    opened: int = 0
    aggregations: list[Aggregation] = field(default_factory=list)
    """What the store was asked for."""

    async def happened(self, *events: Event) -> None:
        await self.store.log.append([a_batch(*events, workspace=self.workspace)])

    async def move_to(self, time_zone: str, first_weekday: Weekday = Weekday.MONDAY) -> None:
        async with self.store.begin() as work:
            workspace = await work.workspaces.get(self.workspace)
            await work.workspaces.save(workspace.changed(time_zone=time_zone, first_weekday=first_weekday))
            await work.commit()

    async def summary(self, *metrics: str, filters: Mapping[str, str] | None = None, **more: Words) -> Summary:
        question = MetricQuestion(metrics=metrics, filters=one_each(filters), **more)
        return await SummarizeMetrics(self.open, self.store.begin)(self.workspace, question)

    async def timeseries(self, *metrics: str, filters: Mapping[str, str] | None = None, **more: Words) -> Timeseries:
        question = TimeseriesQuestion(metrics=metrics, filters=one_each(filters), **more)
        return await ChartMetrics(self.open, self.store.begin)(self.workspace, question)

    async def breakdown(
        self, by: str, *metrics: str, filters: Mapping[str, str] | None = None, **more: Words
    ) -> Breakdown:
        question = BreakdownQuestion(by=by, metrics=metrics, filters=one_each(filters), **more)
        return await BreakDownMetrics(self.open, self.store.begin)(self.workspace, question)

    @asynccontextmanager
    async def open(self, workspace: WorkspaceId) -> AsyncIterator[Snapshot]:
        """Open a snapshot that notes what it is asked for, and that much happens while it is open."""
        self.opened += 1
        async with self.store.snapshot(workspace) as snapshot:
            tally = snapshot.tally

            async def noted(aggregation: Aggregation) -> Tallies:
                self.aggregations.append(aggregation)
                return await tally(aggregation)

            snapshot.tally = noted  # type: ignore[method-assign]
            yield snapshot


def one_each(filters: Mapping[str, str] | None) -> Filters:
    return {name: one_of(value) for name, value in (filters or {}).items()}
