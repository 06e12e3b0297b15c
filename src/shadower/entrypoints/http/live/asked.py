"""
What a listener asks for: in the URL, the same for all three ways, and in messages on a WebSocket.

    ?topic=events&agent_id=triage             one subscription of each topic, its name the topic's
    ?subscribe={"id":"a","topic":"metrics","parameters":{"metric":["cost"]}}      as many as wanted
    &after=17                                 goes on after a position
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, Struct, inspect

from shadower.application.known_callers import Caller
from shadower.application.live.subscriptions import LONGEST_NAME, Subscription
from shadower.domain.events.event import Position
from shadower.entrypoints.http.known_parameters import Known
from shadower.entrypoints.http.live.errors import NothingAsked, ParameterInvalid, TopicUnknown
from shadower.entrypoints.http.live.topics.registry import Topics
from shadower.entrypoints.http.live.topics.topic import Topic

LONGEST_WAIT = 25.0
USUAL_WAIT = 20.0
"""Seconds a poll waits for news."""

_LARGEST = 2**63 - 1
_MISSING = re.compile(r"Object missing required field `([^`]+)`")


class WantedIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A subscription: `id` names it in what is told for it, `parameters` are those of the topic."""

    id: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
    topic: str
    parameters: dict[str, Any] = {}


class _Own(Struct, frozen=True, forbid_unknown_fields=True):
    """What the URL says beside the parameters of topics."""

    after: Annotated[int, Meta(ge=0, le=_LARGEST)] | None = None
    wait: Annotated[float, Meta(ge=0, le=LONGEST_WAIT)] = USUAL_WAIT


@dataclass(frozen=True, slots=True)
class Asked:
    """All of it."""

    subscriptions: Sequence[Subscription]
    after: Position | None
    wait: float

    def check_something(self) -> None:
        """Raise NothingAsked when there is nothing to tell."""
        if not self.subscriptions:
            raise NothingAsked("Say what to tell: topic=events, for example.", field="topic")


class Asking:
    """Reads what is asked, and whether the caller may."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._wanted = msgspec.json.Decoder(WantedIn)

    def by_url(self, query_string: bytes, caller: Caller, last_seen: bytes | None = None, *, waits: bool) -> Asked:
        """
        Read the query string; `last_seen` is the Last-Event-ID, which a browser knows better than its URL.

        Raises Invalid, ScopeMissing.
        """
        given: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in parse_qsl(query_string.decode("latin-1"), keep_blank_values=True):
            given[name].append(value)
        named = [self._topic(name) for name in dict.fromkeys(given.pop("topic", ()))]
        wanted = given.pop("subscribe", [])
        ours = frozenset({"after", "wait"} if waits else {"after"})
        own = {name: given.pop(name) for name in ours & given.keys()}
        Known(ours, frozenset()).check({name: len(values) for name, values in own.items()})
        if last_seen:
            own["after"] = [last_seen.decode("latin-1")]
        by_name = self._by_name(named, given, caller, ours | {"topic", "subscribe"})
        subscriptions = [*by_name, *(self.by_text(text, caller) for text in wanted)]
        told = _converted({name: values[0] for name, values in own.items() if values[0]}, _Own)
        return Asked(subscriptions, None if told.after is None else Position(told.after), told.wait)

    def by_text(self, text: str, caller: Caller) -> Subscription:
        """Read a subscription written as JSON. Raises Invalid, ScopeMissing."""
        try:
            return self.subscription(self._wanted.decode(text), caller)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            raise ParameterInvalid(f"subscribe is not a subscription as JSON: {error}.", field="subscribe") from error

    def subscription(self, wanted: WantedIn, caller: Caller) -> Subscription:
        """Return what is wanted. Raises Invalid, ScopeMissing."""
        topic = self._topic(wanted.topic)
        counts = dict.fromkeys(wanted.parameters, 1)
        Known(_names(topic.form(wanted.parameters)), frozenset()).check(counts)
        return _subscription(topic, wanted.id, wanted.parameters, caller)

    def _topic(self, name: str) -> Topic:
        topic = self._topics.get(name)
        if topic is None:
            raise TopicUnknown(
                f"There is no topic {name[:LONGEST_NAME]!r}; take {', '.join(self._topics)}.", field="topic"
            )
        return topic

    @staticmethod
    def _by_name(
        topics: Sequence[Topic], given: Mapping[str, Sequence[str]], caller: Caller, own: frozenset[str]
    ) -> Iterator[Subscription]:
        """Hand each topic those parameters that it knows; what none knows, beside our `own`, is an error."""
        first = {name: values[0] for name, values in given.items()}
        forms = {topic.name: topic.form(first) for topic in topics}
        names = frozenset().union(*map(_names, forms.values()))
        many = frozenset().union(*map(_many, forms.values()))
        Known(names | own, many).check({name: len(values) for name, values in given.items()})
        for topic in topics:
            known, lists = _names(forms[topic.name]), _many(forms[topic.name])
            parameters = {
                name: list(values) if name in lists else values[0] for name, values in given.items() if name in known
            }
            yield _subscription(topic, topic.name, parameters, caller)


def _subscription(topic: Topic, name: str, parameters: Mapping[str, Any], caller: Caller) -> Subscription:
    caller.require(topic.scope)
    form = topic.form(parameters)
    tag = form.__struct_config__.tag
    # One value may stand for a list of it.
    lists = {field: [value] for field, value in parameters.items() if isinstance(value, str) and field in _many(form)}
    given = {**parameters, **lists}
    tagged = given if tag is None else given | {str(form.__struct_config__.tag_field): tag}
    return topic.subscription(name, caller, _converted(tagged, form))


def _converted(given: Mapping[str, Any], form: type[Any]) -> Any:  # noqa: ANN401 - an instance of the form
    try:
        return msgspec.convert(given, form, strict=False)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at ")
        if missing := _MISSING.match(message):
            raise ParameterInvalid(f"{missing[1]} is required.", field=missing[1]) from error
        field = path.strip("`").removeprefix("$").removeprefix(".").partition("[")[0]
        raise ParameterInvalid(f"{field}: {message}.", field=field) from error


@cache
def _names(form: type[Struct]) -> frozenset[str]:
    tag = form.__struct_config__.tag_field
    return frozenset((*form.__struct_encode_fields__, *([] if tag is None else [tag])))


@cache
def _many(form: type[Struct]) -> frozenset[str]:
    """Those fields that take several values."""
    kinds = {field.encode_name: inspect.type_info(field.type) for field in msgspec.structs.fields(form)}
    plain = {name: kind.type if isinstance(kind, inspect.Metadata) else kind for name, kind in kinds.items()}
    return frozenset(name for name, kind in plain.items() if isinstance(kind, inspect.ListType))
