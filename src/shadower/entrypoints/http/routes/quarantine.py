"""Refused events: look at them, try them again, drop them."""

from typing import Annotated, Any

from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from shadower.application.acknowledge_overflow import AcknowledgeOverflow
from shadower.application.drop_quarantined import DropQuarantined
from shadower.application.known_callers import Caller
from shadower.application.list_quarantine import ListQuarantine, QuarantineQuestion
from shadower.application.replay_quarantined import ReplayQuarantined
from shadower.domain.keys.key import Scope
from shadower.domain.quarantine.entry import EntryId, EntryState
from shadower.entrypoints.http.access import needs
from shadower.entrypoints.http.cursors import cursor_of, numbers_in
from shadower.entrypoints.http.parameters import USUAL_PAGE, Cursor, From, Limit, To, moment
from shadower.entrypoints.http.wire.quarantine_out import (
    EntryPage,
    ReplayOut,
    SizeOut,
    corrected_event,
    entry_out,
    replay_out,
    size_out,
)
from shadower.entrypoints.reading.events import read_event
from shadower.entrypoints.settings import Settings

Code = Annotated[str | None, QueryParameter(max_length=100, description="Only what was refused with this code.")]
State = Annotated[
    EntryState | None,
    QueryParameter(name="state", description="Only what is `open`, or only what was `replayed`; both if absent."),
]
Number = Annotated[int, PathParameter(description="The `id` of the entry.", ge=0, le=2**63 - 1)]


@get("/quarantine", opt=needs(Scope.ADMIN), summary="List refused events", tags=["quarantine"])
async def get_quarantine(
    caller: NamedDependency[Caller],
    list_quarantine: NamedDependency[ListQuarantine],
    code: Code = None,
    in_state: State = None,
    start: From = None,
    end: To = None,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> EntryPage:
    """List what was refused, newest first; times are those of the last repeat."""
    question = QuarantineQuestion(code or None, in_state, moment(start), moment(end))
    before = EntryId(numbers_in(cursor, "quarantine", 1)[0]) if cursor else None
    page = await list_quarantine(caller.workspace, question, limit=limit, before=before)
    following = None if page.next is None else cursor_of("quarantine", page.next)
    return EntryPage([entry_out(entry) for entry in page.items], following)


@post(
    "/quarantine/{entry_id:int}/replay",
    opt=needs(Scope.ADMIN),
    status_code=200,
    summary="Replay a refused event",
    tags=["quarantine"],
)
async def post_replay(
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    replay_quarantined: NamedDependency[ReplayQuarantined],
    entry_id: Number,
) -> ReplayOut:
    """Try the event again, as it was sent or corrected. Once accepted it leaves the quarantine and stays on record."""
    corrected = corrected_event(await request.body())
    replay = await replay_quarantined(
        caller.workspace, caller.key, EntryId(entry_id), read=read_event, corrected=corrected
    )
    return replay_out(replay)


@delete("/quarantine/{entry_id:int}", opt=needs(Scope.ADMIN), summary="Drop a refused event", tags=["quarantine"])
async def delete_entry(
    caller: NamedDependency[Caller], drop_quarantined: NamedDependency[DropQuarantined], entry_id: Number
) -> None:
    """Drop the entry for good, what was sent included."""
    await drop_quarantined(caller.workspace, EntryId(entry_id))


@post(
    "/quarantine/acknowledge",
    opt=needs(Scope.ADMIN),
    status_code=200,
    summary="Acknowledge the quarantine's alarm",
    tags=["quarantine"],
)
async def post_acknowledge(
    caller: NamedDependency[Caller],
    acknowledge_overflow: NamedDependency[AcknowledgeOverflow],
    settings: NamedDependency[Settings],
) -> SizeOut:
    """Say that somebody knows of refused events that were not kept because the quarantine was full."""
    return size_out(await acknowledge_overflow(caller.workspace), settings.quarantine_limit_bytes)
