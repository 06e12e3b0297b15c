"""The live side in the API's description: its parameters are read, and its messages written, without the framework."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from shadower.application.live.subscriptions import MOST_SUBSCRIPTIONS
from shadower.entrypoints.http.live.asked import LONGEST_WAIT, USUAL_WAIT, WantedIn
from shadower.entrypoints.http.live.sent import SubscribeIn, UnsubscribeIn
from shadower.entrypoints.http.live.told import SHAPES
from shadower.entrypoints.http.live.topics.registry import TOPICS

Schema = dict[str, Any]

_REFERENCE = "#/components/schemas/"
_STREAM, _POLL = "get_live_stream", "get_live_poll"

MESSAGES: Sequence[type[Struct]] = (*SHAPES, WantedIn, SubscribeIn, UnsubscribeIn)
"""Schemas of what goes back and forth."""


def parameters(operation: str) -> Sequence[Schema]:
    """Return the parameters of the operation; none for one that is not about this."""
    return list(_parameters(polls=operation == _POLL)) if operation in {_STREAM, _POLL} else []


def messages_of_a_poll() -> Schema:
    """Return the schema of what a poll is told."""
    return {"type": "array", "items": {"anyOf": [{"$ref": f"{_REFERENCE}{shape.__name__}"} for shape in SHAPES]}}


def _parameters(*, polls: bool) -> Iterator[Schema]:
    names = [topic.name for topic in TOPICS]
    yield _parameter(
        "topic",
        {"type": "array", "items": {"type": "string", "enum": names}},
        "What to tell: one subscription of each topic, called as the topic is. The parameters below are for all of "
        "them that know them.",
    )
    yield _parameter(
        "subscribe",
        {"type": "array", "items": {"type": "string"}},
        f"A WantedIn as JSON, for further subscriptions; at most {MOST_SUBSCRIPTIONS} in all.",
    )
    yield _parameter(
        "after", {"type": "integer", "minimum": 0}, "The position of the last message; by default, from now on."
    )
    if polls:
        wait = {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT, "default": USUAL_WAIT}
        yield _parameter("wait", wait, "Seconds to wait for something to tell.")
    seen: set[str] = set()
    for topic in TOPICS:
        for form in topic.forms:
            for name, schema in _fields(form).items():
                if name not in seen:
                    seen.add(name)
                    yield _parameter(name, _plain(name, schema), _description(name, schema))


def _fields(form: type[Struct]) -> Schema:
    schema: Schema = msgspec.json.schema(form)
    fields: Schema = schema["$defs"][form.__name__]["properties"]
    return {name: _resolved(field, schema["$defs"]) for name, field in fields.items()}


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    """Put in what is referred to, which is nowhere else in the description."""
    if "$ref" in schema:
        return dict(definitions[schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return {**schema, "anyOf": [_resolved(choice, definitions) for choice in schema["anyOf"]]}
    return schema


def _plain(name: str, schema: Schema) -> Schema:
    """Leave out null, which a URL cannot say, and what stands beside the schema."""
    if name == "question":
        return {"type": "string", "enum": ["summary", "timeseries", "breakdown"], "default": "summary"}
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    plain = choices[0] if choices else schema
    return {key: value for key, value in plain.items() if key != "description"}


def _description(name: str, schema: Schema) -> str:
    if name == "question":
        return "Which question about metrics; each has the parameters it has under /api/v1/metrics."
    told = (choice.get("description") for choice in (schema, *schema.get("anyOf", ())))
    return next(filter(None, told), "")


def _parameter(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}
