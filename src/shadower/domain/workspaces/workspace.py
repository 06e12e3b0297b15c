"""A workspace: one tenant, with its own events, keys and calendar."""

import re
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Self

from shadower.domain.errors import Conflict, Invalid, NotFound
from shadower.domain.events.event import WorkspaceId

DEFAULT_WORKSPACE = "default"
LONGEST_TITLE = 200

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class WorkspaceNotFound(NotFound):
    """No workspace has this name."""

    code = "workspace_not_found"


class WorkspaceAlreadyExists(Conflict):
    """Another workspace has this name."""

    code = "workspace_already_exists"


class WorkspaceNameInvalid(Invalid):
    """A name is 1 to 63 lower-case letters, digits and inner hyphens."""

    code = "workspace_name_invalid"


class WorkspaceTitleInvalid(Invalid):
    """A title is 1 to 200 characters."""

    code = "workspace_title_invalid"


class Weekday(IntEnum):
    """Numbered as `datetime.date.weekday`."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Workspace:
    """A tenant. `name` is for machines and never changes; `title` is for people."""

    id: WorkspaceId
    name: str
    title: str
    time_zone: str
    """An IANA name; days, weeks and months are cut in it."""
    first_weekday: Weekday
    created_at: int
    """Micros."""

    def changed(
        self, *, title: str | None = None, time_zone: str | None = None, first_weekday: Weekday | None = None
    ) -> Self:
        """Return the workspace with what is given changed. Raises WorkspaceTitleInvalid."""
        return replace(
            self,
            title=self.title if title is None else check_title(title),
            time_zone=self.time_zone if time_zone is None else time_zone,
            first_weekday=self.first_weekday if first_weekday is None else first_weekday,
        )


def check_name(name: str) -> str:
    """Return the name if it may name a workspace. Raises WorkspaceNameInvalid."""
    if _NAME.fullmatch(name) is None:
        raise WorkspaceNameInvalid(
            f"{name!r} cannot name a workspace: use 1 to 63 lower-case letters, digits and inner hyphens", field="name"
        )
    return name


def check_title(title: str) -> str:
    """Return the title without the blanks around it. Raises WorkspaceTitleInvalid."""
    if not 0 < len(title.strip()) <= LONGEST_TITLE:
        raise WorkspaceTitleInvalid(f"name must have 1 to {LONGEST_TITLE} characters", field="name")
    return title.strip()
