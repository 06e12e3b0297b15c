"""
The event types Shadower knows, and what their `data` may say.

No field is required: a producer that knows less is still welcome. A field named here must be of the kind named here, so
that whoever reads it later can rely on it; other fields of `data` are free. Unknown types are accepted as custom.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from shadower.domain.events.rejection import Rejected

LONGEST_TYPE = 100

_TYPE = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")


@dataclass(frozen=True, slots=True)
class KnownType:
    """A type with a meaning of its own."""

    name: str
    description: str
    data: Mapping[str, str]
    """Field of `data` → its kind: text, number, boolean, object or list."""


KNOWN_TYPES: Mapping[str, KnownType] = {
    known.name: known
    for known in (
        KnownType(
            "agent.executed",
            "An agent finished a run, whatever its status.",
            {"task": "text", "tool": "text", "tools": "list", "trigger": "text", "version": "text"},
        ),
        KnownType(
            "agent.failed",
            "An agent's run ended in failure.",
            {"task": "text", "tool": "text", "tools": "list", "trigger": "text", "version": "text", "error": "text"},
        ),
        KnownType("user.login", "A person signed in.", {"method": "text", "client": "text"}),
        KnownType("user.logout", "A person signed out.", {"reason": "text"}),
        KnownType("credit.consumed", "Credits were used up outside a run.", {"reason": "text", "balance": "number"}),
        KnownType("report.generated", "A report was made.", {"report": "text", "format": "text", "pages": "number"}),
        KnownType("alert.triggered", "A rule found what it watches for.", {"rule": "text", "severity": "text"}),
        KnownType("workspace.created", "A workspace was made.", {"slug": "text", "name": "text", "time_zone": "text"}),
        KnownType(
            "workspace.changed",
            "Somebody changed a workspace's name, time zone, first weekday or retention.",
            {"before": "object", "after": "object"},
        ),
        KnownType(
            "key.issued",
            "Somebody made an API key.",
            {"key": "number", "name": "text", "prefix": "text", "scopes": "list"},
        ),
        KnownType("key.revoked", "Somebody revoked an API key.", {"key": "number", "name": "text", "prefix": "text"}),
        KnownType("integration.connected", "An integration was connected.", {"integration": "text"}),
        KnownType("workbook.opened", "A person or agent opened a workbook.", {"workbook": "text", "client": "text"}),
        KnownType("cell.changed", "A cell got another content.", {"workbook": "text", "sheet": "text", "cell": "text"}),
    )
}

_KINDS: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float, Decimal),
    "boolean": (bool,),
    "object": (dict,),
    "list": (list,),
}


@lru_cache(maxsize=4096)
def check_type(name: str) -> None:
    """Raise Rejected `type_invalid` unless the type is two or more lower-case words joined by dots."""
    if len(name) > LONGEST_TYPE or _TYPE.fullmatch(name) is None:
        raise Rejected(
            "type_invalid",
            "type",
            f"type must be lower-case words joined by dots, such as agent.executed, at most {LONGEST_TYPE} characters",
        )


def check_data(type_name: str, data: Mapping[str, object]) -> None:
    """Raise Rejected `data_invalid` when a field that the type knows is of another kind."""
    known = KNOWN_TYPES.get(type_name)
    if known is None:
        return
    for field, kind in known.data.items():
        value = data.get(field)
        if value is None:
            continue
        misread_boolean = isinstance(value, bool) and kind == "number"
        if misread_boolean or not isinstance(value, _KINDS[kind]):
            raise Rejected("data_invalid", f"data.{field}", f"data.{field} of {type_name} must be a {kind}")
