"""Filters as somebody asks for them, by names and values, checked against what there is."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from shadower.application.metric_terms import SHORT_NAMES
from shadower.domain.errors import Invalid
from shadower.domain.events.event import Status
from shadower.domain.events.filters import Filters, OneOf, Present, Wanted

MISSABLE = ("user_id", "agent_id", "session_id", "correlation_id", "model", "status")
"""What events may lack, of what is asked for by value."""

FIELD_OF: Mapping[str, str] = {
    **{name: name for name in MISSABLE},
    "duration_ms": "duration_us",
    **{name: name for name in ("credits", "cost", "tokens_in", "tokens_out")},
}
"""Everything events may have or not have, and where they keep it."""

_SHORT = {**SHORT_NAMES, "correlation": "correlation_id"}


class UnknownStatus(Invalid):
    """No event has this status."""

    code = "unknown_status"


class UnknownFilter(Invalid):
    """Events are not told apart by having or lacking this."""

    code = "unknown_filter"


def event_filters(
    values: Mapping[str, Collection[str]], *, has: Iterable[str] = (), missing: Iterable[str] = ()
) -> Filters:
    """
    Return what is asked of which field. `values`: field → any of these; none is not asked for.

    A field that may be `missing` may have one of its values instead, if any are given. Raises UnknownStatus,
    UnknownFilter.
    """
    _check_status(values.get("status", ()))
    present = {FIELD_OF[name] for name in _named(has, FIELD_OF, "has")}
    lacked = set(_named(missing, MISSABLE, "missing"))
    wanted: dict[str, Wanted] = {field: Present() for field in present}
    for field in (*values, *lacked):
        if values.get(field) or field in lacked:
            # What an event has it cannot lack: asked for both, only its values are left.
            lacking = {None} if field in lacked - present else set()
            wanted[field] = OneOf(frozenset({*values.get(field, ()), *lacking}))
    return wanted


def _named(names: Iterable[str], known: Collection[str], parameter: str) -> Iterator[str]:
    for name in names:
        field = _SHORT.get(name, name)
        if field not in known:
            told = f"{parameter} takes {', '.join(known)}; not {name[:64]!r}."
            raise UnknownFilter(told, field=parameter)
        yield field


def _check_status(asked: Iterable[str]) -> None:
    for status in asked:
        if status not in list(Status):
            raise UnknownStatus(f"status must be one of {', '.join(Status)}, not {status[:64]!r}.", field="status")
