"""What was asked in the last minutes about a range that moves on by itself: what somebody looks at."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from shadower.application.kept.digests import digest_of_question
from shadower.application.metric_question import MetricQuestion
from shadower.application.ports.clock import Clock
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import MINUTE

WITHIN: Final = 10 * MINUTE
"""Micros."""
MOST: Final = 500
MOST_PER_WORKSPACE: Final = 40

Ask = Callable[[], Awaitable[object]]


class RecentQuestions:
    """Bounded: the most recent count."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asked: OrderedDict[tuple[WorkspaceId, str], tuple[int, Ask]] = OrderedDict()

    def note(self, workspace: WorkspaceId, question: MetricQuestion, ask: Ask) -> None:
        """Remember a question that was answered, unless it is about a range that stands still."""
        if question.start is not None:
            return
        place = (workspace, digest_of_question(question))
        self._asked[place] = (self._clock.now(), ask)
        self._asked.move_to_end(place)
        if len(self._asked) > MOST:
            self._asked.popitem(last=False)

    def asked(self) -> Sequence[Ask]:
        """Return how to ask them again, the most recent first."""
        since = self._clock.now() - WITHIN
        found: list[Ask] = []
        taken: dict[WorkspaceId, int] = {}
        for (workspace, _), (at, ask) in reversed(self._asked.items()):
            taken[workspace] = taken.get(workspace, 0) + 1
            if at >= since and taken[workspace] <= MOST_PER_WORKSPACE:
                found.append(ask)
        return found
