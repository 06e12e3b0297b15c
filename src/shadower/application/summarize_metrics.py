"""Summarize metrics over whole ranges."""

from abc import ABC, abstractmethod

from shadower.application.metric_question import MetricQuestion
from shadower.application.ports.snapshot import OpenSnapshot
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.metrics.answer import Summary


class SummarizeMetrics(ABC):
    def __init__(self, open_snapshot: OpenSnapshot, begin: BeginWork) -> None:
        self._open = open_snapshot
        self._begin = begin

    @abstractmethod
    async def __call__(self, workspace: WorkspaceId, question: MetricQuestion) -> Summary: ...
