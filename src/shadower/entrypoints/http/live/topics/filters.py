"""Filters, as topics take them: those of the rest of the API."""

from typing import Annotated

from msgspec import Meta, Struct, field

from shadower.application.event_filters import FIELD_OF, MISSABLE, event_filters
from shadower.domain.events.filters import Filters
from shadower.entrypoints.http.filter_parameters import MOST_VALUES, Values, given_in

VALUED = ("type", "source", "user_id", "agent_id", "session_id", "correlation_id", "model", "status")


def _values(what: str) -> Meta:
    return Meta(max_length=MOST_VALUES, description=f"Only events {what}; of several values, any.")


def _names(what: str) -> Meta:
    return Meta(max_length=MOST_VALUES, description=f"Only events that {what}; of several, all.")


class Filtered(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What events are told apart by. An empty text is not given."""

    type: Annotated[Values, _values("of this type")] = field(default_factory=list)
    source: Annotated[Values, _values("of this source")] = field(default_factory=list)
    user_id: Annotated[Values, _values("of this user")] = field(default_factory=list)
    agent_id: Annotated[Values, _values("of this agent")] = field(default_factory=list)
    session_id: Annotated[Values, _values("of this session")] = field(default_factory=list)
    correlation_id: Annotated[Values, _values("with this correlation id")] = field(default_factory=list)
    model: Annotated[Values, _values("of this model")] = field(default_factory=list)
    status: Annotated[Values, _values("with this status: success, failure or cancelled")] = field(default_factory=list)
    has: Annotated[Values, _names(f"have this: {', '.join(FIELD_OF)}")] = field(default_factory=list)
    missing: Annotated[Values, _names(f"lack this: {', '.join(MISSABLE)}")] = field(default_factory=list)

    def filters(self) -> Filters:
        """Return what is asked of which field. Raises UnknownStatus, UnknownFilter."""
        values = {name: given_in(getattr(self, name)) for name in VALUED}
        return event_filters(values, has=given_in(self.has), missing=given_in(self.missing))
