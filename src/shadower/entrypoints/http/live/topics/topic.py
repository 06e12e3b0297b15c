"""What a topic is."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Protocol, Self

from msgspec import Meta, Struct

from shadower.application.known_callers import Caller
from shadower.application.live.subscriptions import Subscription
from shadower.domain.keys.key import Scope
from shadower.entrypoints.container import Container

USUAL = 5.0
"""Seconds between two answers."""
Every = Annotated[float, Meta(ge=1, le=60, description="Seconds between two answers at the least, 1 to 60.")]


class Topic(Protocol):
    """
    One kind of thing that can be subscribed to.

    Its parameters are the fields of Structs, which is also how the API's description knows them.
    """

    name: ClassVar[str]
    scope: ClassVar[Scope]
    """What a key needs to be told of it."""
    forms: ClassVar[tuple[type[Struct], ...]]
    """Every form its parameters may have."""

    @classmethod
    @abstractmethod
    def of(cls, container: Container) -> Self:
        """Return the topic with the use cases it needs."""

    @abstractmethod
    def form(self, given: Mapping[str, Any]) -> type[Struct]:
        """Return the form that these parameters should have. Raises Invalid."""

    @abstractmethod
    def subscription(self, name: str, caller: Caller, parameters: Any) -> Subscription:  # noqa: ANN401 - a form
        """Return what the caller subscribes to under this name, with parameters in their form. Raises Invalid."""
