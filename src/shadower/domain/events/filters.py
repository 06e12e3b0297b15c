"""
Which events are meant: what is asked of their fields.

What is asked of several fields must all hold; the values asked for one field are alternatives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from shadower.domain.events.event import Event


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field has one of these values; None among them admits events that lack the field."""

    values: frozenset[str | None]

    def admits(self, value: object) -> bool:
        """Return whether an event with this value is meant."""
        return value in self.values


@dataclass(frozen=True, slots=True)
class Present:
    """The event has the field, whatever its value."""

    def admits(self, value: object) -> bool:
        """Return whether an event with this value is meant."""
        return value is not None


Wanted = OneOf | Present

Filters = Mapping[str, Wanted]
"""Field of `Event` → what is asked of it."""

NO_FILTERS: Final[Filters] = MappingProxyType({})


def passes(event: Event, filters: Filters) -> bool:
    """Return whether the event is meant."""
    return all(wanted.admits(getattr(event, field)) for field, wanted in filters.items())


def one_of(*values: str | None) -> OneOf:
    """Return what admits these values."""
    return OneOf(frozenset(values))
