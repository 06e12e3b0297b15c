"""The query parameters that all questions about metrics share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from litestar.params import QueryParameter

from shadower.application.list_events import Selection
from shadower.application.metric_question import MetricQuestion
from shadower.entrypoints.http.provided import Provided

Names = Annotated[
    list[str] | None,
    QueryParameter(description="A metric; may be repeated, or hold several separated by commas.", max_items=100),
]
Timeframe = Annotated[
    str | None,
    QueryParameter(
        max_length=64, description="`24h`, `7d` (the default), `30d`, `90d`, `1y` or `all`; not beside `from` or `to`."
    ),
]
Compare = Annotated[
    Literal["previous", "true", "false", ""] | None,
    QueryParameter(description="`previous`: compare with the period of the same length immediately before."),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """The shared part of a question."""

    metrics: Sequence[str]
    timeframe: str | None
    selection: Selection
    compare: bool

    def parts(self) -> dict[str, Any]:
        """Return what every question takes."""
        return {
            "metrics": self.metrics,
            "timeframe": self.timeframe,
            "start": self.selection.start,
            "end": self.selection.end,
            "filters": self.selection.filters,
            "compare": self.compare,
        }

    def question(self) -> MetricQuestion:
        """Return it as a question of its own."""
        return MetricQuestion(**self.parts())


def provide_asked(
    selection: Provided[Selection],
    metric: Names = None,
    timeframe: Timeframe = None,
    compare: Compare = None,
) -> Asked:
    """Return what is asked; a parameter left empty is not given."""
    names = [name.strip() for each in metric or () for name in each.split(",") if name.strip()]
    return Asked(names, timeframe or None, selection, compare in {"previous", "true"})
