"""The workspace of the caller's key, and its keys."""

from typing import Annotated

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter
from msgspec import UNSET

from shadower.application.change_workspace import ChangeWorkspace
from shadower.application.issue_key import IssueKey
from shadower.application.known_callers import Caller
from shadower.application.list_keys import ListKeys
from shadower.application.read_workspace import ReadWorkspace
from shadower.application.revoke_key import RevokeKey
from shadower.domain.keys.key import KeyId, Scope
from shadower.domain.retention.term import Term
from shadower.domain.workspaces.workspace import Weekday
from shadower.entrypoints.http.access import needs
from shadower.entrypoints.http.cursors import cursor_of, numbers_in
from shadower.entrypoints.http.parameters import USUAL_PAGE, Cursor, Limit
from shadower.entrypoints.http.wire.workspace_out import (
    KeyOut,
    KeyPage,
    NewKey,
    NewKeyOut,
    WorkspaceChange,
    WorkspaceOut,
    key_out,
    new_key_out,
    workspace_out,
)

Number = Annotated[int, PathParameter(description="The `id` of the key.", ge=0, le=2**63 - 1)]


@get("/workspaces/current", opt=needs(Scope.READ), summary="Read the workspace", tags=["workspace"])
async def get_workspace(
    caller: NamedDependency[Caller], read_workspace: NamedDependency[ReadWorkspace]
) -> WorkspaceOut:
    """Read the workspace that the key belongs to."""
    return workspace_out(await read_workspace(caller.workspace))


@patch("/workspaces/current", opt=needs(Scope.ADMIN), summary="Change the workspace", tags=["workspace"])
async def patch_workspace(
    caller: NamedDependency[Caller],
    change_workspace: NamedDependency[ChangeWorkspace],
    data: JSONBody[WorkspaceChange],
) -> WorkspaceOut:
    """
    Change name, time zone, first weekday or retention.

    Answers follow at once, for the past too. A shorter term removes events for good, at the next run of retention.
    """
    changed = await change_workspace(
        caller.workspace,
        name=None if data.name is UNSET else data.name,
        zone=None if data.time_zone is UNSET else data.time_zone,
        first_weekday=None if data.first_weekday is UNSET else Weekday[data.first_weekday.upper()],
        term=None if data.retention_days is UNSET else Term(data.retention_days),
    )
    return workspace_out(changed)


@get("/keys", opt=needs(Scope.ADMIN), summary="List keys", tags=["keys"])
async def get_keys(
    caller: NamedDependency[Caller],
    list_keys: NamedDependency[ListKeys],
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> KeyPage:
    """List the workspace's keys in the order they were made, revoked ones included."""
    after = KeyId(numbers_in(cursor, "keys", 1)[0]) if cursor else None
    page = await list_keys(caller.workspace, limit=limit, after=after)
    return KeyPage([key_out(key) for key in page.items], None if page.next is None else cursor_of("keys", page.next))


@post("/keys", opt=needs(Scope.ADMIN), summary="Make a key", tags=["keys"])
async def post_key(
    caller: NamedDependency[Caller], issue_key: NamedDependency[IssueKey], data: JSONBody[NewKey]
) -> NewKeyOut:
    """Make a key of this workspace. Its text, `key`, is answered now and never again."""
    return new_key_out(*await issue_key(caller.workspace, data.name, data.scopes))


@delete("/keys/{key_id:int}", opt=needs(Scope.ADMIN), status_code=200, summary="Revoke a key", tags=["keys"])
async def delete_key(caller: NamedDependency[Caller], revoke_key: NamedDependency[RevokeKey], key_id: Number) -> KeyOut:
    """Revoke a key, and end the browser sessions opened with it. A second time changes nothing."""
    return key_out(await revoke_key(caller.workspace, KeyId(key_id)))
