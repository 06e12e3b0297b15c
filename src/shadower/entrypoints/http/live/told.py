"""What a listener is told, as it is written: JSON, the same for all three ways."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from weakref import WeakKeyDictionary

import msgspec
from msgspec import Raw, Struct

from shadower.application.live.arrivals import Arrival
from shadower.application.live.messages import (
    Answer,
    Events,
    Gap,
    Heartbeat,
    Message,
    Refused,
    Subscribed,
    Unsubscribed,
    Welcome,
)
from shadower.domain.live.pulse import HEARTBEAT
from shadower.entrypoints.http.problems import Problem, problem_of
from shadower.entrypoints.http.wire.events_out import EventOut, event_out


class WelcomeOut(Struct, frozen=True, tag_field="type", tag="welcome"):
    """The first message: where it begins, and after how many seconds of silence a heartbeat comes."""

    position: int
    heartbeat: float = HEARTBEAT


class SubscribedOut(Struct, frozen=True, tag_field="type", tag="subscribed"):
    """From here on there will be something for this subscription."""

    position: int
    subscription: str
    topic: str


class UnsubscribedOut(Struct, frozen=True, tag_field="type", tag="unsubscribed"):
    """There will be nothing more for it."""

    position: int
    subscription: str


class ItemOut(Struct, frozen=True):
    """An event, and the subscriptions it is told for."""

    subscriptions: Sequence[str]
    event: EventOut


class EventsOut(Struct, frozen=True, tag_field="type", tag="events"):
    """Events in the order of the log; `position` is that of the last."""

    position: int
    items: Sequence[ItemOut]


class GapOut(Struct, frozen=True, tag_field="type", tag="gap"):
    """Events after `after`, up to `position`, were not told: `/api/v1/live/poll?after=…` has them."""

    position: int
    after: int


class HeartbeatOut(Struct, frozen=True, tag_field="type", tag="heartbeat"):
    """Up to `position`, there was nothing else to tell."""

    position: int


class ProblemOut(Struct, frozen=True, tag_field="type", tag="problem"):
    """What cannot be told, for one subscription or (null) for all: just now with status 503, for good with others."""

    position: int
    subscription: str | None
    problem: Problem


class AnswerOut(Struct, frozen=True):
    """The newest answer of a subscription to `metrics`, `health` or another topic, whose name is the `type`."""

    type: str
    position: int
    subscription: str
    data: Mapping[str, Any]


SHAPES: Sequence[type[Struct]] = (
    WelcomeOut,
    SubscribedOut,
    UnsubscribedOut,
    EventsOut,
    AnswerOut,
    GapOut,
    HeartbeatOut,
    ProblemOut,
)


class Writing:
    """Writes messages. What goes to many is written once: an event, and a message with events."""

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._events: WeakKeyDictionary[Arrival, bytes] = WeakKeyDictionary()
        self._texts: WeakKeyDictionary[Events, str] = WeakKeyDictionary()
        self._records: WeakKeyDictionary[Events, bytes] = WeakKeyDictionary()

    def text(self, message: Message) -> str:
        """Return the message as a WebSocket carries it."""
        if not isinstance(message, Events):
            return self.json(message).decode()
        if message not in self._texts:
            self._texts[message] = self.json(message).decode()
        return self._texts[message]

    def record(self, message: Message) -> bytes:
        """Return the message as a record of an event stream, whose id is the position."""
        if not isinstance(message, Events):
            return self._record(message)
        if message not in self._records:
            self._records[message] = self._record(message)
        return self._records[message]

    def json(self, message: Message) -> bytes:
        """Return the message as JSON."""
        return self._encode(self._out(message))

    def _record(self, message: Message) -> bytes:
        return b"id: %d\nevent: %b\ndata: %b\n\n" % (message.position, type_of(message).encode(), self.json(message))

    def _out(self, message: Message) -> Struct:
        match message:
            case Events(position=position, items=items):
                return EventsOut(position, [ItemOut(item.subscriptions, self._event(item.arrival)) for item in items])
            case Answer(position=position, subscription=name, topic=topic, data=data):
                return AnswerOut(topic, position, name, cast("Mapping[str, Any]", Raw(data)))
            case Refused(position=position, subscription=refused, error=error):
                return ProblemOut(position, refused, problem_of(error, "/api/v1/live", None))
            case _:
                return msgspec.convert(message, _SHAPES[type(message)], from_attributes=True)

    def _event(self, arrival: Arrival) -> EventOut:
        if arrival not in self._events:
            self._events[arrival] = self._encode(event_out(arrival.recorded))
        # It is JSON already.
        return cast("EventOut", Raw(self._events[arrival]))


_SHAPES: Mapping[type[Any], type[Struct]] = {
    Welcome: WelcomeOut,
    Subscribed: SubscribedOut,
    Unsubscribed: UnsubscribedOut,
    Events: EventsOut,
    Gap: GapOut,
    Heartbeat: HeartbeatOut,
    Refused: ProblemOut,
}


def type_of(message: Message) -> str:
    """Return what the message is called."""
    return message.topic if isinstance(message, Answer) else str(_SHAPES[type(message)].__struct_config__.tag)
