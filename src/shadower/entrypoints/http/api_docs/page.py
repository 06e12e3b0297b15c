"""The API's description as the page shows it: operations by subject, then every schema and every problem."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from shadower.domain.errors import ShadowerError
from shadower.entrypoints.http.api_docs.complete import Schema
from shadower.entrypoints.http.problems import FRAMEWORK, status_of_kind

_METHODS = ("get", "post", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a field of a schema."""

    name: str
    kind: str
    schema: str | None
    """The schema it refers to, by name."""
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Call:
    """One operation."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    scope: str | None
    parameters: Sequence[Field]
    sends: Sequence[Field]
    request: str | None
    """An example."""
    answers: Sequence[Field]
    response: str | None
    """An example."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One schema."""

    name: str
    description: str
    fields: Sequence[Field]
    choices: Sequence[str]


@dataclass(frozen=True, slots=True)
class Fault:
    """One problem."""

    code: str
    status: int
    description: str


@dataclass(frozen=True, slots=True)
class Page:
    """All of it."""

    version: str
    about: str
    subjects: Mapping[str, Sequence[Call]]
    shapes: Sequence[Shape]
    faults: Sequence[Fault]


def page_of(description: Schema) -> Page:
    """Return what the page shows of a description."""
    subjects: dict[str, list[Call]] = {}
    for path, item in description["paths"].items():
        for method in _METHODS:
            if method in item:
                subjects.setdefault(item[method]["tags"][0], []).append(_call(method, path, item[method]))
    shapes = [_shape(name, schema) for name, schema in description["components"]["schemas"].items()]
    return Page(description["info"]["version"], description["info"]["description"], subjects, shapes, list(_faults()))


def _call(method: str, path: str, operation: Schema) -> Call:
    request = operation.get("requestBody", {}).get("content", {})
    response: Schema = next((told for status, told in operation["responses"].items() if status.startswith("2")), {})
    return Call(
        operation["operationId"],
        method.upper(),
        path,
        operation.get("summary", ""),
        operation.get("description", ""),
        operation["x-scope"],
        [
            _field(each["name"], _given(each["schema"]), each.get("description"), required=each["required"])
            for each in operation.get("parameters", ())
        ],
        _contents(request),
        _example(request),
        _contents(response.get("content", {})),
        _example(response.get("content", {})),
    )


def _contents(content: Schema) -> list[Field]:
    return [_field(media, told["schema"], None, required=False) for media, told in content.items() if "schema" in told]


def _example(content: Schema) -> str | None:
    for told in content.values():
        if "example" in told:
            return msgspec.json.format(msgspec.json.encode(told["example"]), indent=2).decode()
    return None


def _shape(name: str, schema: Schema) -> Shape:
    required = schema.get("required", ())
    fields = [
        _field(field, told, told.get("description"), required=field in required)
        for field, told in schema.get("properties", {}).items()
    ]
    return Shape(name, schema.get("description", ""), fields, [str(choice) for choice in schema.get("enum", ())])


def _field(name: str, schema: Schema, description: str | None, *, required: bool) -> Field:
    kinds = list(_kinds(schema))
    referred = next((kind for kind, is_reference in kinds if is_reference), None)
    return Field(name, " or ".join(dict.fromkeys(kind for kind, _ in kinds)), referred, required, description or "")


def _given(schema: Schema) -> Schema:
    """Leave out null: in a URL, what is not given is left out."""
    choices = [choice for choice in schema.get("oneOf", ()) if choice != {"type": "null"}]
    return schema | {"oneOf": choices} if choices else schema


def _kinds(schema: Schema) -> Iterator[tuple[str, bool]]:
    """Yield what a value may be, and whether that is the name of a schema."""
    if "$ref" in schema:
        yield schema["$ref"].rpartition("/")[2], True
    for choice in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _kinds(choice)
    if "enum" in schema:
        yield from ((str(choice), False) for choice in schema["enum"] if choice not in {None, ""})
    elif "items" in schema:
        yield from ((f"array of {kind}", False) for kind, _ in _kinds(schema["items"]))
    elif "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        yield from ((str(kind), False) for kind in kinds)


def _faults() -> Iterator[Fault]:
    """Yield what can go wrong, by status and code."""
    by_code = {code: Fault(code, status, said) for code, (status, said) in FRAMEWORK.items()}
    for kind in _all(ShadowerError):
        by_code.setdefault(kind.code, Fault(kind.code, status_of_kind(kind), _first_line(kind)))
    yield from sorted(by_code.values(), key=lambda fault: (fault.status, fault.code))


def _all(kind: type[ShadowerError]) -> Iterator[type[ShadowerError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _all(each)


def _first_line(documented: Any) -> str:  # noqa: ANN401 - whatever has a docstring
    return (documented.__doc__ or "").strip().partition("\n")[0]
