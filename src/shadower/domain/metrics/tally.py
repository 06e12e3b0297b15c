"""
The mergeable aggregate from which every metric is computed, and the plain reference of what one event adds to it.

Everything in a tally merges exactly: integers are added, extremes compared, histograms added bin by bin, and sets of
ids united. So any split of the same events into tallies, merged in any order, gives the same answer.
"""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Flag, auto
from typing import Any, Protocol, Self

from shadower.domain.events.event import EXECUTION_TYPES, FAILED, OWN_SOURCE, Status
from shadower.domain.metrics.histogram import Histogram, PlainHistogram, bin_of


class Needs(Flag):
    """The parts of a tally a question needs beyond its sums, so that a store may leave out the others."""

    SUMS = 0
    HISTOGRAM = auto()
    USERS = auto()
    AGENTS = auto()
    SESSIONS = auto()
    ALL = HISTOGRAM | USERS | AGENTS | SESSIONS


class IdSet(Protocol):
    """
    A set of distinct ids that merges in place.

    The built-in set is one, for ids of any hashable kind; so is a roaring bitmap of dense id numbers. The sets that
    meet in one merge must be of one kind.
    """

    @abstractmethod
    def __len__(self) -> int:
        """Return how many distinct ids there are."""

    @abstractmethod
    def __contains__(self, one: Any, /) -> bool:  # noqa: ANN401 (as `add`)
        """Whether this id is there."""

    @abstractmethod
    def __ior__(self, other: Any, /) -> Self:  # noqa: ANN401 (of one kind: no type can say so)
        """Take in the ids of another set of the same kind."""

    @abstractmethod
    def add(self, one: Any, /) -> None:  # noqa: ANN401 (text or a number, as the kind has it)
        """Take in one id; one that is there already changes nothing."""

    @abstractmethod
    def copy(self) -> Self:
        """Return a set of the same ids that shares nothing with this one."""


class Countable(Protocol):
    """What a tally reads of an event: durations in microseconds, credits in 10^-6, cost in 10^-9."""

    @property
    def type(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def status(self) -> str | None: ...
    @property
    def duration_us(self) -> int | None: ...
    @property
    def credits(self) -> int | None: ...
    @property
    def cost(self) -> int | None: ...
    @property
    def tokens_in(self) -> int | None: ...
    @property
    def tokens_out(self) -> int | None: ...
    @property
    def user_id(self) -> str | None: ...
    @property
    def agent_id(self) -> str | None: ...
    @property
    def session_id(self) -> str | None: ...


@dataclass(slots=True)
class Tally:
    """
    What a set of events adds up to.

    `duration_*` (microseconds) and `histogram` cover executions that carry a duration. `credits` (10^-6), `cost`
    (10^-9) and tokens cover all events, `execution_credits` and `execution_cost` executions alone.
    `users`, `agents` and `sessions` are the distinct ids of events whose source is not Shadower itself; None is the
    empty set, of no particular kind. A missing id is not an id.
    """

    events: int = 0
    executions: int = 0
    successes: int = 0
    failures: int = 0
    cancelled: int = 0
    duration_count: int = 0
    duration_sum: int = 0
    duration_min: int | None = None
    duration_max: int | None = None
    histogram: Histogram = field(default_factory=PlainHistogram)
    credits: int = 0
    cost: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    execution_credits: int = 0
    execution_cost: int = 0
    users: IdSet | None = None
    agents: IdSet | None = None
    sessions: IdSet | None = None

    def count(self, event: Countable, needs: Needs = Needs.ALL) -> None:
        """Add one event; the parts that are not needed stay as they are."""
        self.events += 1
        self.credits += event.credits or 0
        self.cost += event.cost or 0
        self.tokens_in += event.tokens_in or 0
        self.tokens_out += event.tokens_out or 0
        if event.type in EXECUTION_TYPES:
            self._count_execution(event, needs)
        if event.source != OWN_SOURCE:
            self._count_ids(event, needs)

    def add(self, other: "Tally") -> None:
        """Merge another tally into this one, sharing nothing with it; None for an extreme or a set is the empty one."""
        self.events += other.events
        self.executions += other.executions
        self.successes += other.successes
        self.failures += other.failures
        self.cancelled += other.cancelled
        self.credits += other.credits
        self.cost += other.cost
        self.tokens_in += other.tokens_in
        self.tokens_out += other.tokens_out
        self.execution_credits += other.execution_credits
        self.execution_cost += other.execution_cost
        self._add_durations(other)
        self.users = _united(self.users, other.users)
        self.agents = _united(self.agents, other.agents)
        self.sessions = _united(self.sessions, other.sessions)

    def _count_execution(self, event: Countable, needs: Needs) -> None:
        self.executions += 1
        self.execution_credits += event.credits or 0
        self.execution_cost += event.cost or 0
        outcome = Status.FAILURE if event.type == FAILED else event.status
        if outcome == Status.SUCCESS:
            self.successes += 1
        elif outcome == Status.FAILURE:
            self.failures += 1
        elif outcome == Status.CANCELLED:
            self.cancelled += 1
        if event.duration_us is not None:
            self._count_duration(event.duration_us, needs)

    def _count_duration(self, duration: int, needs: Needs) -> None:
        self.duration_count += 1
        self.duration_sum += duration
        self.duration_min = duration if self.duration_min is None else min(self.duration_min, duration)
        self.duration_max = duration if self.duration_max is None else max(self.duration_max, duration)
        if Needs.HISTOGRAM in needs:
            self.histogram.add({bin_of(duration): 1})

    def _count_ids(self, event: Countable, needs: Needs) -> None:
        if Needs.USERS in needs:
            self.users = _with(self.users, event.user_id)
        if Needs.AGENTS in needs:
            self.agents = _with(self.agents, event.agent_id)
        if Needs.SESSIONS in needs:
            self.sessions = _with(self.sessions, event.session_id)

    def _add_durations(self, other: "Tally") -> None:
        self.duration_count += other.duration_count
        self.duration_sum += other.duration_sum
        self.duration_min = min(_known(self.duration_min, other.duration_min), default=None)
        self.duration_max = max(_known(self.duration_max, other.duration_max), default=None)
        if self.histogram:
            self.histogram.add(other.histogram)
        elif other.histogram:
            self.histogram = other.histogram.copy()


def merged(tallies: Iterable[Tally]) -> Tally:
    """Return the tally of all of them together; none of them is changed, and nothing is shared with them."""
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def _known(*values: int | None) -> list[int]:
    return [value for value in values if value is not None]


def _united(mine: IdSet | None, theirs: IdSet | None) -> IdSet | None:
    if theirs is None:
        return mine
    if mine is None:
        return theirs.copy()
    mine |= theirs
    return mine


def _with(ids: IdSet | None, one: str | None) -> IdSet | None:
    if one is None:
        return ids
    if ids is None:
        return {one}
    ids.add(one)
    return ids
