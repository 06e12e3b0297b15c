"""How to come into the demo."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Admission:
    """A key of one of its workspaces."""

    name: str
    time_zone: str
    key: str
