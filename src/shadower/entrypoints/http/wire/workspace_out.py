"""Workspaces and keys, as they are answered and asked for."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from shadower.domain.keys.key import ApiKey, Scope
from shadower.domain.workspaces.workspace import Weekday, Workspace
from shadower.entrypoints.http.wire.times import utc, utc_or_none

WeekdayName = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

_NAME = Meta(description="What people call it; 1 to 200 characters.", examples=["Customer service"])
_DAYS = Meta(description="Days to keep an event, from when it was received; null: for ever.", examples=[365])
_ZONE = Meta(description="An IANA name.", examples=["Europe/Berlin"])


class WorkspaceOut(Struct, frozen=True):
    """
    A workspace. `slug` is for machines and never changes, `name` is for people.

    Events are kept for `retention_days`, null for ever.
    """

    slug: str
    name: str
    time_zone: str
    first_weekday: WeekdayName
    retention_days: int | None
    created_at: str


class WorkspaceChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change; what is left out stays."""

    name: Annotated[str, _NAME] | UnsetType = UNSET
    time_zone: Annotated[str, _ZONE] | UnsetType = UNSET
    first_weekday: WeekdayName | UnsetType = UNSET
    retention_days: Annotated[int, _DAYS] | UnsetType | None = UNSET


class KeyOut(Struct, frozen=True):
    """An API key without its text, of which `prefix` is the beginning. `last_used_at` is true to a minute."""

    id: int
    name: str
    scopes: Sequence[Scope]
    prefix: str
    created_at: str
    last_used_at: str | None
    revoked_at: str | None


class NewKeyOut(KeyOut, frozen=True):
    """A key just made. `key` is its text, which is shown only now."""

    key: str


class KeyPage(Struct, frozen=True):
    """One page of keys."""

    items: Sequence[KeyOut]
    next_cursor: str | None


class NewKey(Struct, frozen=True, forbid_unknown_fields=True):
    """A key to make."""

    name: Annotated[str, Meta(description="What will use it.", examples=["checkout-service"])]
    scopes: Annotated[
        Sequence[Scope],
        Meta(description="What it may do; `admin` includes the others.", examples=[["ingest"]]),
    ]


def workspace_out(workspace: Workspace) -> WorkspaceOut:
    """Return the workspace as it is answered."""
    return WorkspaceOut(
        workspace.slug,
        workspace.name,
        workspace.time_zone,
        weekday_name(workspace.first_weekday),
        workspace.term.days,
        utc(workspace.created_at),
    )


def key_out(key: ApiKey) -> KeyOut:
    """Return the key as it is answered."""
    return KeyOut(**_told(key))


def new_key_out(key: ApiKey, text: str) -> NewKeyOut:
    """Return the key with its text."""
    return NewKeyOut(**_told(key), key=text)


def weekday_name(weekday: Weekday) -> WeekdayName:
    """Return monday to sunday."""
    name: WeekdayName = weekday.name.lower()  # type: ignore[assignment]
    return name


def _told(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": [scope for scope in Scope if scope in key.scopes],
        "prefix": key.prefix,
        "created_at": utc(key.created_at),
        "last_used_at": utc_or_none(key.last_used_at),
        "revoked_at": utc_or_none(key.revoked_at),
    }
