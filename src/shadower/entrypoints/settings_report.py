"""The settings in effect as lines for people, with every secret hidden."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shadower.entrypoints.settings import RULES, Role, variable
from shadower.entrypoints.settings_sources import Effective
from shadower.entrypoints.settings_values import without_password


@dataclass(frozen=True, slots=True)
class Line:
    """One setting."""

    name: str
    value: str
    origin: str
    about: str


def lines(effective: Effective) -> Iterator[Line]:
    """Return one line per setting, in a fixed order."""
    for name, rule in RULES.items():
        shown = _shown(getattr(effective.settings, name), secret=rule.secret)
        yield Line(variable(name), shown, effective.origins[name], rule.about)


def _shown(value: Any, *, secret: bool) -> str:  # noqa: ANN401 - a setting may be of any type
    if value is None:
        return "(not set)"
    if secret:
        return "***"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return "all" if set(value) == set(Role) else ",".join(value)
    if isinstance(value, float):
        return f"{value:g}"
    return without_password(str(value))
