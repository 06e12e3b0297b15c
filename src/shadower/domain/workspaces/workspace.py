"""A workspace: one tenant, with its own events, keys and calendar."""

import re
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Self

from shadower.domain.errors import Conflict, Invalid, NotFound
from shadower.domain.events.event import WorkspaceId
from shadower.domain.retention.term import FOREVER, Term

DEFAULT_WORKSPACE = "default"
LONGEST_NAME = 200

_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class WorkspaceNotFound(NotFound):
    """No workspace has this slug."""

    code = "workspace_not_found"


class WorkspaceAlreadyExists(Conflict):
    """Another workspace has this slug."""

    code = "workspace_already_exists"


class WorkspaceSlugInvalid(Invalid):
    """A slug is 1 to 63 lower-case letters, digits and inner hyphens."""

    code = "workspace_slug_invalid"


class WorkspaceNameInvalid(Invalid):
    """A name is 1 to 200 characters."""

    code = "workspace_name_invalid"


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
    """A tenant. `slug` is for machines and never changes; `name` is for people."""

    id: WorkspaceId
    slug: str
    name: str
    time_zone: str
    """An IANA name; days, weeks and months are cut in it."""
    first_weekday: Weekday
    created_at: int
    """Micros."""
    term: Term = FOREVER
    """How long its events are kept."""

    def changed(
        self,
        *,
        name: str | None = None,
        time_zone: str | None = None,
        first_weekday: Weekday | None = None,
        term: Term | None = None,
    ) -> Self:
        """Return the workspace with what is given changed. Raises WorkspaceNameInvalid."""
        return replace(
            self,
            name=self.name if name is None else check_name(name),
            time_zone=self.time_zone if time_zone is None else time_zone,
            first_weekday=self.first_weekday if first_weekday is None else first_weekday,
            term=self.term if term is None else term,
        )


def check_slug(slug: str) -> str:
    """Return the slug if it may stand for a workspace. Raises WorkspaceSlugInvalid."""
    if _SLUG.fullmatch(slug) is None:
        raise WorkspaceSlugInvalid(
            f"{slug!r} cannot stand for a workspace: use 1 to 63 lower-case letters, digits and inner hyphens",
            field="slug",
        )
    return slug


def check_name(name: str) -> str:
    """Return the name without the blanks around it. Raises WorkspaceNameInvalid."""
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise WorkspaceNameInvalid(f"name must have 1 to {LONGEST_NAME} characters", field="name")
    return name.strip()
