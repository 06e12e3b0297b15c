"""Events on their way to a listener, without a log."""

from collections.abc import Sequence

from shadower.application.live.arrivals import Arrival
from shadower.application.live.messages import Events, Message
from shadower.application.live.subscriptions import EventSubscription, Wants, told
from shadower.domain.events.event import Position, RecordedEvent, WorkspaceId
from shadower.testing import NOW, an_event

WORKSPACE = WorkspaceId(1)
EVERYTHING: Wants = (EventSubscription("all", "events"),)


def an_arrival(position: int, workspace: int = WORKSPACE, **changes: object) -> Arrival:
    return Arrival(RecordedEvent(Position(position), WorkspaceId(workspace), NOW, an_event(**changes)))


def an_events_message(*positions: int) -> Events:
    (message,) = told([an_arrival(position) for position in positions], EVERYTHING)
    return message


def positions_in(messages: Sequence[Message]) -> list[int]:
    """The positions of the events told, in the order in which they were."""
    return [item.arrival.position for each in messages if isinstance(each, Events) for item in each.items]
