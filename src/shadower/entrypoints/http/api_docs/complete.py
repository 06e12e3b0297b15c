"""
What the framework cannot know of the API, added to the description it makes.

Bodies that are read without the framework, examples, the scopes, and the one form of every problem.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from shadower.domain.events.known_types import KNOWN_TYPES, KnownType
from shadower.entrypoints.http.api_docs import live
from shadower.entrypoints.http.problems import PROBLEM_TYPE, Problem
from shadower.entrypoints.http.wire.quarantine_out import ReplayIn
from shadower.entrypoints.reading.sent import EventIn, EventsIn

Schema = dict[str, Any]
Operation = dict[str, Any]

_REFERENCE = "#/components/schemas/"
_KEYS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key."},
    "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key."},
    "session": {"type": "apiKey", "in": "cookie", "name": "shadower_session", "description": "A browser session."},
}


@cache
def examples() -> Mapping[str, Any]:
    """Return, per operation, an example of `request` and `response`: what a server answered to it."""
    told: Mapping[str, Any] = msgspec.json.decode(
        files("shadower.entrypoints.http.api_docs").joinpath("examples.json").read_bytes()
    )
    return told


def completed(made: Schema, scopes: Mapping[str, str | None]) -> Schema:
    """Return the whole description. `scopes`: operation to the scope it needs; None where it needs no key."""
    whole = deepcopy(made)
    components = whole.setdefault("components", {})
    components["securitySchemes"] = _KEYS
    components["schemas"] = dict(sorted((components.get("schemas", {}) | _schemas()).items()))
    components["schemas"]["PollOut"]["properties"]["messages"] = live.messages_of_a_poll()
    for operation in operations(whole):
        _complete(operation, scopes.get(operation["operationId"]))
    return whole


def operations(description: Schema) -> Iterator[Operation]:
    """Yield every operation."""
    for path in description["paths"].values():
        yield from (operation for operation in path.values() if isinstance(operation, dict))


def _schemas() -> Schema:
    kinds = [EventsIn, ReplayIn, Problem, *live.MESSAGES]
    made = msgspec.json.schema_components(kinds, ref_template=_REFERENCE + "{name}")[1]
    made["ReplayIn"]["properties"]["event"] = {"$ref": f"{_REFERENCE}EventIn"}
    for amount in ("duration_ms", "credits", "cost"):
        made["EventIn"]["properties"][amount]["anyOf"].insert(0, {"type": "number"})
    return made | {f"data.{known.name}": _data_of(known) for known in KNOWN_TYPES.values()}


def _data_of(known: KnownType) -> Schema:
    return {
        "type": "object",
        "title": f"data.{known.name}",
        "description": f"{known.description} What `data` of `{known.name}` may say, beside other fields.",
        "properties": {field: {"type": [_KINDS.get(kind, kind), "null"]} for field, kind in known.data.items()},
    }


def _complete(operation: Operation, scope: str | None) -> None:
    name = operation["operationId"]
    operation["x-scope"] = scope
    operation["security"] = [{scheme: []} for scheme in _KEYS] if scope else []
    if name in _BODIES:
        operation["requestBody"] = deepcopy(_BODIES[name])
    operation.setdefault("parameters", []).extend(live.parameters(name))
    example = examples().get(name, {})
    if "request" in example:
        operation["requestBody"]["content"]["application/json"]["example"] = example["request"]
    for status, response in operation["responses"].items():
        for content in response.get("content", {}).values():
            if status.startswith("2") and "response" in example:
                content["example"] = example["response"]
    # One form for everything that goes wrong, instead of the framework's own.
    operation["responses"].pop("400", None)
    operation["responses"]["default"] = {
        "description": "A problem (RFC 9457); `code` says which.",
        "content": {PROBLEM_TYPE: {"schema": {"$ref": f"{_REFERENCE}{Problem.__name__}"}}},
    }


_KINDS = {"text": "string", "list": "array"}
"""Of fields, where JSON Schema has another word."""
_ARRAY = {"type": "array", "items": {"$ref": f"{_REFERENCE}{EventIn.__name__}"}}
_BODIES: Mapping[str, Schema] = {
    "post_events": {
        "required": True,
        "description": "With Content-Encoding gzip, deflate or zstd if wanted.",
        "content": {
            "application/json": {"schema": {"oneOf": [{"$ref": f"{_REFERENCE}{EventsIn.__name__}"}, _ARRAY]}},
            "application/x-ndjson": {"schema": {"type": "string", "description": "One event a line."}},
        },
    },
    "post_replay": {
        "required": False,
        "content": {"application/json": {"schema": {"$ref": f"{_REFERENCE}{ReplayIn.__name__}"}}},
    },
}
