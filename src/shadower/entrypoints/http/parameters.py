"""The query parameters several routes share, with what the API's description says of them."""

import re
from typing import Annotated

from litestar.params import QueryParameter

from shadower.application.list_events import Selection

SMALLEST_PAGE = 1
LARGEST_PAGE = 1_000
USUAL_PAGE = 100
LONGEST_FILTER = 255

Limit = Annotated[
    int, QueryParameter(ge=SMALLEST_PAGE, le=LARGEST_PAGE, description="How many items at most; 1 to 1,000.")
]
Cursor = Annotated[
    str | None,
    QueryParameter(max_length=500, description="`next_cursor` of the page before; the other parameters must stay."),
]
From = Annotated[
    str | None,
    QueryParameter(
        name="from",
        max_length=64,
        description="Start, included: RFC 3339, or a date or time in the workspace's time zone.",
    ),
]
To = Annotated[str | None, QueryParameter(name="to", max_length=64, description="End, excluded; written like `from`.")]


def _filter(what: str) -> QueryParameter:
    return QueryParameter(max_length=LONGEST_FILTER, description=f"Only events {what}.")


OfType = Annotated[str | None, _filter("of this type")]
OfSource = Annotated[str | None, _filter("of this source")]
OfUser = Annotated[str | None, _filter("of this user")]
OfAgent = Annotated[str | None, _filter("of this agent")]
OfSession = Annotated[str | None, _filter("of this session")]
OfCorrelation = Annotated[str | None, _filter("with this correlation id")]
OfModel = Annotated[str | None, _filter("of this model")]
WithStatus = Annotated[str | None, _filter("with this status: success, failure or cancelled")]


_LOST_PLUS = re.compile(r"(.*[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?) ([0-9]{2}:[0-9]{2})")


def moment(sent: str | None) -> str | None:
    """Return a time as it was meant: a plus that was not escaped in a URL arrives as a space. Empty is not given."""
    lost = None if not sent else _LOST_PLUS.fullmatch(sent)
    return (sent or None) if lost is None else f"{lost[1]}+{lost[2]}"


def provide_selection(  # noqa: PLR0913, PLR0917 - one per query parameter
    type: OfType = None,
    source: OfSource = None,
    user_id: OfUser = None,
    agent_id: OfAgent = None,
    session_id: OfSession = None,
    correlation_id: OfCorrelation = None,
    model: OfModel = None,
    status: WithStatus = None,
    start: From = None,
    end: To = None,
) -> Selection:
    """Return which events are asked for; a parameter left empty is not given."""
    wanted = {
        "type": type,
        "source": source,
        "user_id": user_id,
        "agent_id": agent_id,
        "session_id": session_id,
        "correlation_id": correlation_id,
        "model": model,
        "status": status,
    }
    return Selection({field: value for field, value in wanted.items() if value}, moment(start), moment(end))
