"""What can be asked of the measures: dimensions, and one aggregation over a run of buckets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from shadower.domain.events.filters import Filters
from shadower.domain.metrics.tally import Needs, Tally


class Dimension(StrEnum):
    """What events can be filtered and grouped by. The value is the name on the wire and of the event's field."""

    TYPE = "type"
    SOURCE = "source"
    AGENT = "agent_id"
    USER = "user_id"
    SESSION = "session_id"
    MODEL = "model"
    STATUS = "status"


Group = str | None
"""The value of the dimension grouped by; None for events that lack it, and for everything when nothing is grouped."""


@dataclass(frozen=True, slots=True)
class Aggregation:
    """Tally the events of each bucket, per group."""

    cuts: Sequence[int]
    """Ascending micros: bucket i holds the events with cuts[i] <= occurred_at < cuts[i + 1]."""
    needs: Needs
    filters: Filters = field(default_factory=dict)
    group_by: Dimension | None = None

    @property
    def start(self) -> int:
        """Micros; included."""
        return self.cuts[0]

    @property
    def end(self) -> int:
        """Micros; excluded."""
        return self.cuts[-1]


Tallies = dict[Group, dict[int, Tally]]
"""Group → bucket index → tally. Buckets without events are absent. Ungrouped: the one group None."""
