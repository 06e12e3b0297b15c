"""What can be subscribed to: events as they come in, and answers that are computed again and again."""

from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

from shadower.application.live.arrivals import Arrival
from shadower.application.live.messages import Events, Item
from shadower.domain.errors import Conflict, Invalid
from shadower.domain.events.event import Event, WorkspaceId
from shadower.domain.events.filters import Wanted

MOST_SUBSCRIPTIONS = 32
"""Of one connection."""
LONGEST_NAME = 64
MOST_ITEMS = 100
"""Events in one message…"""
MOST_WEIGHT = 64 * 1024
"""…and about how many bytes."""


class TooManySubscriptions(Invalid):
    """A connection has as many subscriptions as it may have."""

    code = "too_many_subscriptions"


class SubscriptionNameTaken(Conflict):
    """The connection has a subscription of this name."""

    code = "subscription_name_taken"


@dataclass(frozen=True, slots=True)
class EventSubscription:
    """Events that pass."""

    name: str
    topic: str
    filters: frozenset[tuple[str, Wanted]] = frozenset()
    """As `Filters`, in a form that can be compared and looked up."""

    def takes(self, event: Event) -> bool:
        """Whether the event is one of them."""
        return all(wanted.admits(getattr(event, field)) for field, wanted in self.filters)


@dataclass(frozen=True, slots=True)
class AnswerSubscription:
    """A question that is asked again and again."""

    name: str
    topic: str
    key: Hashable
    """Everything that decides the answer, the workspace included: questions with equal keys are asked once."""
    ask: Callable[[], Awaitable[bytes]]
    """Returns the answer as JSON. Raises errors of the core."""
    every: float
    """Seconds between the beginnings of two askings, at least."""
    moves_with: WorkspaceId | None = None
    """The answer changes when something comes into this workspace; None: it may change at any time."""


Subscription = EventSubscription | AnswerSubscription

Wants = tuple[EventSubscription, ...]


def told(arrivals: Sequence[Arrival], wants: Wants) -> Iterator[Events]:
    """Yield what of these arrivals is wanted, as messages of a bounded size."""
    items: list[Item] = []
    weight = 0
    for arrival in arrivals:
        names = tuple(each.name for each in wants if each.takes(arrival.event))
        if not names:
            continue
        if items and (len(items) >= MOST_ITEMS or weight + arrival.weight > MOST_WEIGHT):
            yield Events(items[-1].arrival.position, items, weight)
            items, weight = [], 0
        items.append(Item(names, arrival))
        weight += arrival.weight
    if items:
        yield Events(items[-1].arrival.position, items, weight)
