"""List every metric there is, with its one definition."""

from collections.abc import Sequence

from shadower.domain.metrics.catalogue import METRICS
from shadower.domain.metrics.definition import Metric, WindowMetric


class ListMetrics:
    """The same for everybody, and never an error."""

    def __call__(self) -> Sequence[Metric | WindowMetric]:
        """Return all, in the order of the table in the documentation."""
        return tuple(METRICS.values())
