"""From keyword arguments to questions. Their names are those of the HTTP API's query parameters."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from typing import TypedDict

from shadower.application.list_events import Selection
from shadower.domain.events.moments import micros_of, rfc3339
from shadower.domain.metrics.question import Dimension, Filters

Moment = str | date | datetime | None
"""RFC 3339, or a date or time in the workspace's time zone; a datetime may have an offset or not."""

Names = str | Sequence[str] | None
"""One name, several, or several in one text with commas between."""


class MetricFilters(TypedDict, total=False):
    """Only events with this value; all given must hold."""

    type: str
    source: str
    agent_id: str
    user_id: str
    session_id: str
    model: str
    status: str


class EventFilters(MetricFilters, total=False):
    """Events have one more."""

    correlation_id: str


def names(given: Names) -> Sequence[str]:
    """Return the names one by one."""
    texts = [given] if isinstance(given, str) else given or ()
    return [name.strip() for text in texts for name in text.split(",")]


def moment(given: Moment) -> str | None:
    """Return the moment as text. A datetime without offset is a time in the workspace's time zone."""
    if isinstance(given, datetime):
        return given.isoformat() if given.tzinfo is None else rfc3339(micros_of(given))
    return given.isoformat() if isinstance(given, date) else given


def metric_filters(given: MetricFilters) -> Filters:
    """Raises TypeError for a filter there is none of."""
    return {Dimension(name): value for name, value in _known(given, MetricFilters).items()}


def selection(given: EventFilters, start: Moment, end: Moment) -> Selection:
    """Raises TypeError for a filter there is none of."""
    return Selection(_known(given, EventFilters), moment(start), moment(end))


def _known(given: Mapping[str, object], kind: type) -> dict[str, str]:
    known = kind.__annotations__ | MetricFilters.__annotations__
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise TypeError(f"there is no parameter {name!r}: {advice}")
    return {name: str(value) for name, value in given.items() if value is not None}
