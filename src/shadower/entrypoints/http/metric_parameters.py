"""The query parameters that all questions about metrics share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from litestar.params import QueryParameter

from shadower.application.list_events import Selection
from shadower.application.metric_question import MetricQuestion
from shadower.domain.metrics.question import Dimension
from shadower.entrypoints.http.parameters import (
    From,
    OfAgent,
    OfModel,
    OfSession,
    OfSource,
    OfType,
    OfUser,
    To,
    WithStatus,
    moment,
)

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
            "filters": {Dimension(name): value for name, value in self.selection.equal.items()},
            "compare": self.compare,
        }

    def question(self) -> MetricQuestion:
        """Return it as a question of its own."""
        return MetricQuestion(**self.parts())


def provide_asked(  # noqa: PLR0913, PLR0917 - one per query parameter
    metric: Names = None,
    timeframe: Timeframe = None,
    start: From = None,
    end: To = None,
    compare: Compare = None,
    type: OfType = None,
    source: OfSource = None,
    agent_id: OfAgent = None,
    user_id: OfUser = None,
    session_id: OfSession = None,
    model: OfModel = None,
    status: WithStatus = None,
) -> Asked:
    """Return what is asked; a parameter left empty is not given."""
    wanted = {
        "type": type,
        "source": source,
        "agent_id": agent_id,
        "user_id": user_id,
        "session_id": session_id,
        "model": model,
        "status": status,
    }
    equal = {field: value for field, value in wanted.items() if value}
    names = [name.strip() for each in metric or () for name in each.split(",") if name.strip()]
    return Asked(
        names, timeframe or None, Selection(equal, moment(start), moment(end)), compare in {"previous", "true"}
    )
