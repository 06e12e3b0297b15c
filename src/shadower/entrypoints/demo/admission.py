"""How to come into the demo."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Admission:
    """A key of one of its workspaces."""

    title: str
    time_zone: str
    key: str
