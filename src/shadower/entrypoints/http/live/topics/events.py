"""Events as they come in."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from msgspec import Struct

from shadower.application.known_callers import Caller
from shadower.application.live.subscriptions import EventSubscription
from shadower.domain.keys.key import Scope
from shadower.entrypoints.container import Container
from shadower.entrypoints.http.live.topics.filters import Filtered
from shadower.entrypoints.http.live.topics.topic import Topic


class EventsTopic(Topic):
    """In the order of the log, whenever they occurred."""

    name: ClassVar[str] = "events"
    scope: ClassVar[Scope] = Scope.READ
    forms: ClassVar[tuple[type[Struct], ...]] = (Filtered,)

    @classmethod
    def of(cls, container: Container) -> Self:  # noqa: ARG003 - it needs none
        return cls()

    def form(self, given: Mapping[str, Any]) -> type[Struct]:  # noqa: ARG002 - there is one
        return Filtered

    def subscription(self, name: str, caller: Caller, parameters: Filtered) -> EventSubscription:  # noqa: ARG002 - the hub looks out events by workspace
        return EventSubscription(name, self.name, frozenset(parameters.filters().items()))
