"""Which values a parameter or a field takes, for whoever sent another one."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, Literal, get_args, get_origin, get_type_hints

from litestar.handlers import BaseRouteHandler
from litestar.params import ParameterKwarg
from msgspec import Struct


def choices_of(handler: BaseRouteHandler, name: str) -> list[str]:
    """Return the values that the query parameter or body field `name` of a route takes, none when any will do."""
    for parameter, hint in get_type_hints(handler.fn, include_extras=True).items():
        if name == _told_as(parameter, hint):
            return list(_choices(hint))
        if parameter == "data":
            fields = get_type_hints(_struct_in(hint), include_extras=True)
            return list(_choices(fields.get(name.partition("[")[0])))
    return []


def sent_as(handler: BaseRouteHandler, name: str) -> str:
    """Return what callers call the parameter that the handler calls `name`; a name that is none stays as it is."""
    hints = get_type_hints(handler.fn, include_extras=True)
    return _told_as(name, hints[name]) if name in hints else name


def _told_as(parameter: str, hint: Any) -> str:  # noqa: ANN401 - any annotation
    marks = (mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, ParameterKwarg))
    return next((mark.name for mark in marks if mark.name), parameter)


def _struct_in(hint: Any) -> type:  # noqa: ANN401 - any annotation
    found = (each for each in get_args(hint) if isinstance(each, type) and issubclass(each, Struct))
    return next(found, object)


def _choices(hint: Any) -> Iterator[str]:  # noqa: ANN401 - any annotation
    if isinstance(hint, type) and issubclass(hint, Enum):
        yield from (str(each.value) for each in hint)
    elif get_origin(hint) is Literal:
        yield from (str(value) for value in get_args(hint) if value != "")
    else:
        for part in get_args(hint):
            yield from _choices(part)
