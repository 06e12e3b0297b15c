"""The query parameters that say which events are meant, the same on every route that asks about events."""

from typing import Annotated

from litestar.params import QueryParameter
from msgspec import Meta

from shadower.application.event_filters import FIELD_OF, MISSABLE, event_filters
from shadower.application.list_events import Selection
from shadower.domain.events.filters import Filters
from shadower.entrypoints.http.parameters import From, To, moment
from shadower.entrypoints.http.provided import Provided

LONGEST_VALUE = 255
MOST_VALUES = 100

Values = list[Annotated[str, Meta(max_length=LONGEST_VALUE)]]


def _filter(what: str) -> QueryParameter:
    return QueryParameter(
        max_items=MOST_VALUES, description=f"Only events {what}. Several, each as a parameter of its own: any of them."
    )


OfType = Annotated[Values | None, _filter("of this type")]
OfSource = Annotated[Values | None, _filter("of this source")]
OfUser = Annotated[Values | None, _filter("of this user")]
OfAgent = Annotated[Values | None, _filter("of this agent")]
OfSession = Annotated[Values | None, _filter("of this session")]
OfCorrelation = Annotated[Values | None, _filter("with this correlation id")]
OfModel = Annotated[Values | None, _filter("of this model")]
WithStatus = Annotated[Values | None, _filter("with this status: success, failure or cancelled")]
Has = Annotated[
    Values | None,
    QueryParameter(max_items=MOST_VALUES, description=f"Only events that have this: {', '.join(FIELD_OF)}."),
]
Missing = Annotated[
    Values | None,
    QueryParameter(
        max_items=MOST_VALUES,
        description=f"Only events that lack this, the group null: {', '.join(MISSABLE)}. "
        "Beside values of the same field: those, and events that lack it.",
    ),
]


def provide_filters(  # noqa: PLR0913, PLR0917 - one per query parameter
    type: OfType = None,
    source: OfSource = None,
    user_id: OfUser = None,
    agent_id: OfAgent = None,
    session_id: OfSession = None,
    correlation_id: OfCorrelation = None,
    model: OfModel = None,
    status: WithStatus = None,
    has: Has = None,
    missing: Missing = None,
) -> Filters:
    """Return what is asked of which field; a parameter left empty is not given."""
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
    values = {field: given_in(given) for field, given in wanted.items()}
    return event_filters(values, has=given_in(has), missing=given_in(missing))


def provide_selection(filters: Provided[Filters], start: From = None, end: To = None) -> Selection:
    """Return which events are asked for, and of which time."""
    return Selection(filters, moment(start), moment(end))


def given_in(values: list[str] | None) -> list[str]:
    """Return those that are not empty."""
    return [value for value in values or () if value]
