"""From keyword arguments to questions. Their names are those of the HTTP API's query parameters."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from typing import TypedDict

from shadower.application.event_filters import event_filters
from shadower.application.list_events import Selection
from shadower.domain.events.filters import Filters
from shadower.domain.events.moments import micros_of, rfc3339

Moment = str | date | datetime | None
"""RFC 3339, or a date or time in the workspace's time zone; a datetime may have an offset or not."""

Names = str | Sequence[str] | None
"""One name, several, or several in one text with commas between."""


Values = str | Sequence[str] | None
"""One value, or several of which any will do."""


class EventFilters(TypedDict, total=False):
    """Only events with these values; all given must hold."""

    type: Values
    source: Values
    agent_id: Values
    user_id: Values
    session_id: Values
    correlation_id: Values
    model: Values
    status: Values
    has: Names
    """What they must have: agent_id, user_id… or duration_ms, credits, cost, tokens_in, tokens_out."""
    missing: Names
    """What they must lack, unless they have one of the values given for it."""


def names(given: Names) -> Sequence[str]:
    """Return the names one by one."""
    texts = [given] if isinstance(given, str) else given or ()
    return [name.strip() for text in texts for name in text.split(",")]


def moment(given: Moment) -> str | None:
    """Return the moment as text. A datetime without offset is a time in the workspace's time zone."""
    if isinstance(given, datetime):
        return given.isoformat() if given.tzinfo is None else rfc3339(micros_of(given))
    return given.isoformat() if isinstance(given, date) else given


def wanted(given: EventFilters) -> Filters:
    """Raises TypeError for a filter there is none of, UnknownStatus, UnknownFilter."""
    _check_known(given)
    values = {name: _values(given.get(name)) for name in given if name not in {"has", "missing"}}
    return event_filters(values, has=names(given.get("has")), missing=names(given.get("missing")))


def selection(given: EventFilters, start: Moment, end: Moment) -> Selection:
    """Raises as `wanted`."""
    return Selection(wanted(given), moment(start), moment(end))


def _values(given: object) -> Sequence[str]:
    if given is None or isinstance(given, str) or not isinstance(given, Iterable):
        return [] if given is None else [str(given)]
    return [str(value) for value in given]


def _check_known(given: Mapping[str, object]) -> None:
    known = EventFilters.__annotations__
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise TypeError(f"there is no parameter {name!r}: {advice}")
